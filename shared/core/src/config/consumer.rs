//! A source, for the consumer, which needs no secret.

use super::{BrokenSource, Problems, ReadSource, source, table::Table};
use crate::source::{Channel, Decoding, Platform, SourceName};

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
    fn read(name: &SourceName, mut table: Table) -> Result<Self, BrokenSource> {
        let problems = &mut Problems::default();
        let platform = source::read_platform(&mut table, problems);
        source::read_silent_after_minutes(&mut table, problems);
        let channel = source::read_channel(platform, &mut table, problems);
        let decoding = source::read_decoding(channel, &mut table, problems);
        table.finish(source::keys(channel), problems);
        match platform {
            Some(platform) if problems.is_empty() => Ok(ConsumerSource {
                name: name.clone(),
                platform,
                channel,
                decoding,
            }),
            _ => Err(BrokenSource {
                channel,
                problems: std::mem::take(problems),
                tokens: Vec::new(),
            }),
        }
    }

    fn name(&self) -> &SourceName {
        &self.name
    }

    fn channel(&self) -> Channel {
        self.channel
    }
}
