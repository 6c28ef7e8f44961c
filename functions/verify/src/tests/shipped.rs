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
const CHECK: &str = include_str!("../../events/check.json");

#[test]
fn the_shipped_check_gets_its_echostr() {
    let config = EdgeConfig::parse(&[SETTINGS]).unwrap();
    let verify = Verify::new(Arc::new(CurrentConfig::new(config)), Clock::system());
    let check: Value = serde_json::from_str(CHECK).unwrap();
    let event = serde_json::from_str(CHECK).unwrap();
    let returned = futures::executor::block_on(verify.answer(event));
    let expected = json!({
        "statusCode": 200,
        "headers": {
            "content-type": "text/plain; charset=utf-8",
            "x-content-type-options": "nosniff",
        },
        "body": check["headers"]["echostr"],
        "isBase64Encoded": false,
        "cookies": [],
    });
    assert_eq!(serde_json::to_value(returned).unwrap(), expected);
}
