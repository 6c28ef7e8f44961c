//! A source, for the programs that take messages from a platform.

use super::{Authentication, BrokenSource, Ckafka, ReadSource, Tuya, ckafka, http};
use super::{source, table::Table, tuya};
use crate::{
    signature::Token,
    source::{Channel, Decoding, Platform, SourceName},
};
use std::convert::Infallible;

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
    type Signing = Infallible;

    fn read(name: &SourceName, table: Table) -> Result<Self, BrokenSource> {
        let (shared, ingress) = source::read(table, |channel, table, tokens, problems| {
            Some(match channel {
                Channel::Http => Ingress::Http(http::read(table, tokens, problems)?),
                Channel::Ckafka => Ingress::Ckafka(Box::new(ckafka::read(table, problems)?)),
                Channel::Pulsar => Ingress::Tuya(Box::new(tuya::read(table, problems)?)),
            })
        })?;
        Ok(EdgeSource {
            name: name.clone(),
            platform: shared.platform,
            ingress,
            decoding: shared.decoding,
            silent_after_minutes: shared.silent_after_minutes,
            tokens: shared.tokens,
        })
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
