//! From a signed push to a forwarded event.

use std::time::Duration;

use serde_json::Value;
use sqs_server::{Options, Server};
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::deadline::within;
use thingrelay_tests::forwarding::push_interleaved;
use thingrelay_tests::message::report;
use thingrelay_tests::order::assert_complete_and_in_order;
use thingrelay_tests::platform::unix_now;
use thingrelay_tests::process::program;
use thingrelay_tests::queue::Queues;
use thingrelay_tests::schema::Schemas;
use thingrelay_tests::searched::output_soon;
use tokio::process::Command;

use crate::setting::Setting;

const LIMIT: Duration = Duration::from_secs(120);
const DEVICES: usize = 6;
const EACH: u64 = 10;

/// The bodies of the messages on a queue, as JSON.
async fn events_on(queues: &Queues, url: &str, count: usize) -> Vec<Value> {
    let received = queues.receive(url, count, LIMIT).await;
    assert!(queues.drain(url).await.is_empty(), "more than {count}");
    let bodies = received.iter().map(|message| &message.body);
    bodies
        .map(|body| serde_json::from_str(body).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_pushed_to_the_emulator_arrives_once_and_in_order() {
    let server = Server::start(Options::default()).await.unwrap();
    let target = Queues::at(&server.endpoint());
    let setting = Setting::new();
    let url = target.create_fifo("events").await;
    let config = Config::with_target(&url);
    let launch = setting.launch().config(&config.file());
    let (_emulator, mut relay) = setting.start(launch).await;

    let mut check = Command::new(program("thingrelay"));
    check
        .args(["check", "url", &format!("http://{}/meters", relay.address)])
        .env("THINGRELAY_TOKEN", METERS_TOKEN)
        .kill_on_drop(true);
    let checked = within(LIMIT, "the end of check", output_soon(&mut check));
    let check = checked.await.unwrap();
    let said = String::from_utf8_lossy(&check.stdout);
    assert!(check.status.success(), "{said}");
    assert!(said.contains("No problems."), "{said}");

    let meters = setting.meters();
    push_interleaved(&meters, DEVICES, 0, EACH).await;
    let total = DEVICES * usize::try_from(EACH).unwrap();
    let events = relay.events_until(total, LIMIT).await;
    assert_complete_and_in_order(&events, DEVICES, EACH);
    let schemas = Schemas::read();
    events.iter().for_each(|event| schemas.check(event));

    // The same message again, as the platform repeats it after a lost answer.
    let now = unix_now();
    for count in [EACH, EACH, EACH + 1] {
        let body = report("device-0", count, now, count);
        assert_eq!(meters.push(&body).await.unwrap().status, 200);
    }
    relay.events_until(total + 2, LIMIT).await;

    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert_eq!(status.code(), Some(0), "{:#?}", written.stderr);
    let printed = written.events();
    assert_eq!(printed.len(), total + 2, "{printed:#?}");

    // The user's own target has the same events.
    let mut forwarded = events_on(&target, &url, total + 2).await;
    let mut printed = printed;
    for events in [&mut forwarded, &mut printed] {
        events.sort_by_key(|event| event["id"].to_string());
    }
    assert_eq!(forwarded, printed);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_configuration_the_tokens_that_are_told_work() {
    let setting = Setting::new();
    let (_emulator, mut relay) = setting.start(setting.launch()).await;
    let told = relay.told();
    let url = format!("http://{}/hub ", relay.address);
    let line = told.iter().find(|line| line.trim().starts_with(&url));
    let (_, token) = line.unwrap().split_once("  token ").unwrap();
    let mut platform = setting.meters();
    platform.source = "hub".to_owned();
    platform.token = token.to_owned();

    let answer = platform.check("echo-1").await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (200, &b"echo-1"[..]));
    let body = report("device-0", 0, unix_now(), 0);
    assert_eq!(platform.push(&body).await.unwrap().status, 200);
    relay.events_until(1, LIMIT).await;

    // A reader of the queue of events gets them, too.
    let queues = Queues::at(&relay.sqs);
    let events = events_on(&queues, &queues.find("events").await, 1).await;
    assert_eq!(events, relay.events());
}
