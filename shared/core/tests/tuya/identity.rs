//! Copies of a message share an id, and different messages do not. A device has one group.

use proptest::prelude::*;
use std::collections::HashSet;
use thingrelay_core::{
    identity::Identified,
    source::SourceName,
    tuya::{identify, identify_unopened},
};

const TOPIC: &str = "persistent://madeup/out/event-partition-3";

fn source() -> SourceName {
    SourceName::parse("house").unwrap()
}

fn of(plaintext: &str, message_id: &str) -> Identified {
    identify(&source(), TOPIC, message_id, plaintext.as_bytes())
}

/// A report, and the other shapes in which its `dataId` comes.
const REPORTS: &[&str] = &[
    r#"{"dataId":"1","devId":"d","productKey":"p","status":[{"code":"c","value":1}]}"#,
    r#"{"dataId":1,"devId":"d","status":[]}"#,
    r#"{"bizCode":"statusReport","dataId":"1","devId":"d","status":[],"ts":5}"#,
    r#"{"bizCode":"devicePropertyMessage","bizData":{"dataId":"1","devId":"d","productId":"p","properties":[]},"ts":5}"#,
    r#"{"bizCode":"devicePropertyMessage","bizData":"{\"dataId\":\"1\",\"devId\":\"d\",\"properties\":[]}"}"#,
    r#"{"bizCode":"devicePropertyMessage","dataId":"1","devId":"d","properties":[]}"#,
    r#"{"bizData":{"dataId":0},"dataId":"1","devId":"d","status":[]}"#,
];

/// Messages without a member that is certain to tell them from others.
const OTHERS: &[&str] = &[
    r#"{"bizCode":"online","bizData":{"time":5},"devId":"d","ts":6}"#,
    r#"{"bizCode":"online","bizData":{"time":5},"devId":"d","ts":0}"#,
    r#"{"bizCode":"offline","bizData":{"time":5},"devId":"d","ts":0}"#,
    r#"{"bizCode":"deviceOnline","bizData":{"devId":"d"},"ts":6}"#,
    r#"{"bizCode":"deviceOnline","bizData":"{\"devId\":\"d\"}","ts":6}"#,
    r#"{"bizCode":"deviceDpCommand","devId":"d","command":[{"dpId":1,"value":true}],"ts":6}"#,
    r#"{"bizCode":"deviceDpCommand","devId":"d","command":[{"dpId":2,"value":true}],"ts":6}"#,
    r#"{"bizCode":"statusReport","devId":"d","status":[{"code":"c","value":1}],"ts":6}"#,
    r#"{"bizCode":"statusReport","devId":"d","status":[{"code":"c","value":2}],"ts":6}"#,
    r#"{"bizCode":"sceneExecute","sceneId":"a","ts":6}"#,
    r#"{"bizCode":"sceneExecute","sceneId":"b","ts":6}"#,
    r#"{"devId":"d","status":[]}"#,
    r#"{"dataId":"","devId":"d","status":[]}"#,
    r#"{"dataId":" ","devId":"d","status":[]}"#,
    r#"{"dataId":0,"devId":"d","status":[]}"#,
    r#"{"dataId":"0","devId":"d","status":[{"code":"c","value":1}]}"#,
    r#"{"bizCode":"deviceDpCommand","dataId":0,"devId":"d","command":[]}"#,
    r#"{"dataId":"1","devId":"d","events":[1]}"#,
    r#"{"dataId":"1","devId":"d","events":[2]}"#,
    r#"{"bizData":{"dataId":"1","devId":"d","events":[2]}}"#,
    "{}",
    "[1]",
    "no json",
    "",
];

#[test]
fn a_report_is_its_data_id_in_either_family_and_whatever_the_broker_calls_it() {
    let id = of(REPORTS[0], "a").id;
    for report in REPORTS {
        for message_id in ["a", "b"] {
            assert_eq!(of(report, message_id).id, id, "{report}");
        }
    }
    for other in [
        r#"{"dataId":"2","devId":"d","status":[]}"#,
        r#"{"dataId":"1","devId":"e","status":[]}"#,
        r#"{"bizCode":"deviceDpCommand","dataId":"1","devId":"d"}"#,
        r#"{"bizCode":"deviceDpCommand","dataId":"1","devId":"d","status":[]}"#,
        r#"{"bizCode":"statusReport","dataId":"1","devId":"d"}"#,
        r#"{"bizCode":"statusReport","dataId":"1","devId":"d","status":{}}"#,
        r#"{"bizCode":"deviceEventMessage","bizData":{"dataId":"1","devId":"d"}}"#,
    ] {
        assert_ne!(of(other, "a").id, id, "{other}");
        assert_eq!(of(other, "a").id, of(other, "b").id, "{other}");
    }
}

#[test]
fn any_other_message_is_its_place_at_the_broker_and_all_that_it_says() {
    let mut ids = HashSet::new();
    for plaintext in OTHERS {
        let id = of(plaintext, "a").id;
        // The broker delivers a copy under the same id.
        assert_eq!(of(plaintext, "a").id, id);
        assert!(ids.insert(id), "{plaintext}");
        // Two equal messages, as when a device disconnects and connects within a second.
        assert!(ids.insert(of(plaintext, "b").id), "{plaintext}");
        let elsewhere = identify(&source(), "other", "a", plaintext.as_bytes());
        assert!(ids.insert(elsewhere.id), "{plaintext}");
        let other = SourceName::parse("other").unwrap();
        let elsewhere = identify(&other, TOPIC, "a", plaintext.as_bytes());
        assert!(ids.insert(elsewhere.id), "{plaintext}");
    }
}

#[test]
fn what_could_not_be_opened_is_its_place_and_its_bytes() {
    let unopened = |source: &str, topic: &str, message_id: &str, payload: &[u8]| {
        let source = SourceName::parse(source).unwrap();
        identify_unopened(&source, topic, message_id, payload, None).id
    };
    let once = unopened("house", "t", "m", b"x");
    assert_eq!(unopened("house", "t", "m", b"x"), once);
    for other in [
        unopened("other", "t", "m", b"x"),
        unopened("house", "u", "m", b"x"),
        unopened("house", "t", "n", b"x"),
        unopened("house", "t", "m", b"y"),
        identify(&source(), "t", "m", b"x").id,
    ] {
        assert_ne!(other, once);
    }
}

#[test]
fn all_messages_of_a_device_are_of_one_group() {
    let group = of(r#"{"dataId":"1","devId":"d","productKey":"p"}"#, "a").group;
    for plaintext in [
        r#"{"dataId":"2","devId":"d"}"#,
        r#"{"bizCode":"online","bizData":{},"devId":"d","productKey":"p","ts":6}"#,
        r#"{"bizCode":"deviceOnline","bizData":{"devId":"d","productId":"p"},"ts":6}"#,
        r#"{"bizCode":"deviceOnline","bizData":"{\"devId\": \"d\"}","ts":6}"#,
        r#"{"bizCode":"nameUpdate","bizData":{"devId":"d"},"devId":"gateway","ts":6}"#,
        "\u{feff}{\"devId\":\"d\"}\0",
        r#"{"bizCode":"deviceOnline","bizData":"\ufeff{\"devId\":\"d\"}\u0000"}"#,
    ] {
        assert_eq!(of(plaintext, "b").group, group, "{plaintext}");
    }
    let unopened = |key| identify_unopened(&source(), TOPIC, "m", b"x", key).group;
    assert_eq!(unopened(Some("d")), group);
    assert_ne!(of(r#"{"devId":"e"}"#, "a").group, group);
    // Messages without a device are also processed in sequence.
    let nobody = of("{}", "a").group;
    assert_ne!(nobody, group);
    for other in [
        unopened(None),
        unopened(Some("")),
        of("no json", "b").group,
        of(r#"{"bizData":"d"}"#, "b").group,
    ] {
        assert_eq!(other, nobody);
    }
}

proptest! {
    #[test]
    fn no_plaintext_panics(plaintext in any::<Vec<u8>>(), id in any::<String>()) {
        let once = identify(&source(), TOPIC, &id, &plaintext);
        prop_assert_eq!(once, identify(&source(), TOPIC, &id, &plaintext));
    }

    #[test]
    fn fields_do_not_run_together(device in "[a-c\"\\\\]{0,3}", data in "[a-c\"\\\\]{1,3}", other in "[a-c\"\\\\]{1,3}") {
        let message = |device: &str, data: &str| serde_json::json!({"devId": device, "dataId": data}).to_string();
        let one = of(&message(&device, &data), "m").id;
        let two = of(&message(&other, &data), "m").id;
        prop_assert_eq!(one == two, device == other);
        let three = of(&message(&device, &other), "m").id;
        prop_assert_eq!(one == three, data == other);
    }
}
