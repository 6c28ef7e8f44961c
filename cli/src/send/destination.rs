//! Where messages go, which tells whom to play.

use crate::platform::{Address, address::AddressError};
use std::{net::Ipv6Addr, str::FromStr};
use thingrelay_core::tuya::{Endpoint, EndpointError};

/// The URL that messages go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An endpoint that is pushed to.
    Push(Address),
    /// The WebSocket service of a broker that is produced to.
    Broker(Endpoint),
    /// Brokers of a Kafka, `host:port` each.
    Kafka(Vec<String>),
}

/// Who is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Played {
    /// Tencent Cloud, which pushes over HTTP.
    Tencent,
    /// Tuya, which puts messages on its message service.
    Tuya,
    /// Tencent Cloud, which puts records on CKafka.
    Ckafka,
}

/// Why a text is no destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// As a URL to push to.
    #[error(transparent)]
    Push(#[from] AddressError),
    /// As the URL of a broker.
    #[error("the URL {0}")]
    Broker(#[from] EndpointError),
}

impl Destination {
    /// Who has such destinations.
    pub fn platform(&self) -> Played {
        match self {
            Destination::Push(_) => Played::Tencent,
            Destination::Broker(_) => Played::Tuya,
            Destination::Kafka(_) => Played::Ckafka,
        }
    }
}

impl FromStr for Destination {
    type Err = DestinationError;

    fn from_str(text: &str) -> Result<Self, DestinationError> {
        let is_broker = ["ws://", "wss://", "pulsar+ssl://"]
            .iter()
            .any(|scheme| text.starts_with(scheme));
        Ok(if is_broker {
            Destination::Broker(Endpoint::parse(text)?)
        } else if text.split(',').all(is_host_and_port) {
            Destination::Kafka(text.split(',').map(str::to_owned).collect())
        } else {
            Destination::Push(text.parse()?)
        })
    }
}

fn is_host_and_port(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let is_address = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .is_some_and(|host| host.parse::<Ipv6Addr>().is_ok());
    let is_name = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    (is_address || is_name) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheme_tells_whom_to_play() {
        let cases = [
            ("http://127.0.0.1:9001/hub", Ok(Played::Tencent)),
            ("https://push.example.org/meters", Ok(Played::Tencent)),
            ("ws://127.0.0.1:18080", Ok(Played::Tuya)),
            ("ws://localhost/", Ok(Played::Tuya)),
            ("wss://pulsar.example.org:8285/", Ok(Played::Tuya)),
            ("pulsar+ssl://pulsar.example.org:7285/", Ok(Played::Tuya)),
            (
                "ws://pulsar.example.org/",
                Err(DestinationError::Broker(EndpointError::NotEncrypted)),
            ),
            (
                "ftp://push.example.org/",
                Err(DestinationError::Push(AddressError::Scheme)),
            ),
            ("hub", Err(DestinationError::Push(AddressError::Scheme))),
            ("127.0.0.1:9092", Ok(Played::Ckafka)),
            ("kafka-1.example.org:9092,[::1]:9093", Ok(Played::Ckafka)),
            (
                "127.0.0.1:9001/hub",
                Err(DestinationError::Push(AddressError::Malformed)),
            ),
            (
                "kafka.example.org:0",
                Err(DestinationError::Push(AddressError::Scheme)),
            ),
            (
                "kafka.example.org:9092,",
                Err(DestinationError::Push(AddressError::Scheme)),
            ),
        ];
        for (text, expected) in cases {
            let found = text.parse::<Destination>();
            assert_eq!(found.map(|found| found.platform()), expected, "{text}");
        }
    }
}
