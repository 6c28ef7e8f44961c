//! The arguments of `thingrelay send`.
//!
//! # Layout
//!
//! * [`ckafka`]: those for CKafka.

pub mod ckafka;

use self::ckafka::CkafkaArgs;
use super::{
    destination::{Destination, Played},
    pace::Rate,
};
use crate::platform::{HeaderFamily, Kind};
use std::{convert::Infallible, path::PathBuf};
use thingrelay_core::{
    secret::Secret,
    tuya::{self, AccessId, Mode},
};

const EXAMPLES: &str = "\
Examples:
  thingrelay send http://127.0.0.1:9001/meters --token T
  thingrelay send http://127.0.0.1:9001/meters --token T --count 10000 --devices 200
  thingrelay send https://push.example.org/meters --kind event --count 60 --rate 1/s
  thingrelay send http://127.0.0.1:9001/meters --token T --get
  thingrelay send http://127.0.0.1:9001/meters --token T --count 3 \\
      --template '{\"devicename\":\"{device}\",\"productid\":\"{product}\",\"topic\":\"{product}/{device}/data\",\"seq\":{seq},\"timestamp\":{timestamp},\"payload\":{\"n\":{number}}}'
  thingrelay send --platform tuya ws://127.0.0.1:18080 --access-id ID --access-key KEY --count 100
  thingrelay send --platform ckafka 127.0.0.1:9092 --topic iot --count 100 --devices 20
  thingrelay send --platform ckafka HOST:PORT --topic iot --username INSTANCE#USER --password P

The messages are dealt out to the devices in turn. A device's next message leaves only when its
former one has been answered; different devices do not wait for each other. What is not answered
by 200 is sent again after 1, 3 and 10 s and then dropped, as the platform does.

Tuya's messages are encrypted, signed and produced to the topic of the project, through the WebSocket
service of a broker that stands in for Tuya's, on which a project may consume and not produce: give a
broker with such rules a --producer-token that may. All messages go over one connection, and
--concurrency of them wait for their answers at a time. The kinds that Tuya has are report, status,
event, info and firmware.

Records for CKafka are what IoT Hub, Explorer and Video put there, produced to a Kafka with the
device's name as the key; all workers share a connection. It takes a command with the client for it:
`cargo thingrelay-ckafka` in place of `cargo thingrelay`. A custom push never comes there.

In a template or file, {device}, {product}, {seq}, {timestamp}, {number} (the device's running
number, from 1; for short the letter n in braces) and {random} are filled in.

Ctrl-C or SIGTERM ends the run once what is under way is answered, a second one at once. Either way it
prints what became of the messages.

The exit code is 0 when every message was accepted, else 1.";

/// Arguments of `thingrelay send`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The URL that the platform would push to, whose last part names the source; of a Tuya source,
    /// the URL of the broker, which begins with ws:// or wss://; for CKafka HOST:PORT, or more of
    /// them with commas between.
    pub url: Destination,

    /// Whom to play; without it, the URL tells.
    #[arg(long, value_enum, value_name = "PLATFORM")]
    pub platform: Option<Played>,

    /// The token of the source.
    #[arg(
        long,
        required_unless_present_any = ["access_id", "platform", "topic"],
        env = "THINGRELAY_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret
    )]
    pub token: Option<Secret>,

    /// What the messages are.
    #[arg(long, value_enum, default_value_t = Kind::Report)]
    pub kind: Kind,

    /// A file with the body of every message ("-" for standard input).
    #[arg(long, value_name = "FILE", conflicts_with_all = ["template", "kind", "get"])]
    pub file: Option<PathBuf>,

    /// The body of every message.
    #[arg(long, value_name = "JSON", conflicts_with_all = ["kind", "get"])]
    pub template: Option<String>,

    /// Send URL checks, and compare the Echostr that comes back.
    #[arg(long, conflicts_with = "kind")]
    pub get: bool,

    /// How many messages to send in all.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub count: u64,

    /// How many devices send them.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub devices: u32,

    /// The product of the devices.
    #[arg(long, value_name = "ID", default_value = "THINGRELAY", value_parser = product)]
    pub product: String,

    /// Messages a second (or a minute: 30/m) at the most.
    #[arg(long, value_name = "N/s")]
    pub rate: Option<Rate>,

    /// How many connections to use; of Tuya and CKafka, how many messages are under way at a time.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub concurrency: u32,

    /// The names of the signature's headers [default: those that the kind has].
    #[arg(long, value_enum, value_name = "FAMILY")]
    pub header_family: Option<HeaderFamily>,

    /// Drop at once what is not accepted.
    #[arg(long)]
    pub no_retry: bool,

    /// Seconds to wait for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds)]
    pub timeout: f64,

    /// Makes the random values and the numbers {seq} the same in each run.
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// The Access ID of the project.
    #[arg(long, value_name = "ID", value_parser = access_id, help_heading = TUYA, conflicts_with_all = ["get", "header_family"])]
    pub access_id: Option<AccessId>,

    /// The Access Secret of the project.
    #[arg(
        long,
        value_name = "KEY",
        env = "THINGRELAY_ACCESS_KEY",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret,
        help_heading = TUYA
    )]
    pub access_key: Option<Secret>,

    /// A bearer token of somebody who may produce to the project's topic.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "THINGRELAY_PRODUCER_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret,
        help_heading = TUYA
    )]
    pub producer_token: Option<Secret>,

    /// Whose devices they are.
    #[arg(long, value_enum, default_value_t = Environment::Production, help_heading = TUYA)]
    pub environment: Environment,

    /// How the messages are encrypted.
    #[arg(long, value_enum, default_value_t = Encryption::Gcm, help_heading = TUYA)]
    pub encryption: Encryption,

    /// The protocol number of what --file or --template holds.
    #[arg(long, value_name = "N", default_value_t = 4, help_heading = TUYA)]
    pub protocol: i64,

    /// Where records for CKafka go.
    #[command(flatten)]
    pub ckafka: CkafkaArgs,
}

/// What belongs to Tuya alone.
const TUYA: &str = "Options for Tuya";

/// Whose devices messages are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Environment {
    /// Those in use.
    Production,
    /// Those of tests.
    Test,
}

/// How messages are encrypted, always with AES-128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Encryption {
    /// Block by block, as Tuya did first.
    Ecb,
    /// With a nonce and a tag.
    Gcm,
}

impl Environment {
    /// As the message service has it.
    pub fn of_tuya(self) -> tuya::Environment {
        match self {
            Environment::Production => tuya::Environment::Production,
            Environment::Test => tuya::Environment::Test,
        }
    }
}

impl Encryption {
    /// As the message service has it.
    pub fn mode(self) -> Mode {
        match self {
            Encryption::Ecb => Mode::Ecb,
            Encryption::Gcm => Mode::Gcm,
        }
    }
}

fn access_id(text: &str) -> Result<AccessId, String> {
    AccessId::parse(text)
        .ok_or_else(|| "an Access ID is 1 to 64 letters, digits, - and _".to_owned())
}

/// Takes any text, so that no message of an argument parser ever shows it.
pub fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

/// Takes a positive number of seconds, of an hour at the most.
pub fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.001..=3600.0).contains(seconds))
        .ok_or_else(|| "this is no number of seconds between 0.001 and 3600".to_owned())
}

/// Takes what may stand in a topic and in JSON as it is.
fn product(text: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte));
    fits.then(|| text.to_owned())
        .ok_or_else(|| "a product id is 1 to 64 letters, digits, -, _, : and .".to_owned())
}
