//! The arguments of `thingrelay dev`.

use super::lambda::EmulatorUrl;
use crate::documents::ConfigFiles;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
};

const EXAMPLES: &str = "\
Examples:
  thingrelay dev
  thingrelay dev --config relay.toml --data ./relay-data
  thingrelay dev --config settings.toml --config secrets.json --local-targets
  thingrelay dev --config relay.toml --listen 127.0.0.1:8080 --json | jq .subject
  thingrelay dev --lambda http://127.0.0.1:9000

Without --config there is a source for each platform that pushes, with a token made for this run, or
kept with --data, and commands to paste. With --config, events go to the targets of the configuration,
which takes AWS credentials; --local-targets sends them to local queues of the same names. Without
targets, events go to the queue events.fifo of the embedded server. A source or target with a problem
is out of use, and a warning explains the problem: such a source answers 503, and messages wait while a
target is out of use. Tuya and CKafka sources are pulled for as long as this runs.

With --lambda, the functions run in `cargo lambda watch`, and this command is the queues and the event
source around them. Start it first, in the checkout; then, in another terminal there,

  cargo lambda watch -A 127.0.0.1

The emulator finds settings and queues in target/thingrelay/lambda.env, written at the start. The
tokens stay the same from run to run, so a running emulator can go on. It restarts functions whenever a
file of the checkout changes that git does not ignore: keep --data elsewhere, or give the emulator
--ignore-changes. Tuya sources are pulled by the function tuya, and CKafka sources with a group by
ckafka-pull, which takes cmake, make, perl and a compiler of C to build: for a while whenever they are
invoked, as by

  cargo lambda invoke tuya        -A 127.0.0.1 --data-file functions/tuya/events/schedule.json
  cargo lambda invoke ckafka-pull -A 127.0.0.1 --data-file functions/ckafka-pull/events/schedule.json

The other event files of the functions are for a run without --config:

  cargo lambda invoke verify   -A 127.0.0.1 --data-file functions/verify/events/check.json
  cargo lambda invoke push     -A 127.0.0.1 --data-file functions/push/events/report.json
  cargo lambda invoke ckafka   -A 127.0.0.1 --data-file functions/ckafka/events/batch.json
  cargo lambda invoke consumer -A 127.0.0.1 --data-file functions/consumer/events/batch.json

With --json, standard output has one line of JSON for each event. On standard error, the line
`sqs http://127.0.0.1:PORT` has the address of the embedded queue server, and the line
`ready http://127.0.0.1:PORT` shows that the endpoint serves: with --lambda, the emulator's, once its
functions answer.

Ctrl-C or SIGTERM takes no more requests, pulls no more, forwards what was accepted for 10 s at most,
and ends with exit code 0; a second signal ends at once, with exit code 1. The exit code is also 1 if
accepted messages were not forwarded and are lost, which --data prevents, or if lines were not written
to standard output; their number is then printed. The command ends in the same way, and prints nothing
else, when the reader of standard output has gone. While nothing reads standard output, messages wait
on the staging queue; lines for standard error are dropped and counted while nothing reads there.
RUST_LOG sets what is logged to standard error, NO_COLOR switches colour off.";

/// Arguments of `thingrelay dev`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where the endpoint listens, such as 127.0.0.1:9001, localhost:9001 or :9001. Port
    /// 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9001", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// The emulator, started by `cargo lambda watch`, whose functions stand in for those of this
    /// process: its URL, such as http://127.0.0.1:9000.
    #[arg(long, value_name = "URL", conflicts_with = "listen")]
    pub(crate) lambda: Option<EmulatorUrl>,

    #[command(flatten)]
    pub(crate) config: ConfigFiles,

    /// Forward to local queues of the same names instead of the targets of the configuration.
    #[arg(long, requires = "files", conflicts_with = "lambda")]
    pub(crate) local_targets: bool,

    /// Keep the queues in this directory, so that they survive a crash, and the tokens of a run
    /// without --config.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// Print each event as one line of JSON, and nothing else on standard output.
    #[arg(long)]
    pub(crate) json: bool,

    /// Seconds that a batch may take. A message whose batch came to no end is tried again after
    /// them; one that could not be forwarded, after 5 s, and later on up to 30 minutes.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=43_200))]
    pub(crate) visibility_timeout: u32,

    /// How many batches are worked at a time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) batches: u32,

    /// Where the embedded queue server listens. Port 0 takes a free one, which is the default; with
    /// --lambda it is 127.0.0.1:9324, where functions that go on running find it again.
    #[arg(long, value_name = "ADDRESS", value_parser = loopback)]
    pub(crate) sqs_listen: Option<SocketAddr>,
}

/// The port of the queue server that functions elsewhere are told.
const FIXED_PORT: u16 = 9324;

impl Args {
    /// Where the embedded queue server listens.
    pub(crate) fn queue_server(&self) -> SocketAddr {
        let port = match self.lambda {
            Some(_) => FIXED_PORT,
            None => 0,
        };
        self.sqs_listen
            .unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
    }
}

/// An address with a port, whose host may be `localhost` or left out: both are this machine's loopback
/// address.
fn address(text: &str) -> Result<SocketAddr, String> {
    let port = text.strip_prefix("localhost").unwrap_or(text);
    let loopback = port
        .strip_prefix(':')
        .filter(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
        .and_then(|port| port.parse().ok())
        .map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
    loopback.or_else(|| text.parse().ok()).ok_or_else(|| {
        "expected an address and a port, such as 127.0.0.1:9001, localhost:9001, :9001 or [::1]:9001"
            .to_owned()
    })
}

/// Takes an address of this machine alone: the queue server checks no signatures.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = address(text)?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the queue server checks no signatures, so it listens on loopback only".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_leave_the_host_to_the_command() {
        let cases = [
            ("127.0.0.1:9001", Some("127.0.0.1:9001")),
            ("localhost:9001", Some("127.0.0.1:9001")),
            (":9001", Some("127.0.0.1:9001")),
            (":0", Some("127.0.0.1:0")),
            ("[::1]:9001", Some("[::1]:9001")),
            ("0.0.0.0:9001", Some("0.0.0.0:9001")),
            ("localhost", None),
            ("9001", None),
            (":", None),
            (":+1", None),
            (":65536", None),
            ("localhost9001", None),
            ("example.org:9001", None),
            ("::1:9001", None),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|address| address.parse().unwrap());
            assert_eq!(address(text).ok(), expected, "{text}");
        }
    }
}
