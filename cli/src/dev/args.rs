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

Without --config there is a source for each platform that pushes, with a token for this run, or one
that --data keeps, and commands to paste. With --config, events go to the targets of the configuration,
which needs AWS credentials; --local-targets sends them to local queues of the same names. Without
targets, events go to the queue events.fifo of the embedded server. A source or target with a problem
is out of use, and a warning explains the problem: such a source answers 503, and messages wait while a
target is out of use. Tuya and CKafka sources are pulled for as long as this runs.

With --lambda, the functions run in `cargo lambda watch`, and this command runs the queues and the
event source around them. Start it first, in the checkout. Then run in another terminal there:

  cargo lambda watch -A 127.0.0.1

The emulator finds settings and queues in target/thingrelay/lambda.env, written at the start. The
tokens stay the same from run to run, so a running emulator can continue. It restarts functions when a
file of the checkout changes that git does not ignore: keep --data elsewhere, or give the emulator
--ignore-changes. The function tuya pulls Tuya sources, and ckafka-pull, which needs cmake, make, perl
and a C compiler to build, pulls CKafka sources with a group. The function webhook gets the events of the
first webhook by name; this command sends those of the others. Pulls run for a while when you invoke them:

  cargo lambda invoke tuya        -A 127.0.0.1 --data-file functions/tuya/events/schedule.json
  cargo lambda invoke ckafka-pull -A 127.0.0.1 --data-file functions/ckafka-pull/events/schedule.json

The other event files of the functions work with a run without --config:

  cargo lambda invoke verify   -A 127.0.0.1 --data-file functions/verify/events/check.json
  cargo lambda invoke push     -A 127.0.0.1 --data-file functions/push/events/report.json
  cargo lambda invoke ckafka   -A 127.0.0.1 --data-file functions/ckafka/events/batch.json
  cargo lambda invoke consumer -A 127.0.0.1 --data-file functions/consumer/events/batch.json

With --json, standard output has one line of JSON for each event. On standard error, the line
`sqs http://127.0.0.1:PORT` has the address of the embedded queue server, and the line
`ready http://127.0.0.1:PORT` shows that the endpoint serves: with --lambda, the emulator's, once its
functions answer.

Ctrl-C or SIGTERM stops requests and pulls, forwards accepted messages for 10 s at most, and ends the
command with exit code 0. A second signal ends it at once, with exit code 1. The exit code is also 1 if
accepted messages were not forwarded and are lost (--data prevents that), or if lines could not be
written to standard output; the command then prints their number. It ends in the same way, and prints
nothing else, when the reader of standard output has gone. While nothing reads standard output, messages
wait on the staging queue; while nothing reads standard error, its lines are dropped and counted.
RUST_LOG sets the log level for standard error, NO_COLOR switches off colour.";

/// Arguments of `thingrelay dev`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Where the endpoint listens, such as 127.0.0.1:9001, localhost:9001 or :9001. Port
    /// 0 takes a free one.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9001", value_parser = address)]
    pub(crate) listen: SocketAddr,

    /// The emulator, started by `cargo lambda watch`, whose functions replace those of this
    /// process: its URL, such as http://127.0.0.1:9000.
    #[arg(long, value_name = "URL", conflicts_with = "listen")]
    pub(crate) lambda: Option<EmulatorUrl>,

    #[command(flatten)]
    pub(crate) config: ConfigFiles,

    /// Forward to local queues of the same names instead of the targets of the configuration.
    #[arg(long, requires = "files", conflicts_with = "lambda")]
    pub(crate) local_targets: bool,

    /// Keep the queues in this directory, so that they survive a crash, the tokens of a run without
    /// --config, and an archive of all messages.
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,

    /// The public address of the endpoint, such as that of a tunnel: push URLs begin with it.
    #[arg(long, value_name = "URL", value_parser = public_url, conflicts_with = "lambda")]
    pub(crate) public_url: Option<String>,

    /// Where the page listens. Without it, the page is at 127.0.0.1:9002, or on a free port if that one
    /// is in use or the endpoint is on a free port.
    #[arg(long, value_name = "ADDRESS", value_parser = address, conflicts_with_all = ["no_page", "lambda"])]
    page: Option<SocketAddr>,

    /// Serve no page, and record no calls.
    #[arg(long)]
    no_page: bool,

    /// Open the page in a browser.
    #[arg(long, conflicts_with_all = ["no_page", "lambda"])]
    pub(crate) open: bool,

    /// How many calls the page keeps, the latest ones.
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) keep: u32,

    /// Print each event as one line of JSON, and nothing else on standard output.
    #[arg(long)]
    pub(crate) json: bool,

    /// Seconds that a batch may take. A message whose batch did not end is tried again after
    /// them; one that could not be forwarded is tried again after 5 s, and later after up to 30
    /// minutes.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=43_200))]
    pub(crate) visibility_timeout: u32,

    /// How many batches are processed at a time.
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) batches: u32,

    /// Where the embedded queue server listens. Port 0 takes a free one, which is the default; with
    /// --lambda it is 127.0.0.1:9324, where running functions find it again.
    #[arg(long, value_name = "ADDRESS", value_parser = loopback)]
    pub(crate) sqs_listen: Option<SocketAddr>,
}

/// The port of the queue server that functions elsewhere are told.
const FIXED_PORT: u16 = 9324;

/// The port of the page.
const PAGE_PORT: u16 = 9002;

/// Where the page listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageAddress {
    /// There, or nowhere.
    Given(SocketAddr),
    /// There, or on a free port.
    Preferred(SocketAddr),
}

impl Args {
    /// Where the page listens; `None` if there is no page.
    pub(crate) fn page(&self) -> Option<PageAddress> {
        if self.no_page || self.lambda.is_some() {
            return None;
        }
        let port = match self.listen.port() {
            0 => 0,
            _ => PAGE_PORT,
        };
        let preferred = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Some(
            self.page
                .map_or(PageAddress::Preferred(preferred), PageAddress::Given),
        )
    }

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

/// Takes the address of the endpoint from outside: a scheme, a host, and no more.
fn public_url(text: &str) -> Result<String, String> {
    let expected = || "expected a public address, such as https://relay.example.org".to_owned();
    let url: http::Uri = text.parse().map_err(|_| expected())?;
    let is_web = matches!(url.scheme_str(), Some("https" | "http"));
    match url.authority() {
        Some(host) if is_web && url.path() == "/" && url.query().is_none() => {
            Ok(format!("{}://{host}", url.scheme_str().unwrap_or("https")))
        }
        _ => Err(expected()),
    }
}

/// Takes an address of this machine alone: the queue server checks no signatures.
fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address = address(text)?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err("the queue server checks no signatures, so it only listens on loopback".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_address_has_a_scheme_and_a_host() {
        let cases = [
            ("https://a.example.org", Some("https://a.example.org")),
            ("https://a.example.org/", Some("https://a.example.org")),
            ("http://127.0.0.1:9", Some("http://127.0.0.1:9")),
            ("https://a.example.org/hub", None),
            ("https://a.example.org/?a", None),
            ("ftp://a.example.org", None),
            ("a.example.org", None),
            ("/hub", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(public_url(text).ok().as_deref(), expected, "{text}");
        }
    }

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
