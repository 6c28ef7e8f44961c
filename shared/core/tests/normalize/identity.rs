//! The id and the group that the edge gives a message.

use crate::message::{custom_push, http, outcome, queue, status};
use proptest::{prelude::*, sample::select};
use serde_json::Value;
use thingrelay_core::{
    identity::Identified,
    source::{Decoding, SourceName},
    tencent::identify,
};

fn identified(body: &str) -> Identified {
    signed("meters", "sig", body)
}

fn signed(source: &str, signature: &str, body: &str) -> Identified {
    identify(
        &SourceName::parse(source).unwrap(),
        signature.as_bytes(),
        body.as_bytes(),
    )
}

#[test]
fn a_repeat_has_the_same_id_with_another_signature() {
    let bodies = [
        http("$thing/up/property/P1/meter-7", r#"{"a":1}"#),
        queue("P1/meter-7/event", b"x"),
        status("StatusChange", "Online", ""),
        custom_push("\"c\""),
    ];
    for body in bodies {
        assert_eq!(
            signed("meters", "one", &body),
            signed("meters", "two", &body),
            "{body}"
        );
        assert_ne!(
            signed("meters", "one", &body).id,
            signed("others", "one", &body).id,
            "{body}"
        );
        assert_ne!(
            signed("meters", "one", &body).group,
            signed("others", "one", &body).group
        );
    }
}

#[test]
fn each_part_of_the_identity_makes_another_id() {
    let cases = [
        (
            http("P1/meter-7/a", r#"{"a":1}"#),
            &[
                ("P1\"", "P2\""),
                ("\"meter-7\"", "\"meter-8\""),
                ("7/a", "7/b"),
                (":12", ":13"),
                (":12", ":\"12\""),
                ("98,", "99,"),
                ("{\"a\":1}", "{\"a\":2}"),
            ][..],
        ),
        (
            queue("P1/meter-7/a", b"x"),
            &[
                ("Publish", "Forward"),
                ("\"Event\":\"\"", "\"Event\":\"e\""),
                ("7/a", "7/b"),
                (":31", ":32"),
                ("P1\"", "P2\""),
                ("\"meter-7\"", "\"meter-8\""),
                ("eA==", "eQ=="),
                ("59:57", "59:58"),
                (":31", ":\"31\""),
                ("\"Reason\":\"\"", "\"Reason\":\"r\""),
                ("{", "{\"TimeMills\":1795233597943,"),
            ][..],
        ),
        (
            status("StatusChange", "Offline", "a"),
            &[
                ("\"Reason\":\"a\"", "\"Reason\":\"b\""),
                ("Offline", "Online"),
                ("StatusChange", "Status"),
            ][..],
        ),
        (
            custom_push("\"c\""),
            &[
                ("req-1", "req-2"),
                ("P1\"", "P2\""),
                ("\"meter-7\"", "\"meter-8\""),
                ("Too hot", "Too cold"),
                ("\"c\"", "\"d\""),
                ("98", "99"),
            ][..],
        ),
    ];
    for (body, changes) in cases {
        for (from, to) in changes {
            let other = body.replacen(from, to, 1);
            assert_ne!(body, other, "{from}");
            assert_ne!(
                identified(&body).id,
                identified(&other).id,
                "{from} -> {to} in {body}"
            );
        }
    }
}

#[test]
fn without_an_identity_of_its_own_the_signature_counts() {
    let without = |body: String, key: &str| body.replace(&format!("\"{key}\":"), "\"other\":");
    let bodies = [
        String::new(),
        "no json".to_owned(),
        "{}".to_owned(),
        without(http("t", "1"), "seq"),
        without(http("t", "1"), "timestamp"),
        without(queue("t", b"x"), "Seq"),
        without(queue("t", b"x"), "Time"),
        without(queue("t", b"x"), "ProductId"),
        without(queue("t", b"x"), "DeviceName"),
        without(custom_push("\"c\""), "RequestId"),
        http("t", "1").replace(":12", ":null"),
        http("t", "1").replace("1795233598", "{}"),
    ];
    for body in bodies {
        assert_eq!(
            signed("meters", "one", &body).id,
            signed("meters", "one", &body).id
        );
        assert_ne!(
            signed("meters", "one", &body).id,
            signed("meters", "two", &body).id,
            "{body}"
        );
        let longer = format!("{body} ");
        assert_ne!(
            signed("meters", "one", &body).id,
            signed("meters", "one", &longer).id
        );
    }
}

#[test]
fn the_group_is_the_devices() {
    let group = |body: &str| identified(body).group;
    let own = group(&http("P1/meter-7/a", "1"));
    let same = [
        http("$thing/up/property/P1/meter-7", "{}"),
        queue("P2/other/a", b"x"),
        status("StatusChange", "Online", ""),
        custom_push("\"c\""),
        r#"{"productid":"P1","devicename":"meter-7"}"#.to_owned(),
        http("$thing/up/property/P1/meter-7", "{}").replace("\"meter-7\"", "\"gateway\""),
    ];
    for body in same {
        assert_eq!(group(&body), own, "{body}");
    }
    let none = group("no json");
    assert_ne!(none, own);
    for body in [
        "{}",
        "",
        r#"{"productid":"P1"}"#,
        r#"{"MsgType":"Publish","DeviceName":"meter-7"}"#,
    ] {
        assert_eq!(group(body), none, "{body}");
    }
    let other = [
        http("$thing/up/property/P1/meter-8", "{}"),
        http("P1/meter-7/a", "1").replace("\"meter-7\"", "\"meter-8\""),
        r#"{"productid":"P1m","devicename":"eter-7"}"#.to_owned(),
    ];
    for body in other {
        assert_ne!(group(&body), own, "{body}");
    }
}

/// Members that have a meaning, each with values of which two bodies often share all but one.
const MEMBERS: &[(&str, &[&str])] = &[
    ("MsgType", &["\"Publish\"", "\"StatusChange\"", "\"x\""]),
    ("Event", &["\"Online\"", "\"Offline\"", "\"\""]),
    (
        "Topic",
        &[
            "\"$thing/up/property/P2/s\"",
            "\"P1/d/event\"",
            "\"$thing/up/raw/P2/s\"",
        ],
    ),
    ("Seq", &["1", "\"1\"", "2"]),
    ("ProductId", &["\"P1\"", "\"P2\""]),
    ("DeviceName", &["\"d\"", "\"e\""]),
    (
        "Payload",
        &[
            "\"e30=\"",
            "\"e30\"",
            "{\"method\":\"report\",\"params\":{\"a\":1}}",
            "{}",
        ],
    ),
    ("Time", &["\"2026-11-21 12:00:00\"", "1795233600", "\"x\""]),
    (
        "TimeMills",
        &["1795233600943", "\"1795233600943\"", "1795233600944"],
    ),
    ("Timestamp", &["1795233600", "1795233601", "\"1795233600\""]),
    ("Reason", &["\"\"", "\"a\"", "\"b\""]),
    ("MsgTitle", &["\"t\"", "\"u\""]),
    ("MsgContent", &["\"c\"", "{\"a\":1}"]),
    ("RequestId", &["\"r\"", "\"s\""]),
    ("Other", &["1", "2"]),
];

type Members = Vec<Option<String>>;

/// A member that may be missing; those of custom push usually are.
fn member(at: usize) -> impl Strategy<Value = Option<String>> {
    let (name, values) = MEMBERS[at];
    let is_rare = matches!(name, "MsgTitle" | "MsgContent");
    let written = select(values).prop_map(move |value| format!("\"{name}\":{value}"));
    prop::option::weighted(if is_rare { 0.2 } else { 0.9 }, written)
}

/// Two bodies that differ in at most one member.
fn bodies() -> impl Strategy<Value = [String; 2]> {
    let members: Vec<_> = (0..MEMBERS.len()).map(member).collect();
    let other = (0..MEMBERS.len()).prop_flat_map(|at| (Just(at), member(at)));
    (members, other).prop_map(|(members, (at, other)): (Members, _)| {
        let mut changed = members.clone();
        changed[at] = other;
        [members, changed].map(|members| {
            let members: Vec<String> = members.into_iter().flatten().collect();
            format!("{{{}}}", members.join(","))
        })
    })
}

/// The ids of the events of a body, and the events without them.
fn ids_and_events(body: &str) -> (Vec<String>, Vec<Value>) {
    let events = outcome(body.as_bytes(), Decoding::default()).unwrap();
    events
        .into_iter()
        .map(|event| {
            let mut value: Value = serde_json::from_str(&event.json).unwrap();
            value["id"] = Value::Null;
            (event.id, value)
        })
        .unzip()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_identified(body in prop::collection::vec(any::<u8>(), 0..300), signature in ".{0,40}") {
        let source = SourceName::parse("meters").unwrap();
        let request = signature.as_bytes();
        prop_assert_eq!(identify(&source, request, &body), identify(&source, request, &body));
    }

    #[test]
    fn two_messages_with_different_events_have_different_ids(bodies in bodies()) {
        let [(one_ids, one), (two_ids, two)] = bodies.each_ref().map(|body| ids_and_events(body));
        prop_assert!(one_ids != two_ids || one == two, "{:#?}", bodies);
        prop_assert!(one_ids == two_ids || bodies[0] != bodies[1]);
    }

    #[test]
    fn another_sequence_number_another_id(a in any::<u64>(), b in any::<u64>()) {
        prop_assume!(a != b);
        let id = |seq: u64| identified(&http("t", "1").replace(":12", &format!(":{seq}"))).id;
        prop_assert_ne!(id(a), id(b));
    }
}
