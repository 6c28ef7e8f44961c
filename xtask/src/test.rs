use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use crate::suite::{self, Outcome, Suite};
use crate::tally::Tally;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

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
}

/// One row of the table at the end.
struct Row {
    name: &'static str,
    tally: Tally,
    time: Duration,
    remark: String,
}

/// Runs the chosen suites one after another, and prints the line of their sums at the end.
pub(crate) fn run(mut workspace: Workspace, arguments: &Arguments) -> Result<ExitCode> {
    if arguments.list {
        for suite in suite::ALL {
            println!("{:<16} {}", suite.name, suite.about);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let chosen = choose(&arguments.suites)?;
    if chosen.iter().any(|suite| suite.needs_binaries) {
        // The programs are built together with the tests, so that both have the same features and
        // the tests build nothing again.
        let mut build = workspace.cargo(["build", "--bins", "--tests"]);
        workspace::run(build.args(workspace.selection()))
            .context("the programs under test could not be built")?;
    }
    workspace.tools_are_required = arguments.all;
    let rows = chosen.into_iter().map(|suite| run_suite(&workspace, suite));
    Ok(report(&rows.collect::<Vec<_>>()))
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

fn run_suite(workspace: &Workspace, suite: &Suite) -> Row {
    println!("\n=== {}: {}", suite.name, suite.about);
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
    let time = start.elapsed();
    let tally = outcome.tally;
    println!("=== {}: {tally} in {:.1} s", suite.name, time.as_secs_f64());
    for remark in &outcome.remarks {
        println!("    {remark}");
    }
    Row {
        name: suite.name,
        tally,
        time,
        remark: outcome.remarks.into_iter().next().unwrap_or_default(),
    }
}

fn report(rows: &[Row]) -> ExitCode {
    let mut sum = Tally::default();
    println!(
        "\n{:<16} {:>7} {:>7} {:>8} {:>9}",
        "suite", "passed", "failed", "skipped", "seconds"
    );
    for row in rows {
        let Tally {
            passed,
            failed,
            skipped,
        } = row.tally;
        println!(
            "{:<16} {passed:>7} {failed:>7} {skipped:>8} {:>9.1}  {}",
            row.name,
            row.time.as_secs_f64(),
            row.remark.lines().next().unwrap_or_default()
        );
        sum += row.tally;
    }
    println!("{sum}");
    if sum.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
