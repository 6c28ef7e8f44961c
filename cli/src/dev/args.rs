//! The arguments of `thingrelay dev`.

use super::lambda::EmulatorUrl;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

const EXAMPLES: &str = "\
Examples:
  thingrelay dev
  thingrelay dev --config relay.toml --data ./relay-data
  thingrelay dev --config relay.toml --listen 127.0.0.1:8080 --json | jq .subject
  thingrelay dev --lambda http://127.0.0.1:9000

Without --config there is a source for each platform that pushes, with a token made for this run and
commands that can be pasted. Tuya sources of a configuration are pulled from Tuya's message service
for as long as this runs. Without targets, events go to the queue events.fifo of the embedded server.

With --lambda, the functions run in `cargo lambda watch`, and this is queue and event source around
it. Start this first, in the checkout; then, in another terminal there,

  cargo lambda watch -A 127.0.0.1

which finds settings and queues in target/thingrelay/lambda.env, written at the start. The tokens
stay the same from run to run, so that an emulator that goes on running needs no new start. It
starts functions anew whenever a file of the checkout changes that git does not ignore: keep --data
elsewhere, or give it --ignore-changes. Tuya sources are pulled by the function tuya, and CKafka
sources with a group by ckafka-pull, which takes cmake, make, perl and a compiler of C to build: for a
while whenever they are invoked, as by

  cargo lambda invoke tuya        -A 127.0.0.1 --data-file functions/tuya/events/schedule.json
  cargo lambda invoke ckafka-pull -A 127.0.0.1 --data-file functions/ckafka-pull/events/schedule.json

The other event files of the functions are for a run without --config:

  cargo lambda invoke verify   -A 127.0.0.1 --data-file functions/verify/events/check.json
  cargo lambda invoke push     -A 127.0.0.1 --data-file functions/push/events/report.json
  cargo lambda invoke ckafka   -A 127.0.0.1 --data-file functions/ckafka/events/batch.json
  cargo lambda invoke consumer -A 127.0.0.1 --data-file functions/consumer/events/batch.json

With --json, standard output has one line of JSON an event. On standard error, the line
`sqs http://127.0.0.1:PORT` tells where the embedded queue server is, and the line
`ready http://127.0.0.1:PORT` that the endpoint serves: with --lambda, that of the emulator, once
its functions answer.

Ctrl-C or SIGTERM takes no more requests, pulls no more, forwards what was accepted for 10 s at
most, and ends with exit code 0; a second one ends at once, with exit code 1. The exit code is 1 as
well if lines were not written to standard output, whose number is then told. It ends with exit
code 0, without a word, when the reader of standard output has gone. While nothing reads standard
output, messages wait on the staging queue; lines for standard error are dropped and counted while
nothing reads there. RUST_LOG sets what is
logged to standard error, NO_COLOR switches colour off.";

/// Arguments of `thingrelay dev`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Where the endpoint listens. Port 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9001")]
    pub listen: SocketAddr,

    /// The emulator, started by `cargo lambda watch`, whose functions stand in for those of this
    /// process: its URL, such as http://127.0.0.1:9000.
    #[arg(long, value_name = "URL", conflicts_with = "listen")]
    pub lambda: Option<EmulatorUrl>,

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

    /// Where the embedded queue server listens. Port 0 takes a free one, which is the default; with
    /// --lambda it is 127.0.0.1:9324, where functions that go on running find it again.
    #[arg(long, value_name = "ADDRESS", value_parser = loopback)]
    pub sqs_listen: Option<SocketAddr>,
}

/// The port of the queue server that functions elsewhere are told.
const FIXED_PORT: u16 = 9324;

impl Args {
    /// Where the embedded queue server listens.
    pub fn queue_server(&self) -> SocketAddr {
        let port = match self.lambda {
            Some(_) => FIXED_PORT,
            None => 0,
        };
        self.sqs_listen
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }
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
