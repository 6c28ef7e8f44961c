//! The arguments of `thingrelay dev`.

use std::{net::SocketAddr, path::PathBuf};

const EXAMPLES: &str = "\
Examples:
  thingrelay dev
  thingrelay dev --config relay.toml --data ./relay-data
  thingrelay dev --config relay.toml --listen 127.0.0.1:8080 --json | jq .subject

Without --config there is a source for each platform, with a token made for this run and commands
that can be pasted. Without targets, events go to the queue events.fifo of the embedded server.

With --json, standard output has one line of JSON an event. On standard error, the line
`sqs http://127.0.0.1:PORT` tells where the embedded queue server is, and the line
`ready http://127.0.0.1:PORT` that the endpoint serves.

Ctrl-C or SIGTERM takes no more requests, forwards what was accepted for 10 s at most, and ends
with exit code 0; a second one ends at once, with exit code 1. RUST_LOG sets what is logged to
standard error, NO_COLOR switches colour off.";

/// Arguments of `thingrelay dev`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where the endpoint listens. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9001")]
    pub listen: SocketAddr,

    /// The sources and targets, in TOML or JSON.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Keep the queues in this directory, so that they survive a crash.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Print each event as one line of JSON, and nothing else on standard output.
    #[arg(long)]
    pub json: bool,

    /// Seconds after which a message that could not be forwarded is tried again.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=43_200))]
    pub visibility_timeout: u32,

    /// How many batches are worked at a time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub batches: u32,

    /// Where the embedded queue server listens. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0", value_parser = loopback)]
    pub sqs_listen: SocketAddr,
}

/// Takes an address of this machine alone: the queue server checks no signatures.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| "this is no address with a port, such as 127.0.0.1:9324".to_owned())?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the queue server checks no signatures, so it listens on loopback only".to_owned())
    }
}
