//! The command `thingrelay`.
//!
//! # Layout
//!
//! * `dev`: runs everything on one machine.
//! * `pull`: pulls from message services into a staging queue.
//! * `replay`: stages messages of the archive again.
//! * `dead_letters`: works on dead letters and on what is in quarantine.
//! * `send`: plays the platform: signs and sends messages, and sums up the results.
//! * `check`: makes the checks that the platform or a pull makes, or sends a test event to a target, and
//!   explains what is wrong.
//! * `account`: says what became of the messages of a period, by its counters.
//! * `status`: shows queues, alarms and versions of a deployed stack.
//! * `tail`: follows the log lines and queues of a deployed stack.
//! * `explain`: says what an endpoint answers to a captured request, and why, or where a message is.
//! * `config`: explains what is wrong with settings and secrets.
//! * `curl`: prints commands that sign themselves.
//! * `token`: makes strong tokens.
//! * `init`: writes settings and secrets to begin with.
//! * `shell`: completions and manual pages.
//!
//! Shared parts:
//!
//! * `documents`: the documents with settings and secrets that a command gets.
//! * `platform`: the platform's side of the protocols.
//! * `stack`: deployed stacks, and the resources of them.
//! * `archive`: reads archives, in folders and in buckets.
//! * `recovery`: stages messages again.
//! * `ledger`: the counters of `dev` in a file.
//! * `pace`: the rate of messages.
//! * `page`: the page of `dev`.
//! * `progress`: the progress bar on a terminal.
//! * `ckafka`: the client for CKafka, if the command is built with the client.
//! * `arguments`: values of arguments.
//! * `report`: the findings of a check, and how they are printed.
//! * `signals`: Ctrl-C and SIGTERM.
//! * `output`: standard output and standard error, which never block the work.
//! * `unattended`: a redrive and a replay for the fault model.
//! * `former`: a hint for commands in their former form.

mod account;
mod archive;
mod arguments;
mod check;
mod ckafka;
mod config;
mod curl;
mod dead_letters;
mod dev;
mod documents;
mod explain;
mod former;
mod init;
mod ledger;
mod output;
mod pace;
mod page;
mod platform;
mod progress;
mod pull;
mod recovery;
mod replay;
mod report;
mod send;
mod shell;
mod signals;
mod stack;
mod status;
mod tail;
mod token;
mod unattended;

pub use unattended::Unattended;

use crate::output::verbosity;
use clap::{CommandFactory, Parser, Subcommand};
use std::{
    ffi::OsString,
    io::{self, Write},
    process::ExitCode,
};

/// Receives what IoT platforms push, proves it genuine and forwards it as events.
#[derive(Debug, Parser)]
#[command(name = "thingrelay", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    #[command(flatten)]
    verbosity: verbosity::Args,
}

#[derive(Debug, Subcommand)]
#[expect(clippy::large_enum_variant, reason = "there is one value of it")]
enum Command {
    /// Write settings and secrets to begin with.
    Init(init::Args),
    /// Run everything on this machine: endpoint, queues, functions.
    Dev(dev::Args),
    /// Pull from a platform's message service into a staging queue, until a signal.
    Pull(pull::Args),
    /// Play a platform: sign and send messages, and sum up the results.
    Send(send::Args),
    /// Print a curl command that signs itself.
    Curl(curl::Args),
    /// Try an endpoint as the platform does, sources that are pulled, or a target; explain what is wrong.
    Check(check::Args),
    /// Look at dead letters and at what is in quarantine, and stage them again.
    DeadLetters(dead_letters::Args),
    /// Stage messages of the archive again.
    Replay(Box<replay::Args>),
    /// Explain what an endpoint answers to a captured request, or where a message is.
    Explain(Box<explain::Args>),
    /// Say what became of the messages of a period, by its counters.
    Account(account::Args),
    /// Show queues, alarms and versions of a deployed stack on one screen.
    Status(status::Args),
    /// Follow refusals, errors, events and queues of a deployed stack.
    Tail(tail::Args),
    /// Explain what is wrong with settings and secrets.
    Config(config::Args),
    /// Make a strong token.
    Token(token::Args),
    /// Print completions for a shell.
    Completions(shell::CompletionsArgs),
    /// Write manual pages.
    Man(shell::ManArgs),
}

/// Runs the command that the arguments of this process name.
pub async fn run() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let command = match Cli::try_parse_from(&arguments) {
        Ok(cli) => {
            cli.verbosity.install();
            cli.command
        }
        Err(error) => {
            // An error is ignored: without a reader, nothing can be reported.
            let _ = error.print();
            if let Some(hint) = former::hint(&error, &arguments) {
                let _ = writeln!(io::stderr().lock(), "\n{hint}");
            }
            return match error.exit_code() {
                0 => ExitCode::SUCCESS,
                _ => ExitCode::from(2),
            };
        }
    };
    let result = match command {
        Command::Init(args) => init::run(args),
        Command::Dev(args) => dev::run(args).await,
        Command::Pull(args) => pull::run(args).await,
        Command::Send(args) => send::run(args).await,
        Command::Curl(args) => curl::run(&args),
        Command::Check(args) => check::run(args).await,
        Command::DeadLetters(args) => dead_letters::run(args).await,
        Command::Replay(args) => replay::run(*args).await,
        Command::Explain(args) => explain::run(*args).await,
        Command::Account(args) => account::run(&args).await,
        Command::Status(args) => status::run(args).await,
        Command::Tail(args) => tail::run(args).await,
        Command::Config(args) => config::run(args),
        Command::Token(args) => token::run(args),
        Command::Completions(args) => shell::completions(&args, Cli::command()),
        Command::Man(args) => shell::man(&args, Cli::command()),
    };
    result.unwrap_or_else(|error| {
        let _ = writeln!(io::stderr().lock(), "thingrelay: {error:#}");
        ExitCode::FAILURE
    })
}
