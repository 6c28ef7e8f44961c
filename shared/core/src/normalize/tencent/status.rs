//! A device connected or disconnected, in the queue envelope.

use crate::{
    event::detail::{Detail, Presence},
    tencent::Envelope,
};

/// Reads `Online` and `Offline`; `None` for anything else.
pub(super) fn detail<'a>(envelope: &Envelope<'a>) -> Option<Detail<'a>> {
    let presence = Presence {
        reason: envelope.reason(),
        ..Presence::default()
    };
    match envelope.event()? {
        event if event.eq_ignore_ascii_case("Online") => Some(Detail::Online(presence)),
        event if event.eq_ignore_ascii_case("Offline") => Some(Detail::Offline(presence)),
        _ => None,
    }
}
