//! `cargo xtask bench core` and `cargo xtask bench handlers`: single calls, by criterion.
//!
//! A time means little by itself, because machines differ. So each group of benchmarks also
//! measures an anchor: the time that other libraries take for the same bytes. Each figure is shown
//! as a multiple of its anchor.
#![allow(
    clippy::print_stdout,
    reason = "the output of this program is for its caller's terminal"
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context, Result, ensure};
use bench::table::Table;
use clap::{Parser, ValueEnum};
use serde_json::Value;

/// The name of the anchor in each group.
const ANCHOR: &str = "anchor";

/// The benchmarks that have a goal: at most this many times their anchor.
const GOALS: [(&str, f64); 6] = [
    ("signature/one_token", 3.0),
    ("signature/two_tokens", 3.0),
    ("queue_report_info/read_and_normalize", 1.0),
    ("filters_10/passes", 1.0),
    ("push_http_report/handle", 4.0),
    ("push_queue_envelope/handle", 4.0),
];

/// Single calls, by criterion.
#[derive(Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// What to measure; both if none is named.
    #[arg(value_enum)]
    part: Option<Part>,

    /// Measures only benchmarks whose name contains this.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Part {
    /// Signature, identity, opening, normalisation and filters.
    Core,
    /// What needs the AWS SDK to be built: the handler of `push`, the lanes of a pull, the counts.
    Handlers,
}

fn packages(part: Option<Part>) -> &'static [&'static str] {
    match part {
        Some(Part::Core) => &["thingrelay-core"],
        Some(Part::Handlers) => &["thingrelay", "push"],
        None => &["thingrelay-core", "thingrelay", "push"],
    }
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let started = SystemTime::now();
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.arg("bench");
    for package in packages(arguments.part) {
        command.args(["--package", package]);
    }
    // Only the benchmarks of criterion: test programs do not know its arguments.
    command.args(["--bench", "*"]);
    if let Some(filter) = &arguments.filter {
        command.arg("--").arg(filter);
    }
    let status = command.status().context("cargo cannot be started")?;
    ensure!(status.success(), "cargo bench: {status}");

    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    let mut groups = BTreeMap::new();
    collect(&target.join("criterion"), started, &mut groups)?;
    println!("\n{}", table(&groups));
    Ok(())
}

/// The median of each benchmark in nanoseconds, by group and name.
type Groups = BTreeMap<String, BTreeMap<String, f64>>;

fn table(groups: &Groups) -> Table {
    let mut table = Table::new("Median of one call, and how many times the anchor of its group");
    for (group, calls) in groups {
        let anchor = calls.get(ANCHOR).copied();
        for (name, nanos) in calls {
            let name = format!("{group}/{name}");
            let goal = GOALS.iter().find(|(named, _)| *named == name);
            match anchor.filter(|_| !name.ends_with(ANCHOR)) {
                Some(anchor) => table.anchored(name, *nanos, anchor, goal.map(|(_, times)| *times)),
                None => table.time(name, *nanos),
            }
        }
    }
    table
}

/// Finds the results that criterion has written since this time, at any depth.
fn collect(directory: &Path, since: SystemTime, groups: &mut Groups) -> Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let estimates = path.join("estimates.json");
        if !path.ends_with("new") || !estimates.is_file() {
            collect(&path, since, groups)?;
        } else if fs::metadata(&estimates)?.modified()? >= since {
            let benchmark = json(&path.join("benchmark.json"))?;
            let name = benchmark.pointer("/full_id").and_then(Value::as_str);
            let median = json(&estimates)?;
            let median = median.pointer("/median/point_estimate");
            let median = median.and_then(Value::as_f64);
            let name = name.and_then(|name| name.split_once('/'));
            let (group, name) = name.context("criterion names no benchmark of a group")?;
            let median = median.context("criterion estimates no median")?;
            let group = groups.entry(group.to_owned()).or_default();
            group.insert(name.to_owned(), median);
        }
    }
    Ok(())
}

fn json(path: &Path) -> Result<Value> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}
