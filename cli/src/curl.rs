//! `thingrelay curl`: prints a command that signs itself, for a shell without this program.

use crate::{
    arguments::token::Token,
    platform::{Address, Fields, Kind, curl, request::unix_seconds},
};
use std::{
    io::{self, Write},
    process::ExitCode,
};

const EXAMPLES: &str = "\
Examples:
  thingrelay curl http://127.0.0.1:9001/hub --token TOKEN
  thingrelay curl http://127.0.0.1:9001/hub --token TOKEN | sh
  thingrelay curl http://127.0.0.1:9001/hub --token TOKEN --get
  thingrelay curl http://127.0.0.1:9001/hub --token TOKEN --kind event

The command holds the token, and signs when it runs, so it works whenever it is pasted. It runs
in sh, bash and zsh, and needs curl, od, date, sort, and sha1sum or openssl. Without --kind, each
run of the command sends another message. With --kind, each run sends the same one.";

/// Arguments of `thingrelay curl`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The push URL, whose last part names the source.
    url: Address,

    #[command(flatten)]
    token: Token,

    /// Make the platform's check of the URL, whose answer is the Echostr.
    #[arg(long, conflicts_with = "kind")]
    get: bool,

    /// Send a message of this kind.
    #[arg(long, value_enum)]
    kind: Option<Kind>,
}

/// Prints the command.
///
/// # Errors
/// The token is empty, or standard output takes nothing.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let token = args.token.get()?;
    let (url, token) = (args.url.to_string(), token.expose());
    let command = match args.kind {
        None if args.get => curl::check(&url, token),
        None => curl::push(&url, token),
        Some(kind) => {
            let timestamp = unix_seconds();
            let body = kind.recipe().fill(&Fields {
                device: "device-1",
                product: "DEMO",
                seq: timestamp,
                timestamp,
                n: 1,
                random: 7,
            });
            curl::push_body(&url, token, &String::from_utf8_lossy(&body))
        }
    };
    writeln!(io::stdout().lock(), "{command}")?;
    Ok(ExitCode::SUCCESS)
}
