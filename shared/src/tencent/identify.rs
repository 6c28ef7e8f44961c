//! The message's id and group, for the edge.

use super::{Envelope, Shape};
use crate::{
    identity::{FieldHasher, Group, MessageId},
    source::SourceName,
};
use serde_json::value::RawValue;

/// What the edge reads of a message, and no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identified {
    /// Equal for copies of one message, different for different messages.
    pub id: MessageId,
    /// What is to be worked in sequence: the device's messages, or the source's where no device is
    /// known.
    pub group: Group,
}

/// Identifies any body. The signature stands in the id only where the message has no identity of
/// its own: a copy that the platform sends again may be signed anew.
pub fn identify(source: &SourceName, signature: &str, body: &[u8]) -> Identified {
    let envelope = std::str::from_utf8(body).ok().and_then(Envelope::parse);
    let id = envelope
        .as_ref()
        .and_then(|envelope| own_id(source, envelope))
        .unwrap_or_else(|| {
            hasher("signed", source)
                .field(signature.as_bytes())
                .field(body)
                .into_message_id()
        });
    Identified {
        id,
        group: group(source, envelope.as_ref()),
    }
}

fn group(source: &SourceName, envelope: Option<&Envelope<'_>>) -> Group {
    let hasher = hasher("group", source);
    let Some(envelope) = envelope else {
        return hasher.into_group();
    };
    if let Some((product, device)) = envelope.topic().and_then(|topic| topic.device) {
        return hasher
            .field(product.as_bytes())
            .field(device.as_bytes())
            .into_group();
    }
    match (envelope.product(), envelope.device_name()) {
        (Some(product), Some(device)) => hasher
            .field(product.as_bytes())
            .field(device.as_bytes())
            .into_group(),
        _ => hasher.into_group(),
    }
}

/// The platform's own identity of the message, where all of it is there: with a part missing, two
/// different messages could look the same.
fn own_id(source: &SourceName, envelope: &Envelope<'_>) -> Option<MessageId> {
    let text = |value: Option<std::borrow::Cow<'_, str>>| value.unwrap_or_default().into_owned();
    let raw = |value: Option<&RawValue>| value.map_or("", RawValue::get).to_owned();
    let (kind, fields) = match envelope.shape {
        Shape::Http => (
            "http",
            vec![
                text(envelope.product()),
                text(envelope.device_name()),
                envelope.topic_text().unwrap_or_default().to_owned(),
                raw(Some(envelope.seq()?)),
                raw(Some(envelope.timestamp()?)),
                raw(envelope.raw_payload()),
            ],
        ),
        Shape::Queue => (
            "queue",
            vec![
                text(envelope.product()),
                text(envelope.device_name()),
                text(envelope.msg_type()),
                text(envelope.event()),
                envelope.topic_text().unwrap_or_default().to_owned(),
                raw(Some(envelope.seq()?)),
                text(Some(envelope.time().filter(|time| !time.is_empty())?)),
                raw(envelope.raw_payload()),
            ],
        ),
        Shape::CustomPush => ("custom-push", vec![text(Some(envelope.request_id()?))]),
        Shape::Unknown => return None,
    };
    let hasher = fields.iter().fold(hasher(kind, source), |hasher, field| {
        hasher.field(field.as_bytes())
    });
    Some(hasher.into_message_id())
}

/// The kind keeps the ids of different envelopes apart.
fn hasher(kind: &str, source: &SourceName) -> FieldHasher {
    FieldHasher::new(kind).field(source.as_str().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn identified(body: &str) -> Identified {
        identify(
            &SourceName::parse("meters").expect("a name"),
            "signature",
            body.as_bytes(),
        )
    }

    const HTTP: &str = r#"{"devicename":"d","productid":"p","topic":"p/d/data","payload":{"a":1},"seq":1,"timestamp":2}"#;
    const QUEUE: &str = r#"{"MsgType":"Publish","Event":"","Topic":"p/d/data","Seq":1,"PayloadLen":1,"ProductId":"p","DeviceName":"d","Payload":"YQ==","Time":"2020-06-08 20:03:41","Reason":""}"#;
    const PUSH: &str = r#"{"DeviceName":"d","ProductId":"p","MsgTitle":"t","MsgContent":"c","RequestId":"r","Timestamp":1}"#;

    #[test]
    fn every_part_of_an_identity_counts_and_nothing_else_does() {
        let cases: [(&str, &[(&str, &str)], &[(&str, &str)]); 3] = [
            (
                HTTP,
                &[
                    ("\"d\"", "\"e\""),
                    ("\"p\"", "\"q\""),
                    ("data", "date"),
                    ("\"seq\":1", "\"seq\":2"),
                    ("\"timestamp\":2", "\"timestamp\":3"),
                    ("\"a\":1", "\"a\":2"),
                ],
                &[
                    ("devicename", "DeviceName"),
                    ("{\"dev", "{\"extra\":7,\"dev"),
                ],
            ),
            (
                QUEUE,
                &[
                    ("Publish", "Forward"),
                    ("\"Event\":\"\"", "\"Event\":\"x\""),
                    ("\"d\"", "\"e\""),
                    ("data", "date"),
                    ("\"Seq\":1", "\"Seq\":2"),
                    ("YQ==", "Yg=="),
                    (":41", ":42"),
                ],
                &[
                    ("\"Reason\":\"\"", "\"Reason\":\"x\""),
                    ("ProductId", "ProductID"),
                ],
            ),
            (
                PUSH,
                &[("\"r\"", "\"s\"")],
                &[("\"c\"", "\"C\""), ("\"t\"", "\"T\"")],
            ),
        ];
        for (body, differing, same) in cases {
            let id = identified(body).id;
            for (from, to) in differing {
                assert_ne!(
                    identified(&body.replacen(from, to, 1)).id,
                    id,
                    "{from} -> {to}"
                );
            }
            for (from, to) in same {
                assert_eq!(
                    identified(&body.replacen(from, to, 1)).id,
                    id,
                    "{from} -> {to}"
                );
            }
        }
    }

    #[test]
    fn without_an_identity_of_its_own_signature_and_body_stand_in() {
        let source = SourceName::parse("meters").expect("a name");
        let bodies = [
            "no json".to_owned(),
            String::new(),
            "{}".to_owned(),
            HTTP.replace("\"seq\":1", "\"s\":1"),
            HTTP.replace("timestamp", "t"),
            QUEUE.replace("Seq", "S"),
            QUEUE.replace("Time", "T"),
            PUSH.replace("RequestId", "R"),
        ];
        for body in &bodies {
            let id = identify(&source, "a", body.as_bytes()).id;
            assert_eq!(identify(&source, "a", body.as_bytes()).id, id);
            assert_ne!(identify(&source, "b", body.as_bytes()).id, id, "{body}");
            assert_ne!(
                identify(&source, "a", format!("{body} ").as_bytes()).id,
                id,
                "{body}"
            );
        }
        let other = SourceName::parse("other").expect("a name");
        assert_ne!(
            identify(&source, "a", HTTP.as_bytes()),
            identify(&other, "a", HTTP.as_bytes())
        );
    }

    #[test]
    fn the_group_is_the_device_of_the_topic_else_of_the_envelope_else_the_source() {
        let by_topic = r#"{"devicename":"gateway","productid":"p","topic":"$thing/up/property/q/sub","payload":{}}"#;
        let by_envelope =
            r#"{"devicename":"sub","productid":"q","topic":"q/sub/data","payload":{}}"#;
        assert_eq!(identified(by_topic).group, identified(by_envelope).group);
        assert_ne!(identified(by_topic).group, identified(HTTP).group);
        assert_eq!(identified("{}").group, identified("no json").group);
        assert_ne!(identified("{}").group, identified(HTTP).group);
        // Length-delimited: where one name ends and the other begins is part of the group.
        let shifted = |p: &str, d: &str| {
            identified(&format!(
                r#"{{"devicename":"{d}","productid":"{p}","payload":1}}"#
            ))
            .group
        };
        assert_ne!(shifted("ab", "c"), shifted("a", "bc"));
    }

    proptest! {
        #[test]
        fn any_bytes_are_identified(body in prop::collection::vec(any::<u8>(), 0..200), signature in ".*") {
            let source = SourceName::parse("meters").expect("a name");
            let first = identify(&source, &signature, &body);
            prop_assert_eq!(&first, &identify(&source, &signature, &body));
            prop_assert!(MessageId::parse(first.id.as_str()).is_some());
        }
    }
}
