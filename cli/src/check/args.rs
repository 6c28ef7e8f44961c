//! The arguments of `thingrelay check`.

use crate::{
    arguments::{seconds, token::Token},
    documents::ConfigFiles,
    platform::Address,
};

const EXAMPLES: &str = "\
Examples:
  thingrelay check url https://push.example.org/meters --token TOKEN
  thingrelay check sources --config settings.toml --config secrets.json
  thingrelay check target events --config settings.toml";

const URL_EXAMPLES: &str = "\
Examples:
  thingrelay check url https://push.example.org/meters --token TOKEN
  THINGRELAY_TOKEN=TOKEN thingrelay check url http://127.0.0.1:9001/meters --post

Sends the URL check in both families of headers. Then it sends a request with a wrong signature, one
that was signed an hour ago, and an unsigned push. All three must be refused. With --post, it also sends
one real message of the device thingrelay-check, which is staged and forwarded.

The exit code is 0 if there are no problems, else 1.";

const SOURCES_EXAMPLES: &str = "\
Examples:
  thingrelay check sources --config relay.toml --source house
  thingrelay check sources --config settings.toml --config secrets.json --wait 60

Tries each Tuya and CKafka source of the configuration, and lists the others as untried, with the
reason.

Tuya: connects as a pull does and waits for a first message, which must decrypt. No message within
--wait seconds is a problem, too. The check acknowledges nothing, so the broker delivers the message
again, and the connection ends after the first message. A pull that runs at the same time shares the
partitions for that moment: it gets the message a little later, in order, and gets unacknowledged
messages again, of which the staging queue drops the copies.

CKafka: asks for the topics, the group's offsets and the last record. No group is joined and nothing is
committed.

The exit code is 0 if at least one source was tried and there are no problems, else 1.";

const TARGET_EXAMPLES: &str = "\
Examples:
  thingrelay check target events --config relay.toml
  AWS_PROFILE=production thingrelay check target fan-out --config settings.toml
  thingrelay check target crm --config settings.toml --config signing.json

Sends one event of the type io.thingrelay.test.v1 to the target, whatever its filters say, and shows the
answer. Receivers get the event. It goes from this machine with your AWS credentials, so it does not show
whether the consumer's role has the right to send. To a webhook it goes directly, signed, without the
queue: this needs the document with the signing secrets.

The exit code is 0 if the target accepted the event, else 1.";

/// Arguments of `thingrelay check`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The thing to check.
    #[command(subcommand)]
    pub(super) thing: Thing,
}

/// A thing to check.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Thing {
    /// Try a push URL as the platform does when forwarding is switched on.
    Url(Url),
    /// Try the Tuya and CKafka sources of a configuration as a pull does.
    Sources(Sources),
    /// Send one test event to a target of a configuration.
    Target(Target),
}

/// Arguments of `thingrelay check url`.
#[derive(Debug, clap::Args)]
#[command(after_help = URL_EXAMPLES)]
pub(super) struct Url {
    /// The URL as it is entered in the platform's console.
    pub(super) url: Address,

    #[command(flatten)]
    pub(super) token: Token,

    /// Send one real message, too.
    #[arg(long)]
    pub(super) post: bool,

    /// Seconds to wait for an answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    pub(super) timeout: f64,
}

/// Arguments of `thingrelay check sources`.
#[derive(Debug, clap::Args)]
#[command(after_help = SOURCES_EXAMPLES, mut_arg("files", |files| files.required(true)))]
pub(super) struct Sources {
    #[command(flatten)]
    pub(super) config: ConfigFiles,

    /// The one source to try.
    #[arg(long, value_name = "NAME")]
    pub(super) source: Option<String>,

    /// Seconds to wait for a connection.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = seconds)]
    pub(super) timeout: f64,

    /// Seconds to wait for a first message; 0 only tries the connection.
    #[arg(long, value_name = "SECONDS", default_value_t = 10.0, value_parser = wait)]
    pub(super) wait: f64,
}

/// Arguments of `thingrelay check target`.
#[derive(Debug, clap::Args)]
#[command(after_help = TARGET_EXAMPLES, mut_arg("files", |files| files.required(true)))]
pub(super) struct Target {
    /// The target's name: that of [targets.NAME].
    #[arg(value_name = "NAME")]
    pub(super) target: String,

    #[command(flatten)]
    pub(super) config: ConfigFiles,
}

/// Takes a number of seconds, an hour at most.
fn wait(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(0.0) => Ok(0.0),
        _ => seconds(text),
    }
}
