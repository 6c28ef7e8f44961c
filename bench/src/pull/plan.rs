use std::path::Path;

use super::origin::Origin;

/// The number of devices that send the messages.
pub(super) const DEVICES: usize = 500;

/// What is measured, and how often.
pub(crate) struct Plan<'a> {
    /// The platform whose messages are pulled.
    pub(crate) origin: Origin,
    /// How often each program drains the service.
    pub(crate) runs: u8,
    /// How many messages are waiting; `None` for the default of the origin.
    pub(crate) messages: Option<u32>,
    /// The directory of existing programs; without it, the programs are built.
    pub(crate) programs: Option<&'a Path>,
}

impl Plan<'_> {
    /// How many messages are waiting for a program.
    pub(super) fn messages(&self) -> usize {
        let said = self.messages.map(|messages| messages as usize);
        said.unwrap_or(self.origin.load().messages)
    }
}
