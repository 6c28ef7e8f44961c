//! The command `thingrelay send` as the platform.

use std::collections::BTreeSet;
use std::env;
use std::path::PathBuf;
use std::time::Duration;

use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::deadline::within;
use thingrelay_tests::process::Launch;
use thingrelay_tests::queue::Queues;
use thingrelay_tests::schema::Schemas;
use thingrelay_tests::searched::output_soon;
use tokio::process::Command;

const LIMIT: Duration = Duration::from_secs(120);
const MESSAGES: usize = 2_000;
const DEVICES: usize = 50;

/// The program, where `cargo xtask test` or the cargo that built this test puts it.
fn thingrelay() -> PathBuf {
    let directory = env::var_os("THINGRELAY_BIN").map_or_else(
        || {
            let test = env::current_exe().unwrap();
            test.ancestors().nth(2).unwrap().to_owned()
        },
        PathBuf::from,
    );
    directory.join("thingrelay")
}

/// The index of the device and the number of the message, from an event of `send`.
fn device_and_number(event: &serde_json::Value) -> (usize, u64) {
    let device = event["data"]["device"]["name"].as_str();
    let device = device.and_then(|name| name.strip_prefix("device-")?.parse().ok());
    let number = event["data"]["payload"]["params"]["n"].as_u64();
    match (device, number) {
        (Some(device), Some(number)) => (device, number),
        _ => panic!("not an event of a report by send: {event:#}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_send_sends_arrives_in_order_per_device() {
    let config = Config::without_targets();
    let mut relay = Launch::new().config(&config.file()).start().await;
    let mut send = Command::new(thingrelay());
    send.args([
        "send",
        "tencent",
        &format!("http://{}/meters", relay.address),
    ])
    .args(["--count", &MESSAGES.to_string()])
    .args(["--devices", &DEVICES.to_string(), "--seed", "20240229"])
    .env_clear()
    .env("THINGRELAY_TOKEN", METERS_TOKEN)
    .kill_on_drop(true);
    let sent = within(LIMIT, "the end of send", output_soon(&mut send));
    let output = sent.await.unwrap();
    let (summary, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{summary}{errors}");
    for line in ["accepted  2000", "refused   0", "dropped   0"] {
        assert!(summary.lines().any(|found| found == line), "{summary}");
    }

    let events = relay.events_until(MESSAGES, LIMIT).await;
    assert_eq!(events.len(), MESSAGES);
    let schemas = Schemas::read();
    let mut numbers = vec![Vec::new(); DEVICES];
    let mut ids = BTreeSet::new();
    for event in &events {
        schemas.check(event);
        let (device, number) = device_and_number(event);
        numbers[device - 1].push(number);
        ids.insert(event["id"].as_str().unwrap());
    }
    assert_eq!(ids.len(), MESSAGES);
    let each = (MESSAGES / DEVICES) as u64;
    let expected: Vec<u64> = (1..=each).collect();
    for (place, found) in numbers.iter().enumerate() {
        assert_eq!(*found, expected, "the messages of device {}", place + 1);
    }

    // No message went to another queue.
    let queues = Queues::at(&relay.sqs);
    for name in ["quarantine", "dead-letter"] {
        let url = queues.find(name).await;
        assert!(queues.drain(&url).await.is_empty(), "messages in {name}");
    }
}
