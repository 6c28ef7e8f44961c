//! What the edge makes of a message: its id and its group.

use crate::message::{custom_push, http, queue, status};
use proptest::prelude::*;
use thingrelay::{identity::Identified, source::SourceName, tencent::identify};

fn identified(body: &str) -> Identified {
    signed("meters", "sig", body)
}

fn signed(source: &str, signature: &str, body: &str) -> Identified {
    identify(
        &SourceName::parse(source).unwrap(),
        signature,
        body.as_bytes(),
    )
}

#[test]
fn a_repeat_has_the_same_id_though_it_is_signed_anew() {
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
            ][..],
        ),
        (custom_push("\"c\""), &[("req-1", "req-2")][..]),
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

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_identified(body in prop::collection::vec(any::<u8>(), 0..300), signature in ".{0,40}") {
        let source = SourceName::parse("meters").unwrap();
        prop_assert_eq!(identify(&source, &signature, &body), identify(&source, &signature, &body));
    }

    #[test]
    fn another_sequence_number_another_id(a in any::<u64>(), b in any::<u64>()) {
        prop_assume!(a != b);
        let id = |seq: u64| identified(&http("t", "1").replace(":12", &format!(":{seq}"))).id;
        prop_assert_ne!(id(a), id(b));
    }
}
