//! What the families' rules see of a publication of a device.

use super::super::draft::Draft;
use crate::{
    event::{detail::Detail, device::Device},
    json::Json,
    timestamp::Timestamp,
};

/// What the families' rules see of a publication of a device.
pub(super) struct Context<'a, 'm> {
    pub(super) device: &'m Device<'a>,
    /// Of the message: the device's, else the platform's, else that of receipt.
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

    /// What has no type of its own.
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
