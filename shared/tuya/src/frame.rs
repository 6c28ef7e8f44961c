//! The frames of Pulsar's WebSocket consumer, read leniently.
//!
//! Source: <https://pulsar.apache.org/docs/4.0.x/client-libraries-websocket/#consumer-endpoint>.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use thingrelay_core::timestamp::Timestamp;

/// A message as the broker delivers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    /// The id that acknowledges the message.
    pub(crate) message_id: Cow<'a, str>,
    /// The payload in base64. A member that is not text is kept as JSON.
    pub(crate) payload: Cow<'a, str>,
    /// The property `em`.
    pub(crate) em: Option<Cow<'a, str>>,
    /// The time of publication, by the broker's clock.
    pub(crate) published: Option<Timestamp>,
    pub(crate) key: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw<'a> {
    #[serde(borrow)]
    message_id: Option<&'a RawValue>,
    #[serde(borrow)]
    payload: Option<&'a RawValue>,
    #[serde(borrow)]
    properties: Option<&'a RawValue>,
    #[serde(borrow)]
    publish_time: Option<&'a RawValue>,
    #[serde(borrow)]
    key: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Properties<'a> {
    #[serde(borrow)]
    em: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Acknowledgement<'a> {
    message_id: &'a str,
}

impl<'a> Frame<'a> {
    /// Reads a frame. `None` if it has no id by which it could be acknowledged: then it is not a
    /// message. Other members may be missing or odd.
    pub(crate) fn parse(text: &'a str) -> Option<Frame<'a>> {
        let raw: Raw<'a> = object(text)?;
        let properties: Option<Properties<'a>> = raw
            .properties
            .and_then(|properties| object(properties.get()));
        let publish_time = raw.publish_time.and_then(as_text);
        Some(Frame {
            message_id: as_text(raw.message_id?).filter(|id| !id.is_empty())?,
            payload: raw.payload.map_or(Cow::Borrowed(""), |payload| {
                as_text(payload).unwrap_or(Cow::Borrowed(payload.get()))
            }),
            em: properties.and_then(|properties| properties.em.and_then(as_text)),
            published: publish_time.and_then(|time| Timestamp::from_platform_text(&time, 0)),
            key: raw.key.and_then(as_text),
        })
    }
}

/// The frame that acknowledges a message.
#[expect(clippy::expect_used, reason = "a text is serialised to memory")]
pub(crate) fn acknowledgement(message_id: &str) -> String {
    serde_json::to_string(&Acknowledgement { message_id }).expect("a text serialises to memory")
}

/// A JSON object. serde alone would also accept a list of the members' values.
fn object<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    text.trim_start()
        .starts_with('{')
        .then(|| serde_json::from_str(text).ok())?
}

fn as_text(raw: &RawValue) -> Option<Cow<'_, str>> {
    let Text(text) = serde_json::from_str(raw.get()).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_frame_as_pulsar_writes_it() {
        let text = r#"{"messageId":"CAcQABgAMAA=","payload":"e30=","properties":{"em":"aes_gcm","tid":"1"},"publishTime":"2026-11-21T02:05:10.378Z","redeliveryCount":0,"key":"dev1"}"#;
        let expected = Frame {
            message_id: "CAcQABgAMAA=".into(),
            payload: "e30=".into(),
            em: Some("aes_gcm".into()),
            published: Some(Timestamp::from_unix_millis(1_795_226_710_378)),
            key: Some("dev1".into()),
        };
        assert_eq!(Frame::parse(text), Some(expected));
    }

    #[test]
    fn what_can_be_acknowledged_is_a_message_however_odd() {
        let bare = |payload: &'static str| Frame {
            message_id: "m".into(),
            payload: payload.into(),
            em: None,
            published: None,
            key: None,
        };
        let cases = [
            (r#"{"messageId":"m","payload":"e30="}"#, "e30="),
            (
                r#"{"messageId":"m","payload":"e30=","properties":null}"#,
                "e30=",
            ),
            (
                r#"{"messageId":"m","payload":"e30=","properties":["em"]}"#,
                "e30=",
            ),
            (
                r#"{"messageId":"m","payload":"e30=","properties":{"em":7}}"#,
                "e30=",
            ),
            (
                r#"{"messageId":"m","payload":"e30=","publishTime":7,"key":{}}"#,
                "e30=",
            ),
            (
                r#"{"messageId":"m","payload":"e30=","publishTime":"soon","key":null}"#,
                "e30=",
            ),
            (
                r#" {"messageId":"\u006d","payload":"e30\u003d","more":[{}]} "#,
                "e30=",
            ),
            (r#"{"messageId":"m"}"#, ""),
            (r#"{"messageId":"m","payload":null}"#, ""),
            (r#"{"messageId":"m","payload":{"a": 1}}"#, r#"{"a": 1}"#),
            (r#"{"messageId":"m","payload":17}"#, "17"),
        ];
        for (text, payload) in cases {
            assert_eq!(Frame::parse(text), Some(bare(payload)), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_acknowledged_is_none() {
        let cases = [
            "",
            "null",
            "7",
            "[]",
            "{}",
            r#"["m","e30=",{},null,null]"#,
            r#"{"messageId":""}"#,
            r#"{"messageId":7,"payload":"e30="}"#,
            r#"{"messageId":null}"#,
            r#"{"endOfTopic":"true"}"#,
            r#"{"messageId":"m""#,
            r#"{"result":"ok"}"#,
        ];
        for text in cases {
            assert_eq!(Frame::parse(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_not(text in "\\PC{0,60}", key in "[a-zA-Z]{0,12}") {
            let _ = Frame::parse(&text);
            let _ = Frame::parse(&format!(r#"{{"messageId":{text}}}"#));
            let _ = Frame::parse(&format!(r#"{{"messageId":"m","{key}":{text}}}"#));
        }

        #[test]
        fn an_acknowledgement_names_the_message(id in "\\PC{0,30}") {
            let text = acknowledgement(&id);
            let value: serde_json::Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(value, serde_json::json!({ "messageId": id }));
        }
    }
}
