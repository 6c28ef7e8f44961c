//! The device that an event is about.

use super::subject::subject;
use crate::json::write::ObjectWriter;
use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Device<'a> {
    /// The platform's id of the product, if the message names it.
    pub product: Option<Cow<'a, str>>,
    /// The device's name within the product, or its id if the platform has ids of devices.
    pub name: Cow<'a, str>,
}

impl Device<'_> {
    /// The same device, independent of the message that names it.
    pub fn into_owned(self) -> Device<'static> {
        Device {
            product: self.product.map(|product| Cow::Owned(product.into_owned())),
            name: Cow::Owned(self.name.into_owned()),
        }
    }

    /// The device in an event's `subject`.
    pub fn subject(&self) -> String {
        subject(self.product.as_deref(), &self.name)
    }

    pub(super) fn write(&self, out: &mut String) {
        let mut device = ObjectWriter::begin(out);
        device.maybe_text("product", self.product.as_deref());
        device.text("name", &self.name);
        device.end();
    }
}
