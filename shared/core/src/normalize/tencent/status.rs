//! A device came or went, in the queue envelope.

use crate::{
    event::part::{Part, Presence},
    tencent::Envelope,
};

/// `Online` or `Offline`; none for anything else.
pub(super) fn part<'a>(envelope: &Envelope<'a>) -> Option<Part<'a>> {
    let presence = Presence {
        reason: envelope.reason(),
        ..Presence::default()
    };
    match envelope.event()? {
        event if event.eq_ignore_ascii_case("Online") => Some(Part::Online(presence)),
        event if event.eq_ignore_ascii_case("Offline") => Some(Part::Offline(presence)),
        _ => None,
    }
}
