//! A source, for the function that Lambda's event source for Kafka calls. Lambda delivers the
//! records, so the function needs no secret of a platform.

use super::{BrokenSource, Problems, ReadSource, Topics, ckafka, source, table::Table};
use crate::source::{Channel, Platform, SourceName};

/// A source, and the topics of its records.
#[derive(Debug, Clone)]
pub struct TopicSource {
    pub name: SourceName,
    pub platform: Platform,
    /// The topics; `None` if the messages are not records of CKafka.
    pub topics: Option<Topics>,
    channel: Channel,
}

impl ReadSource for TopicSource {
    fn read(name: &SourceName, mut table: Table) -> Result<Self, BrokenSource> {
        let problems = &mut Problems::default();
        let platform = source::read_platform(&mut table, problems);
        source::read_silent_after_minutes(&mut table, problems);
        let channel = source::read_channel(platform, &mut table, problems);
        source::read_decoding(channel, &mut table, problems);
        let topics = match channel {
            Channel::Ckafka => ckafka::read_topics(&mut table, problems),
            Channel::Http | Channel::Pulsar => None,
        };
        table.finish(source::keys(channel), problems);
        match platform {
            Some(platform) if problems.is_empty() => Ok(TopicSource {
                name: name.clone(),
                platform,
                topics,
                channel,
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
