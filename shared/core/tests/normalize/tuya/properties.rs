//! Properties that hold for any message.

use super::message::outcome;
use crate::schema::checked;
use proptest::prelude::*;
use serde_json::{Map, Value};
use thingrelay_core::{staged::TuyaProvenance, timestamp::Timestamp, tuya::SignVerdict};

const CODES: &[&str] = &[
    "online",
    "offline",
    "deviceOnline",
    "deviceOffline",
    "nameUpdate",
    "deviceNameUpdate",
    "dpNameUpdate",
    "bindUser",
    "deviceBindSpace",
    "deviceUnbindSpace",
    "delete",
    "upgradeStatus",
    "upgradeProcess",
    "deviceOtaProgress",
    "devicePropertyMessage",
    "deviceEventMessage",
    "event_notify",
    "deviceActionResponseMessage",
    "HighPriorityNotice",
    "statusReport",
    "share",
];

/// Names of members that have a meaning somewhere, so that the rules often match.
const NAMES: &[&str] = &[
    "bizCode",
    "bizData",
    "devId",
    "productKey",
    "productId",
    "ts",
    "status",
    "dataId",
    "code",
    "value",
    "t",
    "mode",
    "1",
    "103",
    "time",
    "dpId",
    "properties",
    "uid",
    "name",
    "ownerId",
    "spaceId",
    "uuid",
    "upgradeStatus",
    "moduleType",
    "firmwareType",
    "progress",
    "newVersion",
    "oldVersion",
    "description",
    "eventCode",
    "outputParams",
    "etype",
    "edata",
    "eventType",
    "eventData",
    "actionCode",
    "msgId",
    "token",
];

const SECRET: &str = "Xyzzy-4711";

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => prop::sample::select(NAMES).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn text() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => prop::sample::select(CODES).prop_map(Value::from),
        2 => prop::sample::select(&["", "0", "2", "1795233600", "1795233600000", "d"][..]).prop_map(Value::from),
        1 => any::<String>().prop_map(Value::from),
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
        2 => any::<i64>().prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        3 => text(),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            1 => prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            3 => object(inner),
        ]
    })
}

fn object(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    prop::collection::vec((name(), value), 0..7)
        .prop_map(|members| Value::Object(Map::from_iter(members)))
}

/// A message of a known code with any content, half the time about a device.
fn message() -> impl Strategy<Value = Value> {
    let list = || prop::collection::vec(object(json()), 0..5).prop_map(Value::from);
    let data = (object(json()), list(), any::<bool>()).prop_map(|(mut data, list, with)| {
        if with {
            data["properties"] = list;
        }
        data
    });
    let code = prop::option::of(prop::sample::select(CODES));
    (object(json()), data, list(), code, any::<bool>()).prop_map(
        |(mut message, data, status, code, of_a_device)| {
            message["bizData"] = data;
            message["status"] = status;
            if let Some(code) = code {
                message["bizCode"] = code.into();
            }
            if of_a_device {
                message["devId"] = "d".into();
            }
            message
        },
    )
}

fn delivery() -> impl Strategy<Value = TuyaProvenance<'static>> {
    let protocol = prop_oneof![
        prop::sample::select(&[4, 20, 1000, 1001, 1002, 10000][..]).prop_map(Some),
        any::<i64>().prop_map(Some),
        Just(None),
    ];
    let time = prop::option::of(any::<i64>());
    let sign = prop::sample::select(vec![
        SignVerdict::Valid,
        SignVerdict::Invalid,
        SignVerdict::Absent,
        SignVerdict::Unchecked,
    ]);
    (protocol, time.clone(), time, sign, any::<String>()).prop_map(
        |(protocol, t, published, sign, topic)| TuyaProvenance {
            topic: topic.into(),
            message_id: "1".into(),
            published: published.map(Timestamp::from_unix_millis),
            em: None,
            protocol,
            t,
            sign,
        },
    )
}

/// Checks every promise about any bytes: one event or a reason, the same result twice, the event
/// well-formed.
fn check(plaintext: &[u8], delivery: &TuyaProvenance<'_>) {
    let first = outcome(plaintext, delivery);
    assert_eq!(first, outcome(plaintext, delivery));
    match first {
        Ok(events) => {
            assert_eq!(events.len(), 1);
            checked(&events[0]);
        }
        Err(_) => {
            let is_json = str::from_utf8(plaintext)
                .is_ok_and(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
            assert!(!is_json, "{}", String::from_utf8_lossy(plaintext));
        }
    }
}

/// Puts a secret into every object except the items of a report, whose keys are a device's own.
fn with_secrets(value: &mut Value) {
    match value {
        Value::Array(elements) => elements.iter_mut().for_each(with_secrets),
        Value::Object(members) => {
            let is_list = |name: &str, value: &Value| {
                value.is_array() && matches!(name, "status" | "properties")
            };
            let values = members.iter_mut();
            values
                .filter(|(name, value)| !is_list(name, value))
                .for_each(|(_, value)| with_secrets(value));
            members.insert("token".to_owned(), SECRET.into());
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(plaintext in prop::collection::vec(any::<u8>(), 0..200), delivery in delivery()) {
        check(&plaintext, &delivery);
    }

    #[test]
    fn any_json(value in json(), delivery in delivery()) {
        check(value.to_string().as_bytes(), &delivery);
        check(serde_json::to_string_pretty(&value).unwrap().as_bytes(), &delivery);
    }

    #[test]
    fn any_message(message in message(), delivery in delivery()) {
        check(message.to_string().as_bytes(), &delivery);
    }

    #[test]
    fn any_report(items in prop::collection::vec(object(json()), 0..6), delivery in delivery()) {
        let report = serde_json::json!({"devId": "d", "status": items});
        check(report.to_string().as_bytes(), &delivery);
    }

    #[test]
    fn no_token_is_ever_shown(message in message(), delivery in delivery()) {
        let mut message = message;
        with_secrets(&mut message);
        for event in outcome(message.to_string().as_bytes(), &delivery).unwrap() {
            checked(&event);
            prop_assert!(!event.json.contains(SECRET), "{}", event.json);
        }
    }

    #[test]
    fn a_message_cut_or_changed_anywhere(at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>(), delivery in delivery()) {
        let mut plaintext = super::message::report(r#"{"code":"a","value":[1,"\u00e9",1.5e3],"t":1795233600000,"3":"x"},{"b":1,"t":"0"}"#).into_bytes();
        let at = at.index(plaintext.len());
        if cut {
            plaintext.truncate(at);
        } else {
            plaintext[at] = byte;
        }
        check(&plaintext, &delivery);
    }
}
