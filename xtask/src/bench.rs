//! `cargo xtask bench`: how fast, how large, compared with the goals.
//!
//! # Layout
//!
//! - `cold`: cold starts, beside the same function in other languages.
//! - `core`: the criterion benchmarks of the crates.
//! - `functions`: memory and start of the functions' programs.
//! - `pull`: messages out of Tuya's message service or CKafka, beside the same work in Python.
//! - `local`: throughput and latency of the local run.
//! - `relay`: a running `thingrelay dev`, its events stamped with the time of their arrival.
//! - `platform`: signs a message and posts it over a connection that is kept.
//! - `loopback`: a small HTTP server.
//! - `queue`: the embedded queue server as a process of its own.
//! - `runtime_api`: a Lambda Runtime API for one function.
//! - `lambda`: what Lambda sets for every function.
//! - `resources`: what the system says of a process and of the machine.
//! - `sample`: percentiles.
//! - `table`: figures beside their goals.

mod cold;
mod core;
mod functions;
mod lambda;
mod local;
mod loopback;
mod platform;
mod pull;
mod queue;
mod relay;
mod resources;
mod runtime_api;
mod sample;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use clap::ValueEnum;

use crate::workspace::{self, Workspace};

/// What `cargo xtask bench` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to measure; all of it if none is named.
    #[arg(value_enum)]
    parts: Vec<Part>,

    /// Measures cold starts, beside empty functions and the same function in other languages, and
    /// nothing else.
    #[arg(long, group = "alone", conflicts_with_all = ["parts", "filter", "runs"])]
    cold: bool,

    /// How often each is started for `--cold`; its figures are medians.
    #[arg(long, value_name = "N", default_value_t = 30, requires = "cold", value_parser = clap::value_parser!(u16).range(1..))]
    starts: u16,

    /// For `--cold` and `--pull`: the directory of programs to measure, instead of building them.
    #[arg(long, value_name = "DIRECTORY", requires = "alone")]
    programs: Option<PathBuf>,

    /// Measures how fast messages are pulled, beside the same work in Python, and nothing else: from
    /// Tuya's message service unless CKafka is named. Apache Pulsar and Apache Kafka play them.
    #[arg(long, value_name = "ORIGIN", group = "alone", conflicts_with_all = ["parts", "filter"], value_enum, num_args = 0..=1, default_missing_value = "tuya")]
    pull: Option<pull::Origin>,

    /// For `--pull`: how many messages are waiting; 20000 of Tuya's, 100000 of CKafka's if not said.
    #[arg(long, value_name = "N", requires = "pull", value_parser = clap::value_parser!(u32).range(1..))]
    messages: Option<u32>,

    /// Of the core, measures only benchmarks whose name contains this.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,

    /// How often the throughput is measured; its figures are medians.
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..))]
    runs: u8,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Signature, identity, normalisation and the handler of `push`, by criterion.
    Core,
    /// Memory and start of each function's program.
    Functions,
    /// `thingrelay dev`, from the signed POST to the forwarded event.
    Local,
}

/// Measures, and prints the figures beside their goals. A goal that is missed is no failure: the
/// figures are what is asked for.
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<()> {
    if arguments.cold {
        let plan = cold::Plan {
            starts: arguments.starts,
            programs: arguments.programs.as_deref(),
        };
        let report = cold::measure(workspace, &plan)?;
        println!("\n{}\n\n{report}", resources::machine()?);
        return Ok(());
    }
    if let Some(origin) = arguments.pull {
        let plan = pull::Plan {
            origin,
            runs: arguments.runs,
            messages: arguments.messages,
            programs: arguments.programs.as_deref(),
        };
        let report = pull::measure(workspace, &plan)?;
        println!("\n{}\n\n{report}", resources::machine()?);
        return Ok(());
    }
    let wanted = |part| arguments.parts.is_empty() || arguments.parts.contains(&part);
    ensure!(
        arguments.filter.is_none() || wanted(Part::Core),
        "--filter chooses benchmarks of the core, which is not to be measured"
    );
    let processes = wanted(Part::Functions) || wanted(Part::Local);
    if processes {
        workspace::run(&mut workspace.cargo(["build", "--release", "--bins"]))?;
    }
    let programs = workspace.target().join("release");
    let mut tables = Vec::new();
    if wanted(Part::Core) {
        tables.push(core::measure(workspace, arguments.filter.as_deref())?);
    }
    if wanted(Part::Functions) {
        tables.push(functions::measure(&programs)?);
    }
    if wanted(Part::Local) {
        let data = workspace.target();
        tables.push(local::measure(&programs, data, arguments.runs)?);
    }
    println!("\n{}", resources::machine()?);
    for table in tables {
        println!("\n{table}");
    }
    Ok(())
}

/// The directory of programs of these packages, built for release unless another is given.
fn released(workspace: &Workspace, packages: &[&str], given: Option<&Path>) -> Result<PathBuf> {
    if let Some(programs) = given {
        return std::path::absolute(programs).context("the directory of the programs");
    }
    let mut command = workspace.cargo(["build", "--release"]);
    for package in packages {
        command.args(["--package", package]);
    }
    workspace::run(&mut command)?;
    Ok(workspace.target().join("release"))
}
