//! The event files of the functions.

use std::time::Duration;

use serde_json::{Value, json};
use thingrelay_tests::config::Config;
use thingrelay_tests::emulator::{Emulator, free_address};
use thingrelay_tests::queue::Queues;

use crate::setting::Setting;

const LIMIT: Duration = Duration::from_secs(60);

/// Invokes a function with one of its event files. Returns the answer.
fn invoke(emulator: &Emulator, function: &str, file: &str) -> Value {
    let file = format!("functions/{function}/events/{file}");
    let output = emulator.invoke(function, &file);
    let (answer, errors) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{answer}{errors}");
    serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}{errors}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn cargo_lambda_invokes_the_functions_with_their_event_files() {
    let setting = Setting::new();
    let (emulator, mut relay) = setting.start(setting.launch()).await;
    let invoke = |function, file| invoke(&emulator, function, file);

    let checked = invoke("verify", "check.json");
    assert_eq!(checked["statusCode"], 200, "{checked}");
    assert_eq!(checked["body"], "UPWIAFASvDUFcTEE", "{checked}");

    let pushed = invoke("push", "report.json");
    assert_eq!(pushed["statusCode"], 200, "{pushed}");
    let events = relay.events_until(1, LIMIT).await;
    assert_eq!(events[0]["subject"], "QX7EXAMPLE/boiler-1");

    // The same message on its way to the consumer: no failure is reported, and FIFO queues accept
    // no event twice.
    let consumed = invoke("consumer", "batch.json");
    assert_eq!(consumed, json!({"batchItemFailures": []}));
    let queues = Queues::at(&relay.sqs);
    let url = queues.find("events").await;
    let received = queues.receive(&url, 1, LIMIT).await;
    let event: Value = serde_json::from_str(&received[0].body).unwrap();
    assert_eq!(event, events[0]);
    assert!(queues.drain(&url).await.is_empty());

    // The record of another source, as the event source would bring it.
    let batch = invoke("ckafka", "batch.json");
    assert_eq!(batch, json!({"records": 1}));
    let events = relay.events_until(2, LIMIT).await;
    assert_eq!(events[1]["source"], "/tencent-iot-explorer/example-ckafka");
    assert_eq!(events[1]["subject"], "QX7EXAMPLE/boiler-1");

    // The settings have no Tuya source, so there is nothing to pull.
    let pulled = invoke("tuya", "schedule.json");
    assert_eq!(pulled["pulls"], 0, "{pulled}");
    relay.process.signal("INT").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert_eq!(status.code(), Some(0), "{:#?}", written.stderr);
    assert_eq!(written.events(), events);
}

/// The function is not tested with the others, because only its build needs a C compiler.
#[tokio::test(flavor = "multi_thread")]
async fn ckafka_pull_answers_when_there_is_no_broker() {
    let nobody = free_address();
    let config = Config::of(&format!(
        r#"
[sources.plant]
platform = "tencent-iot-explorer"
channel = "ckafka"
brokers = ["{nobody}"]
topics = ["iot"]
group = "relay"
security = "sasl_plaintext"
mechanism = "SCRAM-SHA-512"
username = "ckafka-example#relay"
password = "of nobody"
"#
    ));
    let setting = Setting::new();
    let launch = setting.launch().config(&config.file());
    let (emulator, relay) = setting.start(launch).await;

    let pulled = invoke(&emulator, "ckafka-pull", "schedule.json");
    let nothing = json!({
        "pulls": 1,
        "connections": 0,
        "received": 0,
        "staged": 0,
        "acknowledged": 0,
    });
    assert_eq!(pulled, nothing);
    let log = emulator.log();
    assert!(log.contains("unreachable"), "{log}");
    assert!(log.contains(&nobody.to_string()), "{log}");
    assert!(!log.contains("of nobody"), "{log}");

    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert_eq!(status.code(), Some(0), "{:#?}", written.stderr);
}
