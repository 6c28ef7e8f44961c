//! The command `thingrelay`: one subcommand a module of the library.

use clap::{Parser, Subcommand};
use std::{
    io::{self, Write},
    process::ExitCode,
};
use thingrelay_cli::{check, config, dev, pull, send, token};

/// Receives what IoT platforms push, proves it genuine and forwards it as events.
#[derive(Debug, Parser)]
#[command(name = "thingrelay", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: endpoint, queues, functions.
    Dev(dev::Args),
    /// Pull from a platform's message service into a staging queue, until it is told to end.
    Pull(pull::Args),
    /// Play the platform: sign and send messages, and say what became of them.
    Send(Box<send::Args>),
    /// Try an endpoint as the platform does, or a source that is pulled, and say what is wrong.
    Check(check::Args),
    /// Say what is wrong with settings and secrets.
    Config(config::Args),
    /// Make a strong token.
    Token(token::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Dev(args) => dev::run(args).await,
        Command::Pull(args) => pull::run(args).await,
        Command::Send(args) => send::run(*args).await,
        Command::Check(args) => check::run(args).await,
        Command::Config(args) => config::run(args),
        Command::Token(args) => token::run(args),
    };
    result.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr().lock(), "thingrelay: {error:#}");
        ExitCode::FAILURE
    })
}
