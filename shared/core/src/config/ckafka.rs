//! The further settings of a source whose records come from CKafka.

mod tls;

pub use tls::{Authorities, ClientCertificate, KafkaTls};

use super::{
    Problem, Problems,
    key::{Key, KeyGroup, Shape, words},
    table::{Table, must_be, not_empty},
};
use crate::secret::Secret;
use serde_json::Value;

/// The CKafka settings of a source.
#[derive(Debug, Clone)]
pub struct Ckafka {
    /// The topics, at least one.
    pub topics: Vec<String>,
    /// The cluster's brokers, each as `host:port`. They tell clusters apart if two clusters have a
    /// topic of the same name. A source that is pulled has at least one.
    pub brokers: Vec<String>,
    /// The settings of the pull; `None` if Lambda's event source delivers the records.
    pub pull: Option<KafkaPull>,
}

/// The topics of a source, for the function that Lambda's event source calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Topics {
    /// The topics, at least one.
    pub topics: Vec<String>,
    /// The cluster's brokers, each as `host:port`, if the settings name any.
    pub brokers: Vec<String>,
    /// Whether a consumer group pulls the source.
    pub is_pulled: bool,
}

/// How a consumer group pulls a source.
#[derive(Debug, Clone)]
pub struct KafkaPull {
    pub group: String,
    /// The encryption and the login of the connection.
    pub security: KafkaSecurity,
}

/// The encryption and the login of a connection to a broker.
#[derive(Debug, Clone)]
pub struct KafkaSecurity {
    pub encryption: KafkaEncryption,
    /// The login; `None` if the broker asks for none.
    pub login: Option<KafkaLogin>,
}

/// Whether a connection is encrypted.
#[derive(Debug, Clone)]
pub enum KafkaEncryption {
    /// No encryption: anyone on the way can read and change everything, the password included.
    None,
    /// TLS. The broker's certificate is always verified.
    Tls(KafkaTls),
}

/// User and password.
#[derive(Debug, Clone)]
pub struct KafkaLogin {
    pub mechanism: KafkaMechanism,
    /// The user; `instance#user` at CKafka.
    pub username: String,
    /// The password.
    pub password: Secret,
}

/// How the client proves that it knows the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KafkaMechanism {
    /// The client sends the password.
    Plain,
    /// Challenge and response, with SHA-256.
    ScramSha256,
    /// Challenge and response, with SHA-512.
    ScramSha512,
}

impl KafkaMechanism {
    const ALL: [KafkaMechanism; 3] = [
        KafkaMechanism::Plain,
        KafkaMechanism::ScramSha256,
        KafkaMechanism::ScramSha512,
    ];

    /// Its name in SASL.
    pub fn as_str(self) -> &'static str {
        match self {
            KafkaMechanism::Plain => "PLAIN",
            KafkaMechanism::ScramSha256 => "SCRAM-SHA-256",
            KafkaMechanism::ScramSha512 => "SCRAM-SHA-512",
        }
    }
}

impl KafkaSecurity {
    /// The name of the security protocol in Kafka.
    pub fn protocol(&self) -> &'static str {
        match (&self.encryption, &self.login) {
            (KafkaEncryption::None, None) => "plaintext",
            (KafkaEncryption::None, Some(_)) => "sasl_plaintext",
            (KafkaEncryption::Tls(_), None) => "ssl",
            (KafkaEncryption::Tls(_), Some(_)) => "sasl_ssl",
        }
    }
}

/// The security protocols: whether each encrypts, and whether it has a login.
const SECURITY: [(&str, (bool, bool)); 4] = [
    ("sasl_plaintext", (false, true)),
    ("sasl_ssl", (true, true)),
    ("ssl", (true, false)),
    ("plaintext", (false, false)),
];
const OF_THE_LOGIN: [&str; 3] = ["mechanism", "username", "password"];

/// The keys that only a pull needs.
fn of_the_pull() -> impl Iterator<Item = &'static str> {
    let security = ["security"].into_iter();
    security.chain(OF_THE_LOGIN).chain(tls::KEYS)
}

/// The keys of a source whose records come from CKafka.
pub(super) const KEYS: KeyGroup = KeyGroup {
    title: "Consumed from CKafka: `channel = \"ckafka\"`",
    keys: &[
        Key::new(
            "topics",
            Shape::List {
                pattern: "^[A-Za-z0-9._-]{1,249}$",
                most: None,
                what: "list of topics",
            },
            "required",
            "The topics. No topic may appear twice.",
        ),
        Key::new(
            "brokers",
            Shape::List {
                pattern: "^.+:[0-9]{1,5}$",
                most: None,
                what: "list of `\"HOST:PORT\"`",
            },
            "required with `group`",
            "The cluster's brokers.",
        ),
        Key::new(
            "group",
            Shape::Text {
                pattern: "^[^\\u0000-\\u001f]{1,255}$",
                what: "1 to 255 characters",
            },
            "none",
            "The consumer group that pulls.",
        ),
        Key::new(
            "security",
            Shape::Word(|| words(&SECURITY)),
            "required with `group`",
            "How the connection is encrypted, and whether there is a login.",
        ),
        Key::new(
            "mechanism",
            Shape::Word(|| KafkaMechanism::ALL.map(KafkaMechanism::as_str).to_vec()),
            "`\"PLAIN\"`",
            "How the client proves that it knows the password.",
        ),
        Key::new(
            "username",
            Shape::TEXT,
            "required with a login",
            "The user. At CKafka: the instance's id, `#` and the user's name.",
        ),
        Key::new(
            "password",
            Shape::TEXT,
            "required with a login",
            "The user's password.",
        )
        .secret(),
        Key::new(
            "ca",
            Shape::pem("certificates in PEM"),
            "the system's",
            "The authorities of the broker's certificate, with TLS.",
        ),
        Key::new(
            "check_hostname",
            Shape::Boolean,
            "`true`",
            "`false` also accepts a certificate without the broker's name, and requires `ca`. CKafka's own certificates do not have the name.",
        ),
        Key::new(
            "client_certificate",
            Shape::pem("certificates in PEM"),
            "none",
            "The client's certificate, for a broker that asks for one.",
        ),
        Key::new(
            "client_key",
            Shape::pem("a private key in PEM"),
            "required with `client_certificate`",
            "Its key.",
        )
        .secret(),
        Key::new(
            "client_key_password",
            Shape::TEXT,
            "none",
            "The password of an encrypted `client_key`.",
        )
        .secret(),
    ],
};

/// Reads the topics and brokers of the source, and skips the keys of a pull.
pub(super) fn read_topics(table: &mut Table, problems: &mut Problems) -> Option<Topics> {
    table.require("topics", "a list of topics", problems);
    let is_pulled = table.has("group");
    let topics = take_topics(table, problems);
    let brokers = take_brokers(table, problems);
    Some(Topics {
        topics: topics?,
        brokers: brokers.unwrap_or_default(),
        is_pulled,
    })
}

fn take_topics(table: &mut Table, problems: &mut Problems) -> Option<Vec<String>> {
    table.take("topics", problems, |value| {
        list(value, is_topic).ok_or_else(|| {
            "must be a list of different topics, each of 1 to 249 characters: A-Z, a-z, 0-9, ., _ and -".to_owned()
        })
    })
}

fn take_brokers(table: &mut Table, problems: &mut Problems) -> Option<Vec<String>> {
    table.take("brokers", problems, |value| {
        list(value, is_broker)
            .ok_or_else(|| "must be a list of different \"host:port\" addresses".to_owned())
    })
}

pub(super) fn read(table: &mut Table, problems: &mut Problems) -> Option<Ckafka> {
    table.require("topics", "a list of topics", problems);
    let is_pulled = table.has("group");
    if is_pulled {
        table.require("brokers", "a list of \"host:port\"", problems);
        let words = must_be(SECURITY.iter().map(|(word, _)| *word));
        table.require("security", &words, problems);
    }
    let topics = take_topics(table, problems);
    let brokers = take_brokers(table, problems);
    if !is_pulled {
        for key in of_the_pull() {
            if table.has(key) {
                problems.push(Problem::new(
                    table.place(key),
                    "has no effect without group: add the consumer group that pulls, or remove this key if Lambda's event source delivers the records",
                ));
            }
        }
        return Some(Ckafka {
            topics: topics?,
            brokers: brokers.unwrap_or_default(),
            pull: None,
        });
    }
    let group = table.take("group", problems, |value| {
        value
            .as_str()
            .filter(|group| (1..=255).contains(&group.len()) && !group.contains(char::is_control))
            .map(str::to_owned)
            .ok_or_else(|| "must be the name of a consumer group, 1 to 255 characters".to_owned())
    });
    let security = read_security(table, problems);
    Some(Ckafka {
        topics: topics?,
        brokers: brokers?,
        pull: Some(KafkaPull {
            group: group?,
            security: security?,
        }),
    })
}

fn read_security(table: &mut Table, problems: &mut Problems) -> Option<KafkaSecurity> {
    let protocol = table.choice("security", &SECURITY, problems);
    let (is_encrypted, has_login) = protocol?;
    let useless = |table: &mut Table, key: &'static str, why: &str, problems: &mut Problems| {
        if table.has(key) {
            problems.push(Problem::new(table.place(key), why.to_owned()));
        }
    };
    let encryption = if is_encrypted {
        KafkaEncryption::Tls(tls::read(table, problems))
    } else {
        let why = "has no effect without encryption: set security to \"sasl_ssl\" or \"ssl\", or remove this key";
        for key in tls::KEYS {
            useless(table, key, why, problems);
        }
        KafkaEncryption::None
    };
    let login = if has_login {
        Some(read_login(table, problems)?)
    } else {
        let why = "has no effect without a login: set security to \"sasl_plaintext\" or \"sasl_ssl\", or remove this key";
        for key in OF_THE_LOGIN {
            useless(table, key, why, problems);
        }
        None
    };
    Some(KafkaSecurity { encryption, login })
}

fn read_login(table: &mut Table, problems: &mut Problems) -> Option<KafkaLogin> {
    let user = "at CKafka the instance's id, # and the user's name";
    table.require("username", user, problems);
    table.require("password", "it belongs to the secrets", problems);
    let mechanisms = KafkaMechanism::ALL.map(|mechanism| (mechanism.as_str(), mechanism));
    let mechanism = table.choice("mechanism", &mechanisms, problems);
    let username = table.take("username", problems, |value| {
        not_empty(value).map(str::to_owned)
    });
    let password = table.secret("password", problems);
    Some(KafkaLogin {
        mechanism: mechanism.unwrap_or(KafkaMechanism::Plain),
        username: username?,
        password: password?,
    })
}

/// A list of at least one text. Each text is valid, and none appears twice.
fn list(value: &Value, is_good: fn(&str) -> bool) -> Option<Vec<String>> {
    let mut texts: Vec<String> = Vec::new();
    for text in value.as_array()? {
        let text = text.as_str().filter(|text| is_good(text))?;
        if texts.iter().any(|other| other == text) {
            return None;
        }
        texts.push(text.to_owned());
    }
    (!texts.is_empty()).then_some(texts)
}

/// Source: `org.apache.kafka.common.internals.Topic`.
fn is_topic(text: &str) -> bool {
    let well_formed = text
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    well_formed && (1..=249).contains(&text.len()) && text != "." && text != ".."
}

fn is_broker(text: &str) -> bool {
    let Some((host, port)) = text.rsplit_once(':') else {
        return false;
    };
    let is_address = host.starts_with('[') && host.ends_with(']') && host.len() > 2;
    let is_name = !host.is_empty()
        && host
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'));
    (is_address || is_name) && port.parse::<u16>().is_ok_and(|port| port > 0)
}

#[cfg(test)]
mod tests;
