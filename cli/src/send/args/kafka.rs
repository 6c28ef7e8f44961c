//! The arguments of `thingrelay send kafka`.

use super::{Messages, connection::Connection, kinds::kinds};
use crate::platform::{Kind, ckafka::Recipe};
use std::{net::Ipv6Addr, str::FromStr};

const EXAMPLES: &str = "\
Examples:
  thingrelay send kafka 127.0.0.1:9092 --topic iot --count 100 --devices 20
  thingrelay send kafka HOST:PORT --topic iot --username INSTANCE#USER --password PASSWORD

Produces the records that IoT Hub, Explorer and Video put on CKafka to a Kafka, with the device's name
as the key. All workers share a connection. This needs a command with the client for CKafka:
`cargo thingrelay-ckafka` in place of `cargo thingrelay`. `thingrelay send --help` explains order,
retries and templates.";

/// Arguments of `thingrelay send kafka`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(in crate::send) struct Kafka {
    /// The brokers, each as HOST:PORT, separated by commas.
    pub(in crate::send) brokers: Brokers,

    /// The topic to which records are produced.
    #[arg(long, value_name = "TOPIC", value_parser = topic)]
    pub(in crate::send) topic: String,

    #[command(flatten)]
    pub(in crate::send) connection: Connection,

    /// The kind of the messages.
    #[arg(long, default_value = "report", conflicts_with = "body", value_parser = kinds(|kind| Recipe::of(kind).is_some()))]
    pub(in crate::send) kind: Kind,

    #[command(flatten)]
    pub(in crate::send) messages: Messages,
}

/// Brokers, `host:port` each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::send) struct Brokers(pub(in crate::send) Vec<String>);

/// Why a text does not list brokers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected HOST:PORT, or several, separated by commas")]
pub(in crate::send) struct BrokersError;

impl FromStr for Brokers {
    type Err = BrokersError;

    fn from_str(text: &str) -> Result<Brokers, BrokersError> {
        if text.split(',').all(is_host_and_port) {
            Ok(Brokers(text.split(',').map(str::to_owned).collect()))
        } else {
            Err(BrokersError)
        }
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

/// Takes what can be the name of a topic.
///
/// Source: `org.apache.kafka.common.internals.Topic`.
fn topic(text: &str) -> Result<String, String> {
    let is_topic = (1..=249).contains(&text.len())
        && ![".", ".."].contains(&text)
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    is_topic
        .then(|| text.to_owned())
        .ok_or_else(|| "a topic is 1 to 249 of A-Z, a-z, 0-9, ., _ and -".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brokers_are_hosts_with_ports() {
        let cases = [
            ("127.0.0.1:9092", 1),
            ("kafka-1.example.org:9092,[::1]:9093", 2),
            ("http://127.0.0.1:9001/hub", 0),
            ("127.0.0.1:9001/hub", 0),
            ("kafka.example.org:0", 0),
            ("kafka.example.org:9092,", 0),
            ("kafka.example.org", 0),
            ("", 0),
        ];
        for (text, count) in cases {
            let found = text.parse::<Brokers>();
            let found = found.map_or(0, |brokers| brokers.0.len());
            assert_eq!(found, count, "{text}");
        }
    }

    #[test]
    fn a_topic_has_a_name_that_kafka_allows() {
        for (text, is_topic) in [("iot", true), ("a/b", false), ("..", false), ("", false)] {
            assert_eq!(topic(text).is_ok(), is_topic, "{text}");
        }
    }
}
