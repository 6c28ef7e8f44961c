//! The event files of the functions.

use std::time::Duration;

use serde_json::Value;
use thingrelay_tests::queue::Queues;

use crate::setting::Setting;

const LIMIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread")]
async fn cargo_lambda_invokes_every_function_with_its_event_file() {
    let setting = Setting::new();
    let (emulator, mut relay) = setting.start(setting.launch()).await;
    let invoke = |function: &str, file: &str| -> Value {
        let file = format!("functions/{function}/events/{file}");
        let output = emulator.invoke(function, &file);
        let (answer, errors) = (
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr),
        );
        assert!(output.status.success(), "{answer}{errors}");
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{error}: {answer}{errors}"))
    };

    let checked = invoke("verify", "check.json");
    assert_eq!(checked["statusCode"], 200, "{checked}");
    assert_eq!(checked["body"], "UPWIAFASvDUFcTEE", "{checked}");

    let pushed = invoke("push", "report.json");
    assert_eq!(pushed["statusCode"], 200, "{pushed}");
    let events = relay.events_until(1, LIMIT).await;
    assert_eq!(events[0]["subject"], "QX7EXAMPLE/boiler-1");

    // The same message, on its way to the consumer: it says that nothing failed, and FIFO queues
    // let no event in twice.
    let consumed = invoke("consumer", "batch.json");
    assert_eq!(consumed, serde_json::json!({"batchItemFailures": []}));
    let queues = Queues::at(&relay.sqs);
    let url = queues.find("events").await;
    let received = queues.receive(&url, 1, LIMIT).await;
    let event: Value = serde_json::from_str(&received[0].body).unwrap();
    assert_eq!(event, events[0]);
    assert!(queues.drain(&url).await.is_empty());

    // The settings have no source of Tuya's, so there is nothing to pull.
    let pulled = invoke("tuya", "schedule.json");
    assert_eq!(pulled["parts"], 0, "{pulled}");
    relay.process.signal("INT").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert_eq!(status.code(), Some(0), "{:#?}", written.stderr);
    assert_eq!(written.events(), events);
}
