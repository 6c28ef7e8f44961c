//! What keeps its order at a target.

use super::message::{core, delivery, event, legacy, outgoing, report};
use crate::message::outcome;
use thingrelay::{identity::FieldHasher, normalize::OutgoingEvent, source::Decoding};

fn of(plaintext: &str) -> OutgoingEvent {
    outgoing(plaintext, &delivery(Some(20)))
}

#[test]
fn a_device_is_one_group_whether_its_product_is_named_or_not() {
    let own = of(&report(r#"{"code":"a","value":1}"#)).group();
    for plaintext in [
        legacy("online", "{}"),
        core("deviceOffline", ""),
        r#"{"bizCode":"nameUpdate","bizData":{"devId":"vdev01","name":"x"}}"#.to_owned(),
        r#"{"devId":"vdev01","productKey":"another"}"#.to_owned(),
        r#"{"devId":"outer","bizData":{"devId":"vdev01"}}"#.to_owned(),
    ] {
        assert_eq!(of(&plaintext).group(), own, "{plaintext}");
    }
    let nobody = of("{}").group();
    assert_eq!(nobody, of(r#"{"bizCode":"homeCreate"}"#).group());
    for plaintext in [
        r#"{"devId":"vdev02","productKey":"p1key"}"#,
        r#"{"devId":"p1key/vdev01"}"#,
    ] {
        assert_ne!(of(plaintext).group(), own, "{plaintext}");
        assert_ne!(of(plaintext).group(), nobody, "{plaintext}");
    }
    let mut elsewhere = of(&report(r#"{"code":"a","value":1}"#));
    elsewhere.source = "/tuya/other".to_owned();
    assert_ne!(elsewhere.group(), own);
}

#[test]
fn without_a_product_the_subject_begins_with_the_slash() {
    let event = event(20, r#"{"bizCode":"online","devId":"vdev01"}"#);
    assert_eq!(event["subject"], "/vdev01");
    assert_eq!(event["partitionkey"], "/vdev01");
}

#[test]
fn elsewhere_the_subject_is_the_group() {
    let body = r#"{"devicename":"d","productid":"p","payload":1}"#;
    let events = outcome(body.as_bytes(), Decoding::default()).unwrap();
    let expected = FieldHasher::new("target")
        .field(b"/tencent-iot-hub/meters")
        .field(b"p/d")
        .into_group();
    assert_eq!(events[0].group(), expected);
}
