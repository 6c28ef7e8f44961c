//! The arguments of `thingrelay check`.

use crate::{
    platform::Address,
    send::args::{seconds, secret},
};
use thingrelay::secret::Secret;

const EXAMPLES: &str = "\
Examples:
  thingrelay check https://push.example.org/meters --token T
  THINGRELAY_TOKEN=T thingrelay check http://127.0.0.1:9001/meters --post

Sends the URL check in both families of headers, then a wrong signature, a signature of an hour
ago and an unsigned push, all three of which must be refused. With --post it sends one real
message of the device thingrelay-check too, which is staged and forwarded.

The exit code is 0 when all is well, else 1.";

/// Arguments of `thingrelay check`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The URL as it is entered in the platform's console.
    pub url: Address,

    /// The token as it is entered in the platform's console.
    #[arg(
        long,
        env = "THINGRELAY_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret
    )]
    pub token: Secret,

    /// Send one real message too.
    #[arg(long)]
    pub post: bool,

    /// Seconds to wait for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    pub timeout: f64,
}
