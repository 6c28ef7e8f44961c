//! `thingrelay account`: says what became of the messages of a period, by its counters.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`counts`]: the counters of a period.
//! * [`dev`]: reads them from the ledger of `thingrelay dev`.
//! * [`logs`]: reads them from the logs of the functions.
//! * [`cloudwatch`]: reads them from CloudWatch.
//! * [`window`]: the period of CloudWatch's data.
//! * [`balance`]: the sums, and what does not balance.

mod args;
mod balance;
mod cloudwatch;
mod counts;
mod dev;
mod logs;
mod window;

pub(crate) use args::Args;

use balance::Balance;
use std::{
    io::{self, Write},
    process::ExitCode,
};
use thingrelay::clock::Clock;
use window::Window;

/// Prints the sums.
///
/// # Errors
/// The counters cannot be read.
pub(crate) async fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let counts = match &args.data {
        Some(data) => dev::read(data, args.period())?,
        None if args.stacks.is_empty() => logs::read(&args.logs, &args.period())?,
        None => {
            let now = Clock::system().now().unix_millis();
            let window = Window::around(&args.period(), now);
            // Standard output has the sums alone.
            writeln!(io::stderr().lock(), "metrics of {window}")?;
            cloudwatch::read(&args.stacks, args.region.as_deref(), window).await?
        }
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
