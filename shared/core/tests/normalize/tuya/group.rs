//! Which events keep their order at a target.

use super::message::{core, delivery, event, legacy, outgoing, report};
use crate::message::outcome;
use thingrelay_core::{
    identity::FieldHasher,
    normalize::OutgoingEvent,
    source::{Decoding, SourceName},
    tuya::identify,
};

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

#[test]
fn the_edge_groups_as_the_target_does() {
    let source = SourceName::parse("house").unwrap();
    let messages = [
        report(""),
        legacy("online", "{}"),
        core("deviceOffline", ""),
        r#"{"devId":"vdev01"}"#.to_owned(),
        r#"{"devId":"vdev02","bizData":{"devId":""}}"#.to_owned(),
        r#"{"devId":7,"bizData":{"devId":null}}"#.to_owned(),
        r#"{"devId":"7","bizData":[]}"#.to_owned(),
        r#"{"devId":{}}"#.to_owned(),
        "{}".to_owned(),
        "[]".to_owned(),
    ];
    for one in &messages {
        for other in &messages {
            let staged = |text: &str| identify(&source, "t", "m", text.as_bytes()).group;
            assert_eq!(
                of(one).group() == of(other).group(),
                staged(one) == staged(other),
                "{one} and {other}"
            );
        }
    }
}

#[test]
fn one_report_in_both_families_has_one_id() {
    let older = report(r#"{"code":"a","value":1,"t":1795233600000,"1":"1"}"#);
    let core = core(
        "devicePropertyMessage",
        r#""dataId":"DA7A","properties":[{"code":"a","dpId":1,"time":1795233600000,"value":1}]"#,
    );
    let older = outgoing(&older, &delivery(Some(4)));
    let core = outgoing(&core, &delivery(Some(1000)));
    assert_eq!(older.id, core.id);
    assert_eq!(older.kind, core.kind);
}
