//! Decrypted messages in the shapes that Tuya sends, with made-up products and devices, and their
//! events.

use crate::schema::checked;
use serde_json::Value;
use std::borrow::Cow;
use thingrelay_core::{
    normalize::{NormalizeError, OutgoingEvent, normalize},
    source::{Decoding, Platform, SourceName},
    staged::{Staged, Transport, TuyaProvenance},
    timestamp::Timestamp,
    tuya::{SignVerdict, identify},
};

pub(crate) const RECEIVED: &str = "2026-11-21T04:00:05.500Z";
const RECEIVED_MILLIS: i64 = 1_795_233_605_500;

/// When the broker published the message.
pub(crate) const PUBLISHED: &str = "2026-11-21T04:00:04.400Z";
const PUBLISHED_MILLIS: i64 = 1_795_233_604_400;

/// The envelope's `t`.
pub(crate) const PUSHED: &str = "2026-11-21T04:00:03.300Z";
pub(crate) const PUSHED_MILLIS: i64 = 1_795_233_603_300;

/// The message's `ts`.
pub(crate) const SENT: &str = "2026-11-21T04:00:02.200Z";
pub(crate) const SENT_MILLIS: i64 = 1_795_233_602_200;

pub(crate) const TOPIC: &str = "persistent://hx4madeupaccess/out/event-partition-3";

/// A message of the source `house`.
pub(crate) fn delivery(protocol: Option<i64>) -> TuyaProvenance<'static> {
    TuyaProvenance {
        topic: TOPIC.into(),
        message_id: "CJACEAMgADAB".into(),
        published: Some(Timestamp::from_unix_millis(PUBLISHED_MILLIS)),
        em: Some("aes_gcm".into()),
        protocol,
        t: Some(PUSHED_MILLIS),
        sign: SignVerdict::Valid,
    }
}

/// A message of the older family: the device is beside `bizData`.
pub(crate) fn legacy(code: &str, data: &str) -> String {
    format!(
        r#"{{"bizCode":"{code}","bizData":{data},"devId":"vdev01","productKey":"p1key","ts":{SENT_MILLIS},"uuid":"77aa","ownerId":"900"}}"#
    )
}

/// A message of IoT Core: the device is in `bizData`, before the given members.
pub(crate) fn core(code: &str, members: &str) -> String {
    let comma = if members.is_empty() { "" } else { "," };
    format!(
        r#"{{"bizCode":"{code}","bizData":{{"devId":"vdev01","productId":"p1key"{comma}{members}}},"ts":{SENT_MILLIS}}}"#
    )
}

/// A report of data with these items.
pub(crate) fn report(items: &str) -> String {
    format!(r#"{{"dataId":"DA7A","devId":"vdev01","productKey":"p1key","status":[{items}]}}"#)
}

/// The result for a message, unchecked.
pub(crate) fn outcome(
    plaintext: &[u8],
    delivery: &TuyaProvenance<'_>,
) -> Result<Vec<OutgoingEvent>, NormalizeError> {
    let source = SourceName::parse("house").unwrap();
    let staged = Staged {
        id: identify(&source, &delivery.topic, &delivery.message_id, plaintext).id,
        source,
        platform: Platform::Tuya,
        received: Timestamp::from_unix_millis(RECEIVED_MILLIS),
        transport: Transport::Pulsar(delivery.clone()),
        error: None,
        replay: None,
        original: Cow::Borrowed(plaintext),
    };
    let record = staged.to_body();
    normalize(&Staged::from_body(&record).unwrap(), Decoding::default())
}

/// The one event of a message, unchecked.
pub(crate) fn outgoing(plaintext: &str, delivery: &TuyaProvenance<'_>) -> OutgoingEvent {
    let mut events = outcome(plaintext.as_bytes(), delivery).unwrap();
    assert_eq!(events.len(), 1, "one event of {plaintext}");
    events.remove(0)
}

/// The one event of a message, checked.
pub(crate) fn delivered(plaintext: &str, delivery: &TuyaProvenance<'_>) -> Value {
    checked(&outgoing(plaintext, delivery))
}

/// The one event of a message of this protocol, checked.
pub(crate) fn event(protocol: i64, plaintext: &str) -> Value {
    delivered(plaintext, &delivery(Some(protocol)))
}
