//! A topic with subscriptions and an event bus with a rule, deployed from the templates in
//! `examples`, as targets of `thingrelay dev`. Their servers fail a fifth of the calls.

use std::time::Duration;

use serde_json::{Value, json};
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::faulty::{Fault, Faulty, Mode};
use thingrelay_tests::forwarding::push_interleaved;
use thingrelay_tests::message::{PRODUCT, http_envelope, report};
use thingrelay_tests::order::{assert_complete_and_in_order, without_repeats};
use thingrelay_tests::platform::{Platform, unix_now};
use thingrelay_tests::process::{Launch, Relay};
use thingrelay_tests::queue::{Queues, Received};
use thingrelay_tests::template::Job;

use crate::deployment::deployed;
use crate::endpoint;

const LIMIT: Duration = Duration::from_secs(120);

/// The outputs of a template of `examples`, deployed.
async fn example(name: &str, parameters: &[(&str, &str)]) -> Value {
    let job = Job::of(&format!("examples/{name}.yaml"), parameters);
    let mut stacks = deployed(vec![(&*format!("example-{name}"), job)]).await;
    stacks[0]["outputs"].take()
}

/// `thingrelay dev` with a target whose service is behind a proxy.
async fn launch(config: &Config, service: &str, proxy: &Faulty) -> Relay {
    Launch::new()
        .config(&config.file())
        .visibility_timeout(6)
        .environment(&format!("AWS_ENDPOINT_URL_{service}"), &proxy.endpoint())
        .environment("AWS_ACCESS_KEY_ID", "test")
        .environment("AWS_SECRET_ACCESS_KEY", "test")
        .environment("AWS_REGION", "eu-west-1")
        .start()
        .await
}

async fn received(outputs: &Value, output: &str) -> Vec<Received> {
    let url = outputs[output].as_str().unwrap();
    Queues::in_region(&endpoint(), "eu-west-1").drain(url).await
}

fn events(received: &[Received]) -> Vec<Value> {
    let bodies = received.iter();
    bodies
        .map(|message| serde_json::from_str(&message.body).unwrap())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_fans_out_in_order_and_by_product() {
    let outputs = example("topic", &[("Product", PRODUCT)]).await;
    let arn = outputs["TopicArn"].as_str().unwrap();
    let config = format!("[targets.topic]\ntype = \"sns\"\ntopic_arn = \"{arn}\"\n");
    let faulty = Faulty::start(&endpoint(), Mode::Flaky(0.2), 7).await;
    let mut relay = launch(&Config::with_targets(&config), "SNS", &faulty).await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let (devices, each) = (20, 10);
    push_interleaved(&platform, devices, 0, each).await;
    // Of another product, and of another type.
    let other = String::from_utf8(report("device-0", 99, unix_now(), 99)).unwrap();
    let other = other.replace(PRODUCT, "OTHER");
    let message = http_envelope(
        "device-0",
        "QX7TESTPID/device-0/data",
        98,
        unix_now(),
        &json!("x"),
    );
    for body in [other.as_bytes(), &message] {
        assert_eq!(platform.push(body).await.unwrap().status, 200);
    }
    let total = devices * usize::try_from(each).unwrap();
    without_repeats(relay.events_until(total + 2, LIMIT).await);
    for fault in [Fault::Refused, Fault::AnswerLost, Fault::PartOfBatch] {
        assert!(faulty.count(fault) > 0, "no call was {fault:?}");
    }
    // Unlike AWS, the emulator's FIFO topics drop no copies.
    let all = without_repeats(events(&received(&outputs, "AllQueueUrl").await));
    assert_eq!(all.len(), total + 2);
    let some = without_repeats(events(&received(&outputs, "SomeQueueUrl").await));
    assert_complete_and_in_order(&some, devices, each);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rule_of_an_event_bus_selects_by_type_and_content() {
    let outputs = example("event-bus", &[]).await;
    let arn = outputs["EventBusArn"].as_str().unwrap();
    let config = format!("[targets.bus]\ntype = \"eventbridge\"\nevent_bus = \"{arn}\"\n");
    let faulty = Faulty::start(&endpoint(), Mode::Flaky(0.2), 7).await;
    let mut relay = launch(&Config::with_targets(&config), "EVENTBRIDGE", &faulty).await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let is_missing = |fault: &Fault| faulty.count(*fault) == 0;
    let faults = [Fault::Refused, Fault::AnswerLost];
    let mut count = 0;
    // How many calls it takes depends on how the events come together.
    while count < 60 || faults.iter().any(is_missing) {
        assert!(count < 3_000, "some fault has not happened");
        let number = count;
        let level = ["alert", "info", "fault"][number % 3];
        let payload = json!({
            "method": "event_post", "eventId": "hot", "type": level, "params": {"number": number},
        });
        let topic = format!("$thing/up/event/{PRODUCT}/device-1");
        let seq = u64::try_from(number).unwrap();
        let body = http_envelope("device-1", &topic, seq, unix_now(), &payload);
        assert_eq!(platform.push(&body).await.unwrap().status, 200);
        count += 1;
    }
    let printed = without_repeats(relay.events_until(count, LIMIT).await);
    let mut selected = without_repeats(events(&received(&outputs, "AlertsQueueUrl").await));
    let mut expected: Vec<Value> = printed
        .into_iter()
        .filter(|event| event["data"]["event"]["level"] != "info")
        .collect();
    assert_eq!(
        expected.len(),
        (0..count).filter(|number| number % 3 != 1).count()
    );
    for events in [&mut selected, &mut expected] {
        events.sort_by_key(|event| event["id"].to_string());
    }
    assert_eq!(selected, expected);
}
