//! An event before it is written.

use crate::{
    event::{detail::Detail, device::Device},
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// An event before it is written.
pub(super) struct Draft<'a> {
    pub(super) device: Option<Device<'a>>,
    pub(super) time: Timestamp,
    pub(super) detail: Detail<'a>,
}

/// What a message gives.
pub(super) struct Routed<'a> {
    /// Never empty.
    pub(super) drafts: Vec<Draft<'a>>,
    /// Who published, where it is not the device itself.
    pub(super) publisher: Option<Device<'a>>,
    /// What the platform calls this kind of message.
    pub(super) kind: Cow<'a, str>,
}
