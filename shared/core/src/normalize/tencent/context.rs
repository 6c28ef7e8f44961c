//! The parts of a device's publication that the rules of the families read.

use super::super::draft::Draft;
use crate::{
    event::{detail::Detail, device::Device},
    json::Json,
    timestamp::Timestamp,
};

/// The parts of a device's publication that the rules of the families read.
pub(super) struct Context<'a, 'm> {
    pub(super) device: &'m Device<'a>,
    /// The time of the device, else of the platform, else of receipt.
    pub(super) time: Timestamp,
    /// `method` or `type` of the payload.
    pub(super) word: &'m str,
    /// `params` of the payload, if it is an object.
    pub(super) params: Option<Json<'a>>,
}

impl<'a> Context<'a, '_> {
    pub(super) fn draft(&self, detail: Detail<'a>, time: Timestamp) -> Draft<'a> {
        Draft {
            device: Some(self.device.clone()),
            time,
            detail,
        }
    }

    /// A message without a type of its own.
    pub(super) fn message(&self) -> Draft<'a> {
        self.draft(Detail::Message, self.time)
    }

    pub(super) fn one(&self, detail: Option<Detail<'a>>) -> Vec<Draft<'a>> {
        detail
            .map(|detail| self.draft(detail, self.time))
            .into_iter()
            .collect()
    }
}
