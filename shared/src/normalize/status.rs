//! A device came or went, in the queue envelope.

use super::route::Draft;
use crate::{
    event::data::{Device, Part, Presence},
    tencent::Envelope,
    timestamp::Timestamp,
};

/// `StatusChange`, or `Status` in older pages, with `Online` or `Offline`; none for anything else.
pub(super) fn drafts<'a>(
    envelope: &Envelope<'a>,
    device: &Device<'a>,
    time: Timestamp,
) -> Vec<Draft<'a>> {
    let is_status = envelope.msg_type().is_none_or(|kind| {
        kind.eq_ignore_ascii_case("statuschange") || kind.eq_ignore_ascii_case("status")
    });
    let presence = || Presence {
        reason: envelope.reason(),
        gateway: None,
    };
    let part = match envelope.event() {
        Some(event) if is_status && event.eq_ignore_ascii_case("online") => {
            Part::Online(presence())
        }
        Some(event) if is_status && event.eq_ignore_ascii_case("offline") => {
            Part::Offline(presence())
        }
        _ => return Vec::new(),
    };
    vec![Draft {
        device: Some(device.clone()),
        time,
        part,
    }]
}
