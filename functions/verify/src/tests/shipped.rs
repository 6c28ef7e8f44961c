//! The event file of this function, as `cargo lambda invoke` sends it.

use super::*;
use lambda_http::request;

/// The source of the file, as `thingrelay dev --lambda` has it.
const SETTINGS: &str = r#"
[sources.example]
platform = "tencent-iot-explorer"
tokens = ["Published4ShippedEvents7Kq2Vx9Tz"]
freshness_seconds = 0
"#;
const CHECK: &str = include_str!("../../events/check.json");

#[test]
fn the_shipped_check_gets_its_echostr() {
    let config = Config::parse(&[SETTINGS], Reader::Edge).unwrap();
    let verify = Verify::new(Arc::new(Live::new(config)), Clock::system());
    let request = request::from_str(CHECK).unwrap();
    let echostr = request.headers()["echostr"].clone();
    let response = futures::executor::block_on(verify.handle(request));
    assert_eq!(response.status(), 200);
    assert_eq!(&response.body()[..], echostr.as_bytes());
}
