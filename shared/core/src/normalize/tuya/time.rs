//! When something happened.

use crate::{json::Json, staged::TuyaProvenance, timestamp::Timestamp, tuya::Message};

/// When it happened: by the message, else by the envelope, else by the broker, else the time of
/// receipt.
pub(super) fn of_message(
    message: &Message<'_>,
    delivery: &TuyaProvenance<'_>,
    received: Timestamp,
) -> Timestamp {
    let envelope = || Timestamp::from_platform_number(&delivery.t?.to_string());
    let published = || delivery.published.and_then(Timestamp::plausible);
    own(message.data_time)
        .or_else(|| own(message.ts))
        .or_else(envelope)
        .or_else(published)
        .unwrap_or(received)
}

/// Reads a time in seconds or milliseconds, a number or a string. 0 means that it is not known.
pub(super) fn own(value: Option<Json<'_>>) -> Option<Timestamp> {
    Timestamp::from_platform_number(&value?.text()?)
}
