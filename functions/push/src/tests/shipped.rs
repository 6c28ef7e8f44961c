//! The event file of this function, as `cargo lambda invoke` sends it.

use super::*;
use serde_json::{Value, json};

/// The source of the file, the same as in `thingrelay dev --lambda`.
const SETTINGS: &str = r#"
[sources.example]
platform = "tencent-iot-explorer"
tokens = ["Published4ShippedEvents7Kq2Vx9Tz"]
freshness_seconds = 0
"#;
const REPORT: &str = include_str!("../../events/report.json");
/// The message that the function stages, as the consumer gets it.
const BATCH: &str = include_str!("../../../consumer/events/batch.json");
const RECEIVED: i64 = 1_795_233_600_000;

#[test]
fn the_shipped_report_is_staged_as_the_shipped_batch_has_it() {
    let staging = FakeStaging::default();
    let config = EdgeConfig::parse(&[SETTINGS]).unwrap();
    let clock = Clock::from_fn(|| Timestamp::from_unix_millis(RECEIVED));
    let push = Push::new(Arc::new(CurrentConfig::new(config)), &staging, clock);
    let event = serde_json::from_str(REPORT).unwrap();
    let returned = futures::executor::block_on(push.answer(event));
    let expected = json!({
        "statusCode": 200,
        "headers": {},
        "body": "",
        "isBase64Encoded": false,
        "cookies": [],
    });
    assert_eq!(serde_json::to_value(returned).unwrap(), expected);

    let batch: Value = serde_json::from_str(BATCH).unwrap();
    let record = &batch["Records"][0];
    let staged = staging.staged.lock().unwrap();
    let [message] = staged.as_slice() else {
        panic!("not one message: {staged:?}");
    };
    let fifo = message.fifo.as_ref().unwrap();
    assert_eq!(message.body, record["body"]);
    assert_eq!(fifo.group, record["attributes"]["MessageGroupId"]);
    assert_eq!(
        fifo.deduplication,
        record["attributes"]["MessageDeduplicationId"]
    );
}
