//! Copies of a message share an id, different messages do not; a device has one group.

use proptest::prelude::*;
use std::collections::HashSet;
use thingrelay::{
    identity::Identified,
    source::SourceName,
    tuya::{identify, identify_unopened},
};

fn source() -> SourceName {
    SourceName::parse("house").unwrap()
}

fn of(plaintext: &str, protocol: i64, message_id: &str) -> Identified {
    identify(&source(), plaintext.as_bytes(), Some(protocol), message_id)
}

#[test]
fn a_copy_has_the_same_id_whatever_the_broker_calls_it() {
    for (protocol, plaintext) in [
        (4, r#"{"dataId":"1","devId":"d","status":[]}"#),
        (
            20,
            r#"{"bizCode":"online","bizData":{"time":5},"devId":"d","ts":6}"#,
        ),
        (
            20,
            r#"{"bizCode":"online","bizData":{"time":5},"devId":"d","ts":0}"#,
        ),
        (
            1001,
            r#"{"bizCode":"deviceOnline","bizData":{"devId":"d"},"ts":6}"#,
        ),
    ] {
        let copies = [of(plaintext, protocol, "a"), of(plaintext, protocol, "b")];
        assert_eq!(copies[0], copies[1], "{plaintext}");
    }
}

#[test]
fn a_report_in_both_families_is_one() {
    let legacy = r#"{"dataId":"1","devId":"d","productKey":"p","status":[{"code":"c","value":1}]}"#;
    let core = r#"{"bizCode":"devicePropertyMessage","bizData":{"dataId":"1","devId":"d","productId":"p","properties":[]},"ts":5}"#;
    assert_eq!(of(legacy, 4, "a"), of(core, 1000, "b"));
}

#[test]
fn what_nothing_in_it_tells_apart_is_told_apart_by_the_broker() {
    for plaintext in [
        r#"{"bizCode":"online","bizData":{},"devId":"d"}"#,
        r#"{"bizCode":"online","bizData":{"time":0},"devId":"d","ts":0}"#,
        r#"{"bizCode":"online","bizData":{"time":"0"},"devId":"d","ts":""}"#,
        r#"{"devId":"d","status":[]}"#,
        "{}",
        "[1]",
        "no json",
        "",
    ] {
        assert_eq!(
            of(plaintext, 20, "a"),
            of(plaintext, 20, "a"),
            "{plaintext}"
        );
        assert_ne!(
            of(plaintext, 20, "a").id,
            of(plaintext, 20, "b").id,
            "{plaintext}"
        );
    }
}

#[test]
fn different_messages_have_different_ids() {
    let messages = [
        (4, r#"{"dataId":"1","devId":"d"}"#),
        (4, r#"{"dataId":"2","devId":"d"}"#),
        (4, r#"{"dataId":"1","devId":"e"}"#),
        (
            20,
            r#"{"bizCode":"online","bizData":{},"devId":"d","ts":6}"#,
        ),
        (
            20,
            r#"{"bizCode":"offline","bizData":{},"devId":"d","ts":6}"#,
        ),
        (
            20,
            r#"{"bizCode":"online","bizData":{},"devId":"e","ts":6}"#,
        ),
        (
            20,
            r#"{"bizCode":"online","bizData":{},"devId":"d","ts":7}"#,
        ),
        (
            20,
            r#"{"bizCode":"online","bizData":{"a":1},"devId":"d","ts":6}"#,
        ),
        (
            21,
            r#"{"bizCode":"online","bizData":{},"devId":"d","ts":6}"#,
        ),
        (
            20,
            r#"{"bizCode":"online","bizData":{"time":5},"devId":"d"}"#,
        ),
        (
            20,
            r#"{"bizCode":"online","bizData":{"time":6},"devId":"d"}"#,
        ),
        (20, r#"{"bizCode":"online6","bizData":{},"devId":"d"}"#),
    ];
    let ids: HashSet<String> = messages
        .iter()
        .map(|(protocol, plaintext)| of(plaintext, *protocol, "m").id.to_string())
        .collect();
    assert_eq!(ids.len(), messages.len());
    let other = SourceName::parse("other").unwrap();
    for (protocol, plaintext) in messages {
        let elsewhere = identify(&other, plaintext.as_bytes(), Some(protocol), "m");
        assert!(!ids.contains(elsewhere.id.as_str()), "{plaintext}");
    }
}

#[test]
fn all_messages_of_a_device_are_of_one_group() {
    let group = of(r#"{"dataId":"1","devId":"d","productKey":"p"}"#, 4, "a").group;
    for plaintext in [
        r#"{"dataId":"2","devId":"d"}"#,
        r#"{"bizCode":"online","bizData":{},"devId":"d","productKey":"p","ts":6}"#,
        r#"{"bizCode":"deviceOnline","bizData":{"devId":"d","productId":"p"},"ts":6}"#,
        r#"{"bizCode":"nameUpdate","bizData":{"devId":"d"},"devId":"gateway","ts":6}"#,
    ] {
        assert_eq!(of(plaintext, 20, "b").group, group, "{plaintext}");
    }
    let unopened = |key| identify_unopened(&source(), b"x", "m", key).group;
    assert_eq!(unopened(Some("d")), group);
    assert_ne!(of(r#"{"devId":"e"}"#, 4, "a").group, group);
    // Nobody's messages are worked in sequence, too.
    let nobody = of("{}", 4, "a").group;
    assert_ne!(nobody, group);
    for other in [
        unopened(None),
        unopened(Some("")),
        of("no json", 4, "b").group,
    ] {
        assert_eq!(other, nobody);
    }
}

type Event = (i64, String, String, i64, String);

fn event() -> impl Strategy<Value = Event> {
    (20..22_i64, "[a1]{1,2}", "[a1]{1,2}", 1..12_i64, "[a1]{0,2}")
}

fn written((protocol, biz_code, device, ts, name): &Event) -> (i64, String) {
    let message = serde_json::json!({
        "bizCode": biz_code, "bizData": {"name": name}, "devId": device, "ts": ts,
    });
    (*protocol, message.to_string())
}

proptest! {
    #[test]
    fn no_plaintext_panics(plaintext in any::<Vec<u8>>(), protocol in any::<Option<i64>>(), id in any::<String>()) {
        let once = identify(&source(), &plaintext, protocol, &id);
        prop_assert_eq!(once, identify(&source(), &plaintext, protocol, &id));
    }

    /// What tells events apart, each of it by itself; the broker's id has no say.
    #[test]
    fn events_share_an_id_if_they_are_the_same(one in event(), two in event()) {
        let id = |event: &Event, message_id| {
            let (protocol, plaintext) = written(event);
            of(&plaintext, protocol, message_id).id
        };
        prop_assert_eq!(id(&one, "a"), id(&one, "b"));
        prop_assert_eq!(id(&one, "a") == id(&two, "b"), one == two);
    }

    #[test]
    fn fields_do_not_run_together(device in "[a-c\"\\\\]{0,3}", data in "[a-c\"\\\\]{1,3}", other in "[a-c\"\\\\]{1,3}") {
        let message = |device: &str, data: &str| serde_json::json!({"devId": device, "dataId": data}).to_string();
        let one = of(&message(&device, &data), 4, "m").id;
        let two = of(&message(&other, &data), 4, "m").id;
        prop_assert_eq!(one == two, device == other);
        let three = of(&message(&device, &other), 4, "m").id;
        prop_assert_eq!(one == three, data == other);
    }
}
