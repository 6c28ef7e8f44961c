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
pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> Result<ExitCode> {
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
    let required = workspace.requiring_tools();
    let workspace = if arguments.all { &required } else { workspace };
    let rows: Vec<Row> = chosen
        .into_iter()
        .map(|suite| run_suite(workspace, suite, arguments.all))
        .collect();
    Ok(report(&rows))
}

fn choose(names: &[String]) -> Result<Vec<&'static Suite>> {
    if names.is_empty() {
        return Ok(suite::ALL.iter().collect());
    }
    names
        .iter()
        .map(|name| {
            suite::ALL
                .iter()
                .find(|suite| suite.name == name)
                .with_context(|| format!("there is no suite `{name}` (see --list)"))
        })
        .collect()
}

fn run_suite(workspace: &Workspace, suite: &Suite, tools_are_required: bool) -> Row {
    println!("\n=== {}: {}", suite.name, suite.about);
    let start = Instant::now();
    let (tally, remark) = match (suite.run)(workspace) {
        Ok(outcome) if outcome.tally == Tally::default() => {
            (Tally::FAILURE, "no test ran".to_owned())
        }
        Ok(Outcome {
            mut tally,
            remark,
            missing,
        }) => {
            let lack = missing.map(|reason| lacking(reason, tools_are_required));
            let (lack, reason) = lack.unwrap_or_default();
            tally += lack;
            (tally, if remark.is_empty() { reason } else { remark })
        }
        Err(TaskError::MissingTool(reason)) => lacking(reason, tools_are_required),
        Err(TaskError::Other(error)) => (Tally::FAILURE, format!("{error:#}")),
    };
    let time = start.elapsed();
    println!("=== {}: {tally} in {:.1} s", suite.name, time.as_secs_f64());
    if !remark.is_empty() {
        println!("    {remark}");
    }
    Row {
        name: suite.name,
        tally,
        time,
        remark,
    }
}

/// How a missing tool counts.
fn lacking(reason: String, tools_are_required: bool) -> (Tally, String) {
    if tools_are_required {
        (Tally::FAILURE, reason)
    } else {
        (Tally::SKIP, format!("skipped: {reason}"))
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
