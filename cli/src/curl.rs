//! `thingrelay curl`: prints a command that signs itself, for a shell without this program.

use crate::{
    arguments::{not_empty, secret},
    platform::{Address, Fields, Kind, curl, request::unix_seconds},
};
use anyhow::Context;
use std::{
    io::{self, Write},
    process::ExitCode,
};
use thingrelay_core::secret::Secret;

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

    /// The token of the source.
    #[arg(
        long,
        env = "THINGRELAY_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret
    )]
    token: Secret,

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
    let token = not_empty(Some(&args.token))
        .context("the token is empty: give it with --token or in THINGRELAY_TOKEN")?;
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
