//! A source, for the function that Lambda's event source for Kafka calls. Lambda delivers the
//! records, so the function needs no secret of a platform.

use super::{BrokenSource, ReadSource, Topics, ckafka, source, table::Table};
use crate::source::{Channel, Platform, SourceName};
use std::convert::Infallible;

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
    type Signing = Infallible;

    fn read(name: &SourceName, table: Table) -> Result<Self, BrokenSource> {
        let (shared, topics) = source::read(table, |channel, table, _, problems| {
            Some(match channel {
                Channel::Ckafka => ckafka::read_topics(table, problems),
                Channel::Http | Channel::Pulsar => None,
            })
        })?;
        Ok(TopicSource {
            name: name.clone(),
            platform: shared.platform,
            topics,
            channel: shared.channel,
        })
    }

    fn name(&self) -> &SourceName {
        &self.name
    }

    fn channel(&self) -> Channel {
        self.channel
    }
}
