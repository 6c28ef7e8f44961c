//! Each event goes to the targets whose filters it passes, and to no other.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;
use sqs_server::{Options, Server};
use thingrelay_tests::config::{Config, HOMES_TOKEN, METERS_TOKEN};
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::forwarding::push_interleaved;
use thingrelay_tests::order::{by_device, device_and_count, without_repeats};
use thingrelay_tests::platform::Platform;
use thingrelay_tests::process::Launch;
use thingrelay_tests::queue::{Queues, Received, url_at};

const LIMIT: Duration = Duration::from_secs(120);
const DEVICES: usize = 12;
const EACH: u64 = 5;

/// The device and the number of each event, without repeats, in the order of their arrival.
fn arrived(received: &[Received]) -> Vec<(String, u64)> {
    let events = received.iter();
    let events = events.map(|message| serde_json::from_str(&message.body).expect("JSON"));
    let events: Vec<Value> = without_repeats(events.collect());
    for counts in by_device(&events).values() {
        assert!(counts.is_sorted(), "{counts:?}");
    }
    events.iter().map(device_and_count).collect()
}

/// Two FIFO targets of which one fails a fifth of the calls, and two sources of which one has no
/// target: no event is in the wrong place or out of order, and the counters of each target balance.
#[tokio::test(flavor = "multi_thread")]
async fn each_target_gets_what_its_filters_pass_in_order() {
    let server = Server::start(Options::default()).await.unwrap();
    let queues = Queues::at(&server.endpoint());
    let (ones, others) = (
        queues.create_fifo("ones").await,
        queues.create_fifo("others").await,
    );
    let faulty = Faulty::start(queues.endpoint(), Mode::Flaky(0.2), 11).await;
    let text = format!(
        r#"
[sources.meters]
platform = "tencent-iot-hub"
tokens = ["{METERS_TOKEN}"]

[sources.homes]
platform = "tencent-iot-explorer"
tokens = ["{HOMES_TOKEN}"]

[targets.ones]
type = "sqs"
queue_url = "{}"
filters = [
  {{ exact = {{ source_name = "meters" }} }},
  {{ prefix = {{ device = "device-1" }} }},
]

[targets.others]
type = "sqs"
queue_url = "{others}"
filters = [
  {{ exact = {{ source_name = "meters", type = "io.thingrelay.device.properties.v1" }} }},
  {{ not = {{ suffix = {{ subject = "/device-1" }} }} }},
]
"#,
        url_at(&faulty.endpoint(), &ones)
    );
    let config = Config::of(&text);
    let launch = Launch::new().config(&config.file()).visibility_timeout(6);
    let mut relay = launch.start().await;
    let meters = Platform::new(relay.address, "meters", METERS_TOKEN);
    let homes = Platform::new(relay.address, "homes", HOMES_TOKEN);
    push_interleaved(&homes, 2, 0, EACH).await;
    push_interleaved(&meters, DEVICES, 0, EACH).await;
    let total = DEVICES * usize::try_from(EACH).unwrap();
    let printed = relay.events_until(total, LIMIT).await;
    let is_unrouted = |event: &Value| event["source"] == "/tencent-iot-explorer/homes";
    assert!(
        !printed.iter().any(is_unrouted),
        "what no target takes is printed"
    );

    let expected = |takes: fn(&str) -> bool| -> BTreeSet<(String, u64)> {
        let names = (0..DEVICES).map(|number| format!("device-{number}"));
        let names = names.filter(|name| takes(name));
        let numbers = |name: String| (0..EACH).map(move |count| (name.clone(), count));
        names.flat_map(numbers).collect()
    };
    let of_ones: fn(&str) -> bool = |name| name.starts_with("device-1");
    let of_others: fn(&str) -> bool = |name| name != "device-1";
    for (queue, takes) in [(&ones, of_ones), (&others, of_others)] {
        let arrived = arrived(&queues.drain(queue).await);
        let different: BTreeSet<(String, u64)> = arrived.iter().cloned().collect();
        assert_eq!(different, expected(takes));
    }

    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert!(status.success());
    let told = |line: &str| written.stderr.iter().any(|told| told == line);
    assert!(
        told("counted unrouted source=homes: 10"),
        "{:#?}",
        written.stderr
    );
    let of_targets = written
        .stderr
        .iter()
        .filter(|line| line.starts_with("balance of target "));
    let of_targets: Vec<&String> = of_targets.collect();
    assert_eq!(of_targets.len(), 2, "{:#?}", written.stderr);
    assert!(
        !of_targets.iter().any(|line| line.contains("differs")),
        "{of_targets:#?}"
    );
    assert!(of_targets[0].contains(" postponed "), "{of_targets:#?}");
}
