//! The delivery of a message, as its events show it.

use super::message::{TOPIC, core, delivered, delivery, report};
use serde_json::{Value, json};
use thingrelay_core::tuya::SignVerdict;

#[test]
fn the_origin_is_in_tuyas_words() {
    let plain = report(r#"{"code":"a","value":1}"#);
    let cases = [
        (Some(4), plain.clone(), json!("protocol-4"), json!(4)),
        (Some(31), plain.clone(), json!("protocol-31"), json!(31)),
        (Some(-7), "{}".to_owned(), json!("protocol--7"), json!(-7)),
        (None, plain, json!("unknown"), Value::Null),
        (
            Some(1001),
            core("deviceOnline", ""),
            json!("deviceOnline"),
            json!(1001),
        ),
        (
            None,
            core(r#"quite new\"\n"#, ""),
            json!("quite new\"\n"),
            Value::Null,
        ),
        (Some(4), core("", ""), json!("protocol-4"), json!(4)),
    ];
    for (protocol, plaintext, kind, number) in cases {
        let origin = delivered(&plaintext, &delivery(protocol))["data"]["origin"].take();
        assert_eq!(origin["platform"], "tuya");
        assert_eq!(origin["channel"], "pulsar");
        assert_eq!(origin["topic"], TOPIC);
        assert_eq!(origin["kind"], kind, "{plaintext}");
        assert_eq!(
            origin.get("protocol").cloned().unwrap_or_default(),
            number,
            "{plaintext}"
        );
    }
    let mut nowhere = delivery(Some(4));
    nowhere.topic = "".into();
    assert!(
        delivered("{}", &nowhere)["data"]["origin"]
            .get("topic")
            .is_none()
    );
}

#[test]
fn the_verdict_on_the_sign_is_shown() {
    for (sign, expected) in [
        (SignVerdict::Valid, "valid"),
        (SignVerdict::Invalid, "invalid"),
        (SignVerdict::Absent, "absent"),
        (SignVerdict::Unchecked, "unchecked"),
    ] {
        let mut delivery = delivery(Some(1001));
        delivery.sign = sign;
        for plaintext in [core("deviceOnline", ""), "{}".to_owned()] {
            assert_eq!(
                delivered(&plaintext, &delivery)["data"]["origin"]["sign"],
                expected
            );
        }
    }
}

#[test]
fn json_that_common_parsers_refuse_is_text_and_still_of_its_device() {
    for plaintext in [
        report(r#"{"code":"a","value":1e400,"t":1795233600000}"#),
        core("deviceOnline", r#""x":"\ud800""#),
        core(
            "neverSeen",
            &format!(r#""x":{}1{}"#, "[".repeat(200), "]".repeat(200)),
        ),
    ] {
        let event = delivered(&plaintext, &delivery(Some(4)));
        assert_eq!(event["type"], "io.thingrelay.device.message.v1");
        assert_eq!(event["subject"], "p1key/vdev01");
        assert_eq!(event["data"]["payload_text"], plaintext);
    }
}
