//! A call, and what was known before it.

use crate::call::{Call, Delivery};
use crate::history::History;
use crate::server::Answer;

/// The answers of the embedded server and another one to a call.
#[derive(Clone, Copy)]
pub(crate) struct Step<'a> {
    pub(crate) history: &'a History,
    /// The calls before.
    pub(crate) earlier: &'a [Call],
    pub(crate) call: &'a Call,
    /// What was delivered before the call.
    pub(crate) deliveries: &'a [Delivery],
    pub(crate) ours: &'a Answer,
    pub(crate) theirs: &'a Answer,
}
