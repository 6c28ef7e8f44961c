//! `thingrelay config`: works on the documents with settings and secrets.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`layers`]: the documents laid over one another, and which document holds which values.
//! * [`size`]: the size limits of SSM and Secrets Manager.
//! * [`silence`]: the commands that deploy the alarms on silent sources.
//! * [`targets`]: targets that a deployment would not have on purpose.
//! * [`webhooks`]: the secrets of webhooks, and settings that may not be intended.
//! * [`summary`]: a summary of a valid configuration.
//! * [`findings`]: problems and warnings, and how they are printed.

pub(crate) mod args;
pub(crate) mod findings;
pub(crate) mod layers;
pub(crate) mod silence;
pub(crate) mod size;
pub(crate) mod summary;
pub(crate) mod targets;
pub(crate) mod webhooks;

pub(crate) use args::Args;

use crate::documents::Documents;
use args::{Check, Command, Tokens};
use findings::Findings;
use layers::Layers;
use std::{
    io::{self, Write},
    process::ExitCode,
};
use thingrelay_core::config::schema::schema;

/// Runs the subcommand.
pub(crate) fn run(args: Args) -> anyhow::Result<ExitCode> {
    let mut stdout = io::stdout().lock();
    let check = match args.command {
        Command::Check(check) => check,
        Command::Schema => {
            writeln!(stdout, "{:#}", schema())?;
            return Ok(ExitCode::SUCCESS);
        }
    };
    let (summary, findings) = inspect(&check);
    write!(stdout, "{summary}{findings}")?;
    Ok(if findings.has_problems() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// The summary of the configuration, which is empty if there is a problem, and the findings.
fn inspect(check: &Check) -> (String, Findings) {
    let mut findings = Findings::default();
    let documents = match Documents::read(&check.files) {
        Ok(documents) => documents,
        Err(error) => {
            for problem in error.0.iter() {
                findings.problem(problem.clone());
            }
            return (String::new(), findings);
        }
    };
    let layers = Layers::of(&documents);
    let config = layers.config(check.tokens(), &mut findings);
    match check.tokens() {
        Tokens::Given => layers.look_for_misplaced(&mut findings),
        Tokens::Elsewhere => layers.refuse_secrets(&mut findings),
    }
    for (input, document) in documents.iter() {
        size::check(input, layers::kind(document), &mut findings);
    }
    let Some(config) = config else {
        return (String::new(), findings);
    };
    targets::check(&config, &layers, &mut findings);
    webhooks::check(&config, check.tokens(), &layers, &mut findings);
    summary::warn(&config, &layers, &mut findings);
    if findings.has_problems() {
        return (String::new(), findings);
    }
    let summary = summary::of(&config, &documents.names(), &layers) + &silence::commands(&config);
    (summary, findings)
}
