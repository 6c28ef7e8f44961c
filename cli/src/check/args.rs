//! The arguments of `thingrelay check`.

use crate::{
    platform::Address,
    send::args::{seconds, secret},
};
use std::path::PathBuf;
use thingrelay_core::secret::Secret;

const EXAMPLES: &str = "\
Examples:
  thingrelay check https://push.example.org/meters --token T
  THINGRELAY_TOKEN=T thingrelay check http://127.0.0.1:9001/meters --post
  thingrelay check --config relay.toml --source house
  thingrelay check --config settings.toml secrets.json --wait 60
  thingrelay check --config plant.toml --source plant

Sends the URL check in both families of headers, then a wrong signature, a signature of an hour
ago and an unsigned push, all three of which must be refused. With --post it sends one real
message of the device thingrelay-check too, which is staged and forwarded.

With --config, it tries Tuya and CKafka sources instead. It says of each other source that it was
not tried.

Tuya: it connects as a pull does and waits for a first message, which must decrypt. No message
within --wait seconds is a problem, too. It acknowledges nothing, so that what came goes back to the
broker, and it is connected no longer than until a message comes. Beside a pull that runs, it shares the partitions with it for that moment: what came
here comes there a little later, in order, and what the pull had not acknowledged comes twice, of
which the staging queue drops the second.

The exit code is 0 when every source was tried and all is well, else 1. Name one with --source.";

/// Arguments of `thingrelay check`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The URL as it is entered in the platform's console.
    #[arg(required_unless_present = "config", conflicts_with = "config")]
    pub url: Option<Address>,

    /// The token as it is entered in the platform's console.
    #[arg(
        long,
        required_unless_present = "config",
        env = "THINGRELAY_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret
    )]
    pub token: Option<Secret>,

    /// Send one real message too.
    #[arg(long, conflicts_with = "config")]
    pub post: bool,

    /// Seconds to wait for an answer, or for a connection.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    pub timeout: f64,

    /// Settings, secrets or both, TOML or JSON, later ones laid over earlier ones: try their Tuya
    /// and CKafka sources.
    #[arg(long, value_name = "FILE", num_args = 1.., help_heading = PULLED)]
    pub config: Vec<PathBuf>,

    /// The one source to try.
    #[arg(long, value_name = "NAME", requires = "config", help_heading = PULLED)]
    pub source: Option<String>,

    /// Seconds to wait for a first message; 0 tries the connection alone.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = wait, help_heading = PULLED)]
    pub wait: f64,
}

/// What belongs to sources that are pulled.
const PULLED: &str = "Options for Tuya and CKafka";

/// Takes a number of seconds, of an hour at the most.
fn wait(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(0.0) => Ok(0.0),
        _ => seconds(text),
    }
}
