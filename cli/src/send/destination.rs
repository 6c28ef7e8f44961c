//! Where messages go, which tells whom to play.

use crate::platform::{Address, address::AddressError};
use std::str::FromStr;
use thingrelay::tuya::{Endpoint, EndpointError};

/// The URL that messages go to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// An endpoint that is pushed to.
    Push(Address),
    /// The WebSocket service of a broker that is produced to.
    Broker(Endpoint),
}

/// Who is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Played {
    /// Tencent Cloud, which pushes over HTTP.
    Tencent,
    /// Tuya, which puts messages on its message service.
    Tuya,
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
        } else {
            Destination::Push(text.parse()?)
        })
    }
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
        ];
        for (text, expected) in cases {
            let found = text.parse::<Destination>();
            assert_eq!(found.map(|found| found.platform()), expected, "{text}");
        }
    }
}
