//! `thingrelay account`: says what became of the messages of a period, by its counters.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`counts`]: the counters of a period.
//! * [`dev`]: reads them from the ledger of `thingrelay dev`.
//! * [`logs`]: reads them from the logs of the functions.
//! * [`balance`]: the sums, and what does not balance.

mod args;
mod balance;
mod counts;
mod dev;
mod logs;

pub(crate) use args::Args;

use balance::Balance;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Prints the sums.
///
/// # Errors
/// The counters cannot be read.
pub(crate) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let counts = match &args.data {
        Some(data) => dev::read(data, args.period())?,
        None => logs::read(&args.logs, &args.period())?,
    };
    let balance = Balance::of(&counts);
    let text = match args.json {
        true => format!("{}\n", balance.to_json()),
        false => balance.to_string(),
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(match balance.is_even() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
