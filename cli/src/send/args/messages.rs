//! The arguments that every platform has: which messages, how fast, how many at a time.

use crate::{arguments::seconds, pace::Rate};
use std::{path::PathBuf, time::Duration};

/// Which messages are sent, and how.
#[derive(Debug, clap::Args)]
pub(in crate::send) struct Messages {
    /// A file with the body of every message ("-" for standard input).
    #[arg(long, value_name = "FILE", group = "body")]
    pub(in crate::send) file: Option<PathBuf>,

    /// The body of every message.
    #[arg(long, value_name = "JSON", group = "body")]
    pub(in crate::send) template: Option<String>,

    /// How many messages to send in total.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    pub(in crate::send) count: u64,

    /// How many devices send them.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(in crate::send) devices: u32,

    /// The product of the devices.
    #[arg(long, value_name = "ID", default_value = "THINGRELAY", value_parser = product)]
    pub(in crate::send) product: String,

    /// The most messages per second (or per minute: 30/m).
    #[arg(long, value_name = "N/s")]
    pub(in crate::send) rate: Option<Rate>,

    /// How many messages are under way at a time: to a push URL, each on a connection of its own.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=4096))]
    pub(in crate::send) concurrency: u32,

    /// Drop a message that is not accepted at once.
    #[arg(long)]
    pub(in crate::send) no_retry: bool,

    /// Seconds to wait for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds)]
    timeout: f64,

    /// Makes the random values and the numbers {seq} the same in each run.
    #[arg(long, value_name = "N")]
    pub(in crate::send) seed: Option<u64>,
}

impl Messages {
    /// How long to wait for an answer.
    pub(in crate::send) fn limit(&self) -> Duration {
        Duration::from_secs_f64(self.timeout)
    }
}

/// Takes what a topic and JSON can hold as it is.
fn product(text: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_:.".contains(&byte));
    fits.then(|| text.to_owned())
        .ok_or_else(|| "a product id is 1 to 64 letters, digits, -, _, : and .".to_owned())
}
