//! An event before it is written.

use crate::{
    event::{detail::Detail, device::Device},
    timestamp::Timestamp,
};
use std::borrow::Cow;

pub(super) struct Draft<'a> {
    pub(super) device: Option<Device<'a>>,
    pub(super) time: Timestamp,
    pub(super) detail: Detail<'a>,
}

/// The events of a message, and the facts that they share.
pub(super) struct Routed<'a> {
    /// Never empty.
    pub(super) drafts: Vec<Draft<'a>>,
    /// The device that published the message, if it is not the device of the event.
    pub(super) publisher: Option<Device<'a>>,
    /// The platform's name for this kind of message.
    pub(super) kind: Cow<'a, str>,
}
