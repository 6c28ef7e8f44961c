//! `cargo xtask bench`: measures speed and size, and compares them with the goals and with other
//! programs.
//!
//! # Layout
//!
//! - `cold`: cold starts, compared with the same function in other languages.
//! - `functions`: the memory and the start of the functions' programs.
//! - `programs`: builds the programs.
//! - `pull`: pulls messages from Tuya's message service or CKafka, compared with the same work in
//!   Python.
//! - `local`: the throughput and the latency of the local run.
//! - `load`: the local run under load, with kills and outages.
//! - `loopback`: a small HTTP server.
//! - `peer`: the programs in other languages, as `cargo xtask` has installed them.
//! - `queue`: the embedded queue server as a separate process.
//! - `lambda`: the variables that Lambda sets for every function.
//! - `resources`: figures of the system about a process and the machine.
//! - `sample`: percentiles.
//! - `webhook`: deliveries to a receiver, compared with the same work in Python.
//!
//! The program uses the harness of the tests for the rest. A separate program, `calls`, measures
//! single calls and needs none of these modules.
#![allow(
    clippy::print_stdout,
    reason = "the output of this program is for its caller's terminal"
)]

mod cold;
mod functions;
mod lambda;
mod load;
mod local;
mod loopback;
mod peer;
mod programs;
mod pull;
mod queue;
mod resources;
mod sample;
mod webhook;

use std::path::PathBuf;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use self::programs::{released, target};

/// Benchmarks of whole programs. `core` and `handlers` measure single calls instead, with
/// `--filter TEXT`. Without an argument, all but --cold, --pull and --load.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// What to measure; all if none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,

    /// Measures cold starts, beside empty functions and the same function in other languages, and
    /// nothing else.
    #[arg(long, group = "alone", conflicts_with_all = ["parts", "runs"])]
    cold: bool,

    /// How often each is started for `--cold`; its figures are medians.
    #[arg(long, value_name = "N", default_value_t = 30, requires = "cold", value_parser = clap::value_parser!(u16).range(1..))]
    starts: u16,

    /// The directory of programs to measure, instead of building them.
    #[arg(long, value_name = "DIRECTORY")]
    programs: Option<PathBuf>,

    /// Measures how fast messages are pulled, beside the same work in Python, and nothing else: from
    /// Tuya's message service unless CKafka is named. Apache Pulsar and Apache Kafka play them.
    #[arg(long, value_name = "ORIGIN", group = "alone", conflicts_with = "parts", value_enum, num_args = 0..=1, default_missing_value = "tuya")]
    pull: Option<pull::Origin>,

    /// For `--pull`: how many messages are waiting; 20000 of Tuya's, 100000 of CKafka's if not said.
    #[arg(long, value_name = "N", requires = "pull", value_parser = clap::value_parser!(u32).range(1..))]
    messages: Option<u32>,

    /// Puts `thingrelay dev --data` under the highest load for so many minutes, kills and restarts it,
    /// takes its target away, counts what arrives, and measures nothing else.
    #[arg(long, value_name = "MINUTES", group = "alone", conflicts_with_all = ["parts", "runs"], value_parser = clap::value_parser!(u32).range(1..))]
    load: Option<u32>,

    /// How often the throughput is measured; its figures are medians.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    runs: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Memory and start of each function's program.
    Functions,
    /// `thingrelay dev`, from the signed POST to the forwarded event.
    Local,
    /// The function `webhook`, beside the same work in Python.
    Webhook,
}

/// Measures, and prints the figures with their goals. A missed goal is not a failure: the figures
/// are the result.
#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let given = arguments.programs.as_deref();
    let mut reports = Vec::new();
    if arguments.cold {
        let plan = cold::Plan {
            starts: arguments.starts,
            programs: given,
        };
        reports.push(cold::measure(&plan).await?);
    } else if let Some(origin) = arguments.pull {
        let plan = pull::Plan {
            origin,
            runs: arguments.runs,
            messages: arguments.messages,
            programs: given,
        };
        reports.push(pull::measure(&plan).await?);
    } else if let Some(minutes) = arguments.load {
        let programs = released(&["thingrelay-cli", queue::PROGRAM], given)?;
        let table = load::measure(&programs, &target(), minutes).await?;
        reports.push(table.to_string());
    } else {
        let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
        if wanted(Part::Functions) {
            let programs = released(&functions::PACKAGES, given)?;
            reports.push(functions::measure(&programs).await?.to_string());
        }
        if wanted(Part::Local) {
            let programs = released(&["thingrelay-cli"], given)?;
            let table = local::measure(&programs, &target(), arguments.runs).await?;
            reports.push(table.to_string());
        }
        if wanted(Part::Webhook) {
            let programs = released(&[webhook::PACKAGE], given)?;
            let table = webhook::measure(&programs, arguments.runs).await?;
            reports.push(table.to_string());
        }
    }
    println!("\n{}", resources::machine()?);
    for report in reports {
        println!("\n{report}");
    }
    Ok(())
}
