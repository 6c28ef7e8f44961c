use std::fmt::Write as _;

use clap::ValueEnum;

use super::reader;
use super::service::Project;
use super::surroundings::Surroundings;

/// Whose messages are pulled.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Origin {
    /// Tuya's message service, played by Apache Pulsar.
    Tuya,
    /// CKafka, played by Apache Kafka.
    Ckafka,
}

/// The load for the functions of an origin, and the goals.
pub(super) struct Load {
    /// The default number of waiting messages.
    pub(super) messages: usize,
    /// The approximate length of their envelopes.
    pub(super) bytes: usize,
    /// The number and the length of the messages that fill the window.
    pub(super) held: [(usize, usize); 2],
    /// The goal for the messages that the function stages per second.
    pub(super) rate: f64,
    /// The goal for the bytes that the function has in memory.
    pub(super) memory: Option<u64>,
}

impl Origin {
    /// The name in titles.
    pub(super) fn name(self) -> &'static str {
        match self {
            Origin::Tuya => "Tuya's message service",
            Origin::Ckafka => "CKafka",
        }
    }

    /// The name as an argument, and the name of the peer.
    pub(super) fn word(self) -> &'static str {
        match self {
            Origin::Tuya => "tuya",
            Origin::Ckafka => "ckafka",
        }
    }

    /// The function that pulls from this origin; package and program have the same name.
    pub(super) fn function(self) -> &'static str {
        match self {
            Origin::Tuya => "tuya",
            Origin::Ckafka => "ckafka-pull",
        }
    }

    /// The program that reads with the function's client and stages nothing; its package has the
    /// same name.
    pub(super) fn reader(self) -> Option<&'static str> {
        (self == Origin::Ckafka).then_some(reader::PROGRAM)
    }

    pub(super) fn load(self) -> Load {
        match self {
            Origin::Tuya => Load {
                messages: 20_000,
                bytes: 600,
                // The window is full by the number of messages, and by their length.
                held: [(2_500, 600), (2_500, 16_000)],
                rate: 5_000.0,
                memory: Some(40_000_000),
            },
            Origin::Ckafka => Load {
                messages: 100_000,
                bytes: 500,
                // The client reads the same amount ahead.
                held: [(50_000, 500), (2_500, 16_000)],
                rate: 10_000.0,
                memory: None,
            },
        }
    }

    /// The configuration of the function.
    pub(super) fn configuration(self, around: &Surroundings<'_>) -> String {
        let service = around.service;
        let Project {
            name,
            user,
            password,
        } = around.project;
        let lines: &[(&str, &str)] = match self {
            Origin::Tuya => &[
                ("platform", "tuya"),
                ("url", service),
                ("access_id", user),
                ("access_key", password),
            ],
            Origin::Ckafka => &[
                ("platform", "tencent-iot-explorer"),
                ("channel", "ckafka"),
                ("group", name),
                ("security", "sasl_plaintext"),
                ("mechanism", "PLAIN"),
                ("username", user),
                ("password", password),
            ],
        };
        let mut text = "[sources.plant]\n".to_owned();
        for (key, value) in lines {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{key} = {value:?}");
        }
        if self == Origin::Ckafka {
            let _ = writeln!(text, "brokers = [{service:?}]\ntopics = [{name:?}]");
        }
        text
    }

    /// The environment variables of the peer.
    pub(super) fn variables(self, around: &Surroundings<'_>) -> Vec<(&'static str, String)> {
        let Project {
            name,
            user,
            password,
        } = around.project;
        let service = around.service;
        let variables: &[(&str, &str)] = match self {
            Origin::Tuya => &[
                ("TUYA_URL", service),
                ("TUYA_ACCESS_ID", user),
                ("TUYA_ACCESS_KEY", password),
            ],
            Origin::Ckafka => &[
                ("KAFKA_BROKERS", service),
                ("KAFKA_TOPICS", name),
                ("KAFKA_GROUP", name),
                ("KAFKA_USERNAME", user),
                ("KAFKA_PASSWORD", password),
            ],
        };
        let owned = |(key, value): &(&'static str, &str)| (*key, (*value).to_owned());
        variables.iter().map(owned).collect()
    }
}
