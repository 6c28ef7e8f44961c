//! A source as the programs read it that take messages from a platform.

use super::{Authentication, BrokenSource, Ckafka, Problems, ReadSource, Tuya, ckafka, http};
use super::{source, table::Table, tuya};
use crate::{
    signature::Token,
    source::{Channel, Decoding, Platform, SourceName},
};

/// A source, and how its messages are taken.
#[derive(Debug, Clone)]
pub struct EdgeSource {
    /// Its name, and the last part of its push URL if it has one.
    pub name: SourceName,
    /// The platform that sends the messages.
    pub platform: Platform,
    /// By which way they come.
    pub ingress: Ingress,
    /// How the consumer reads its payloads.
    pub decoding: Decoding,
    /// After how many minutes without a message an alarm is wanted, if one is.
    pub silent_after_minutes: Option<u32>,
    tokens: Vec<Token>,
}

/// The way by which a source's messages come.
#[derive(Debug, Clone)]
pub enum Ingress {
    /// They are pushed to the endpoint, and checked in this way.
    Http(Authentication),
    /// They are records of CKafka.
    Ckafka(Box<Ckafka>),
    /// They are pulled from Tuya's message service.
    Tuya(Box<Tuya>),
}

impl Ingress {
    /// The way's name.
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
