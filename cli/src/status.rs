//! `thingrelay status`: queues, alarms and versions of a deployed stack, on one screen.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`ages`]: the ages of the oldest messages.
//! * [`alarms`]: the states of the alarms.
//! * [`report`]: what there is, and what is wrong.
//! * [`screen`]: the report for a person.

mod ages;
mod alarms;
mod args;
mod report;
mod screen;

pub(crate) use args::Args;

use crate::output::colour::Colour;
use report::Report;
use std::{
    io::{self, Write},
    process::ExitCode,
};
use thingrelay::clock::Clock;

/// Prints the report.
///
/// # Errors
/// AWS does not say how the stacks are.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let (clients, stacks) = args.stacks.find().await?;
    let now = Clock::system().now();
    let report = Report::read(&clients, &stacks, now).await?;
    let mut out = io::stdout().lock();
    let text = match args.json {
        true => format!("{}\n", report.to_json()),
        false => screen::text(&report, now, Colour::of(&out)),
    };
    out.write_all(text.as_bytes())?;
    Ok(match report.problems().is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
