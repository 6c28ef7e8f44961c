//! A source, for the consumer, which needs no secret.

use super::{BrokenSource, ReadSource, source, table::Table};
use crate::source::{Channel, Decoding, Platform, SourceName};
use std::convert::Infallible;

/// A source, and how its payloads are read.
#[derive(Debug, Clone)]
pub struct ConsumerSource {
    pub name: SourceName,
    pub platform: Platform,
    /// The channel by which the messages come.
    pub channel: Channel,
    /// How the consumer decodes the payloads.
    pub decoding: Decoding,
}

impl ReadSource for ConsumerSource {
    type Signing = Infallible;

    const SENDS: bool = true;

    fn read(name: &SourceName, table: Table) -> Result<Self, BrokenSource> {
        let (shared, ()) = source::read(table, |_, _, _, _| Some(()))?;
        Ok(ConsumerSource {
            name: name.clone(),
            platform: shared.platform,
            channel: shared.channel,
            decoding: shared.decoding,
        })
    }

    fn name(&self) -> &SourceName {
        &self.name
    }

    fn channel(&self) -> Channel {
        self.channel
    }
}
