//! The arguments of `thingrelay send`.
//!
//! # Layout
//!
//! * [`messages`]: those that every platform has: which messages, how fast, how many at a time.
//! * [`kafka`]: those for CKafka.
//! * [`kinds`](mod@kinds): the kinds of message that a platform has.
//! * [`connection`]: how a Kafka is reached.

mod connection;
mod kafka;
mod kinds;
mod messages;

pub(super) use kafka::Kafka;
pub(super) use messages::Messages;

use crate::{
    arguments::{secret, token::Token},
    platform::{Address, HeaderFamily, Kind, tuya::Recipe},
};
use kinds::kinds;
use thingrelay_core::{
    secret::Secret,
    tuya::{self, AccessId, Endpoint, Mode},
};

const EXAMPLES: &str = "\
Examples:
  thingrelay send tencent http://127.0.0.1:9001/meters --token TOKEN --count 10000 --devices 200
  thingrelay send tuya ws://127.0.0.1:18080 --access-id ID --access-key KEY --count 100
  thingrelay send kafka 127.0.0.1:9092 --topic iot --count 100 --devices 20

The messages are dealt out to the devices in turn. The next message of a device leaves only when the
one before it has been answered; different devices do not wait for each other. A message that is not
accepted is sent again after 1, 3 and 10 s and then dropped, as the platform does.

In a template or file, {device}, {product}, {seq}, {timestamp}, {number} (the device's running
number, from 1; for short the letter n in braces) and {random} are filled in.

Ctrl-C or SIGTERM ends the run once the messages under way are answered, and a second signal ends it
at once. Either way the command prints the results.

The exit code is 0 if every message was accepted, else 1.";

const TENCENT_EXAMPLES: &str = "\
Examples:
  thingrelay send tencent http://127.0.0.1:9001/meters --token TOKEN
  thingrelay send tencent http://127.0.0.1:9001/meters --token TOKEN --count 10000 --devices 200
  thingrelay send tencent https://push.example.org/meters --kind event --count 60 --rate 1/s
  thingrelay send tencent http://127.0.0.1:9001/meters --token TOKEN --get
  thingrelay send tencent http://127.0.0.1:9001/meters --token TOKEN --count 3 \\
      --template '{\"devicename\":\"{device}\",\"productid\":\"{product}\",\"topic\":\"{product}/{device}/data\",\"seq\":{seq},\"timestamp\":{timestamp},\"payload\":{\"n\":{number}}}'

Signs each message and posts it to a push URL, as Tencent Cloud does. A message is accepted when the
answer has status 200. `thingrelay send --help` explains order, retries and templates.";

const TUYA_EXAMPLES: &str = "\
Examples:
  thingrelay send tuya ws://127.0.0.1:18080 --access-id ID --access-key KEY --count 100
  thingrelay send tuya wss://broker.example.org --access-id ID --access-key KEY --producer-token TOKEN

Encrypts and signs each message, and produces it to the topic of the project, through the WebSocket
service of a broker that plays Tuya's. At Tuya, a project may consume but not produce. If your broker
has such rules, give a --producer-token that may produce. All messages go over one connection.
`thingrelay send --help` explains order, retries and templates.";

/// Arguments of `thingrelay send`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The platform to play.
    #[command(subcommand)]
    pub(super) platform: Platform,
}

/// A platform to play.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Platform {
    /// Tencent Cloud, which pushes over HTTP.
    Tencent(Box<Tencent>),
    /// Tuya, which puts messages on its message service.
    Tuya(Box<Tuya>),
    /// Tencent Cloud, which puts records on CKafka.
    Kafka(Box<Kafka>),
}

/// Arguments of `thingrelay send tencent`.
#[derive(Debug, clap::Args)]
#[command(after_help = TENCENT_EXAMPLES)]
pub(super) struct Tencent {
    /// The push URL, whose last part names the source.
    pub(super) url: Address,

    #[command(flatten)]
    pub(super) token: Token,

    /// The kind of the messages.
    #[arg(long, value_enum, default_value_t = Kind::Report, conflicts_with = "body")]
    pub(super) kind: Kind,

    /// Send URL checks, and compare the returned Echostr.
    #[arg(long, conflicts_with_all = ["kind", "body"])]
    pub(super) get: bool,

    /// The names of the signature's headers [default: those of the kind].
    #[arg(long, value_enum, value_name = "FAMILY")]
    pub(super) header_family: Option<HeaderFamily>,

    #[command(flatten)]
    pub(super) messages: Messages,
}

/// Arguments of `thingrelay send tuya`.
#[derive(Debug, clap::Args)]
#[command(after_help = TUYA_EXAMPLES)]
pub(super) struct Tuya {
    /// The URL of the broker, which begins with ws:// or wss://.
    #[arg(value_parser = endpoint)]
    pub(super) url: Endpoint,

    /// The Access ID of the project.
    #[arg(long, value_name = "ID", value_parser = access_id)]
    pub(super) access_id: AccessId,

    /// The Access Secret of the project.
    #[arg(
        long,
        value_name = "KEY",
        env = "THINGRELAY_ACCESS_KEY",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret
    )]
    pub(super) access_key: Option<Secret>,

    /// A bearer token that may produce to the project's topic.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "THINGRELAY_PRODUCER_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret
    )]
    pub(super) producer_token: Option<Secret>,

    /// The topic: that of devices in production, or that of test devices.
    #[arg(long, value_enum, default_value_t = Environment::Production)]
    pub(super) environment: Environment,

    /// How the messages are encrypted.
    #[arg(long, value_enum, default_value_t = Encryption::Gcm)]
    pub(super) encryption: Encryption,

    /// The kind of the messages.
    #[arg(long, default_value = "report", conflicts_with = "body", value_parser = kinds(|kind| Recipe::of(kind).is_some()))]
    pub(super) kind: Kind,

    /// The protocol number of the body in --file or --template [default: 4].
    #[arg(long, value_name = "N", requires = "body")]
    pub(super) protocol: Option<i64>,

    #[command(flatten)]
    pub(super) messages: Messages,
}

/// The devices that messages are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Environment {
    /// Devices in use.
    Production,
    /// Devices of tests.
    Test,
}

/// How messages are encrypted, always with AES-128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum Encryption {
    /// Block by block, Tuya's first mode.
    Ecb,
    /// With a nonce and a tag.
    Gcm,
}

impl Environment {
    /// As the message service has it.
    pub(super) fn of_tuya(self) -> tuya::Environment {
        match self {
            Environment::Production => tuya::Environment::Production,
            Environment::Test => tuya::Environment::Test,
        }
    }
}

impl Encryption {
    /// As the message service has it.
    pub(super) fn mode(self) -> Mode {
        match self {
            Encryption::Ecb => Mode::Ecb,
            Encryption::Gcm => Mode::Gcm,
        }
    }
}

fn endpoint(text: &str) -> Result<Endpoint, String> {
    Endpoint::parse(text).map_err(|error| format!("the URL {error}"))
}

fn access_id(text: &str) -> Result<AccessId, String> {
    AccessId::parse(text)
        .ok_or_else(|| "an Access ID is 1 to 64 letters, digits, - and _".to_owned())
}
