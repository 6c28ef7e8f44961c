//! Runs suites of tests, most of them two side by side, and sums up their results.

use std::fs::{self, File};
use std::io::{self, Write};
use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::report::Row;
use crate::suite::{self, Needs, Outcome, Suite};
use crate::tally::Tally;
use crate::task_error::TaskError;
use crate::workspace::Workspace;

/// How many suites run at once. Half of a suite's time goes by while its tests wait for other processes and for time.
const AT_ONCE: usize = 2;

/// What `cargo xtask test` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The suites to run; every one without a name.
    #[arg(value_name = "SUITE")]
    suites: Vec<String>,

    /// A missing tool is a failure instead of a skipped suite.
    #[arg(long)]
    all: bool,

    /// Lists the suites and runs nothing.
    #[arg(long)]
    list: bool,

    /// Builds nothing first: this is one of several suites, each in a process of its own.
    #[arg(long, hide = true)]
    built: bool,
}

/// Runs the chosen suites, and prints the line of their sums at the end.
pub(crate) fn run(mut workspace: Workspace, arguments: &Arguments) -> Result<ExitCode> {
    if arguments.list {
        for suite in suite::ALL {
            println!("{:<16} {}", suite.name, suite.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = choose(&arguments.suites)?;
    if !arguments.built {
        // Everything is built before the first suite: a build replaces programs that a suite beside it starts.
        let needs = chosen.iter().map(|suite| suite.needs).max();
        suite::build(&workspace, needs.unwrap_or(Needs::Nothing))?;
    }
    workspace.tools_are_required = arguments.all;
    let rows = match chosen.as_slice() {
        [suite] => vec![run_suite(&mut workspace, suite)],
        suites => side_by_side(&workspace, suites)?,
    };
    let sum = Row::print_all(&rows);
    Ok(match sum.failed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

fn choose(names: &[String]) -> Result<Vec<&'static Suite>> {
    if names.is_empty() {
        return Ok(suite::ALL.iter().collect());
    }
    let find = |name: &String| {
        let mut suites = suite::ALL.iter();
        let found = suites.find(|suite| suite.name == name);
        found.with_context(|| format!("there is no suite `{name}` (see --list)"))
    };
    names.iter().map(find).collect()
}

/// Runs suites in their order, [`AT_ONCE`] of them at a time, after [`suite::FIRST`].
fn side_by_side(workspace: &Workspace, suites: &[&'static Suite]) -> Result<Vec<Row>> {
    let (first, others): (Vec<&Suite>, Vec<&Suite>) =
        suites.iter().partition(|suite| suite.name == suite::FIRST);
    let first = first.into_iter();
    let first = first.map(|suite| in_another_process(workspace, suite));
    let first = first.collect::<Result<Vec<Row>>>()?;
    let waiting = Mutex::new(others.into_iter());
    let next = || {
        waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .next()
    };
    let work = || -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        while let Some(suite) = next() {
            rows.push(in_another_process(workspace, suite)?);
        }
        Ok(rows)
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(work)).collect();
        let mut rows = first;
        for worker in workers {
            let result = worker.join();
            rows.extend(result.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?);
        }
        rows.sort_by_key(|row: &Row| suites.iter().position(|suite| suite.name == row.name));
        Ok(rows)
    })
}

/// Runs a suite in a process of its own, and prints the whole output at its end, so that the outputs of two suites
/// do not mix.
fn in_another_process(workspace: &Workspace, suite: &'static Suite) -> Result<Row> {
    let directory = workspace.target().join("suites");
    fs::create_dir_all(&directory)?;
    let log = directory.join(format!("{}.log", suite.name));
    println!(
        "=== {} begins; its output so far: {}",
        suite.name,
        log.display()
    );
    let output = File::create(&log).with_context(|| format!("cannot write {}", log.display()))?;
    let mut command = Command::new(workspace.target().join("debug/xtask"));
    command.args(["test", "--built", suite.name]);
    if workspace.tools_are_required {
        command.arg("--all");
    }
    let start = Instant::now();
    let status = command
        .stdout(output.try_clone()?)
        .stderr(output)
        .status()
        .context("cannot start the process of a suite")?;
    let output = fs::read(&log)?;
    io::stdout().write_all(&output)?;
    let output = String::from_utf8_lossy(&output);
    let row = output.lines().rev().find_map(|line| Row::read(suite, line));
    let row = row.filter(|row| status.success() == (row.tally.failed == 0));
    Ok(row.unwrap_or_else(|| Row {
        name: suite.name,
        tally: Tally::FAILURE,
        seconds: start.elapsed().as_secs_f64(),
        remark: format!("its process ended without a result: {status}"),
    }))
}

fn run_suite(workspace: &mut Workspace, suite: &'static Suite) -> Row {
    println!("\n=== {}: {}", suite.name, suite.about);
    workspace.suite = suite.name;
    let start = Instant::now();
    let mut outcome = match (suite.run)(workspace) {
        Ok(outcome) if outcome.tally == Tally::default() => Outcome::failed("no test ran"),
        Ok(outcome) => outcome,
        Err(TaskError::MissingTool(reason)) => Outcome {
            missing: vec![reason],
            ..Outcome::default()
        },
        Err(TaskError::Other(error)) => Outcome::failed(format!("{error:#}")),
    };
    for reason in std::mem::take(&mut outcome.missing) {
        if workspace.tools_are_required {
            outcome.tally += Tally::FAILURE;
            outcome.remarks.push(reason);
        } else {
            outcome.tally += Tally::SKIP;
            outcome.remarks.push(format!("skipped: {reason}"));
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    let tally = outcome.tally;
    println!("=== {}: {tally} in {seconds:.1} s", suite.name);
    for remark in &outcome.remarks {
        println!("    {remark}");
    }
    let remark = outcome.remarks.into_iter().next().unwrap_or_default();
    Row {
        name: suite.name,
        tally,
        seconds,
        remark: remark.lines().next().unwrap_or_default().to_owned(),
    }
}
