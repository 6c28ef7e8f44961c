//! `thingrelay config`: what concerns the documents with settings and secrets.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`input`]: a document as it was given: a file or standard input.
//! * [`given`]: the configuration that files make together, for commands that use it.
//! * [`layers`]: the documents laid over one another, and what stands in which.
//! * [`size`]: what SSM and Secrets Manager take.
//! * [`silence`]: the commands that deploy the alarms on silent sources.
//! * [`targets`]: queues that no deployment forwards to on purpose.
//! * [`summary`]: a good configuration in a few lines.
//! * [`findings`]: problems and warnings, and how they are printed.

pub mod args;
pub mod findings;
pub mod given;
pub mod input;
pub mod layers;
pub mod silence;
pub mod size;
pub mod summary;
pub mod targets;

pub use args::Args;

use args::{Check, Command, Tokens};
use findings::Findings;
use input::Input;
use layers::Layers;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Does what the subcommand says.
pub fn run(args: Args) -> anyhow::Result<ExitCode> {
    let Command::Check(check) = args.command;
    let (summary, findings) = inspect(&check);
    write!(io::stdout().lock(), "{summary}{findings}")?;
    Ok(if findings.has_problems() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The summary of the configuration, empty where there is a problem, and what was found.
fn inspect(check: &Check) -> (String, Findings) {
    let mut findings = Findings::default();
    let mut inputs = Vec::new();
    for file in &check.files {
        match Input::read(file) {
            Ok(input) => inputs.push(input),
            Err(problem) => findings.problem(problem),
        }
    }
    let Some(layers) = Layers::of(&inputs, &mut findings) else {
        return (String::new(), findings);
    };
    let config = layers.config(check.tokens(), &mut findings);
    match check.tokens() {
        Tokens::Given => layers.look_for_misplaced(&mut findings),
        Tokens::Elsewhere => layers.refuse_secrets(&mut findings),
    }
    for input in &inputs {
        size::check(input, layers.kind(input), &mut findings);
    }
    let Some(config) = config else {
        return (String::new(), findings);
    };
    targets::check(&config, &layers, &mut findings);
    summary::warn(&config, &layers, &mut findings);
    if findings.has_problems() {
        return (String::new(), findings);
    }
    let summary = summary::of(&config, &layers) + &silence::commands(&config);
    (summary, findings)
}
