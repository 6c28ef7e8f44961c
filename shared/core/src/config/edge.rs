//! A source, for the programs that take messages from a platform.

use super::{Authentication, BrokenSource, Ckafka, Problems, ReadSource, Tuya, ckafka, http};
use super::{source, table::Table, tuya};
use crate::{
    signature::Token,
    source::{Channel, Decoding, Platform, SourceName},
};

/// A source, and how its messages are taken.
#[derive(Debug, Clone)]
pub struct EdgeSource {
    /// The name, which is also the last part of the push URL if the source has one.
    pub name: SourceName,
    pub platform: Platform,
    /// How the messages come.
    pub ingress: Ingress,
    /// How the consumer decodes the payloads.
    pub decoding: Decoding,
    /// The minutes without a message after which an alarm is wanted; `None` if no alarm is wanted.
    pub silent_after_minutes: Option<u32>,
    tokens: Vec<Token>,
}

/// How a source's messages come.
#[derive(Debug, Clone)]
pub enum Ingress {
    /// The platform pushes them to the endpoint, which authenticates them.
    Http(Authentication),
    /// They are records of CKafka.
    Ckafka(Box<Ckafka>),
    /// They are pulled from Tuya's message service.
    Tuya(Box<Tuya>),
}

impl Ingress {
    /// The name of the channel.
    pub fn channel(&self) -> Channel {
        match self {
            Ingress::Http(_) => Channel::Http,
            Ingress::Ckafka(_) => Channel::Ckafka,
            Ingress::Tuya(_) => Channel::Pulsar,
        }
    }
}

impl ReadSource for EdgeSource {
    fn read(name: &SourceName, mut table: Table) -> Result<Self, BrokenSource> {
        let problems = &mut Problems::default();
        let platform = source::read_platform(&mut table, problems);
        let silent_after_minutes = source::read_silent_after_minutes(&mut table, problems);
        let channel = source::read_channel(platform, &mut table, problems);
        let decoding = source::read_decoding(channel, &mut table, problems);
        let mut tokens = Vec::new();
        let ingress = match channel {
            Channel::Http => http::read(&mut table, &mut tokens, problems).map(Ingress::Http),
            Channel::Ckafka => {
                ckafka::read(&mut table, problems).map(|read| Ingress::Ckafka(Box::new(read)))
            }
            Channel::Pulsar => {
                tuya::read(&mut table, problems).map(|read| Ingress::Tuya(Box::new(read)))
            }
        };
        table.finish(source::keys(channel), problems);
        match (platform, ingress) {
            (Some(platform), Some(ingress)) if problems.is_empty() => Ok(EdgeSource {
                name: name.clone(),
                platform,
                ingress,
                decoding,
                silent_after_minutes,
                tokens,
            }),
            _ => Err(BrokenSource {
                channel,
                problems: std::mem::take(problems),
                tokens,
            }),
        }
    }

    fn name(&self) -> &SourceName {
        &self.name
    }

    fn channel(&self) -> Channel {
        self.ingress.channel()
    }

    fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    fn subscriptions(&self) -> Vec<String> {
        let Ingress::Tuya(tuya) = &self.ingress else {
            return Vec::new();
        };
        tuya.topics()
            .map(|topic| tuya.endpoint.consumer_url(&tuya.access.id, topic))
            .collect()
    }
}
