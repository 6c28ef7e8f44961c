use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result};
use serde_json::Value;

use super::table::Table;
use crate::workspace::{self, Workspace};

/// The benchmarks that have a goal, by criterion's name.
const GOALS: [(&str, Duration); 5] = [
    ("signature/one_token", Duration::from_nanos(300)),
    ("signature/two_tokens", Duration::from_nanos(300)),
    (
        "queue_report_info/read_and_normalize",
        Duration::from_micros(2),
    ),
    ("push/http_report", Duration::from_micros(20)),
    ("push/queue_envelope", Duration::from_micros(20)),
];

/// Runs the criterion benchmarks, and reads the estimates that they leave behind.
pub(super) fn measure(workspace: &Workspace, filter: Option<&str>) -> Result<Table> {
    let started = SystemTime::now();
    let mut command = workspace.cargo(["bench", "--package", "thingrelay", "--package", "push"]);
    // Only what criterion runs: test programs know nothing of its arguments.
    command.args(["--bench", "*"]);
    if let Some(filter) = filter {
        command.arg("--").arg(filter);
    }
    workspace::run(&mut command)?;

    let mut medians = BTreeMap::new();
    collect(&workspace.target().join("criterion"), started, &mut medians)?;
    let mut table = Table::new("Core, median of one call");
    for (name, goal) in GOALS {
        match medians.remove(name) {
            Some(nanos) => table.time(name, nanos, Some(goal)),
            None if filter.is_some() => {}
            None => table.figure(name, "not measured"),
        }
    }
    for (name, nanos) in medians {
        table.time(name, nanos, None);
    }
    Ok(table)
}

/// Finds, in any depth, what criterion has written since a time: the name of each benchmark, and
/// the median of its call in nanoseconds.
fn collect(directory: &Path, since: SystemTime, medians: &mut BTreeMap<String, f64>) -> Result<()> {
    let entries =
        fs::read_dir(directory).with_context(|| format!("cannot read {}", directory.display()))?;
    for entry in entries {
        let path = entry?.path();
        if !path.is_dir() {
            continue;
        }
        let estimates = path.join("estimates.json");
        if path.ends_with("new") && estimates.is_file() {
            if fs::metadata(&estimates)?.modified()? >= since {
                let benchmark = json(&path.join("benchmark.json"))?;
                let name = benchmark.pointer("/full_id").and_then(Value::as_str);
                let estimates = json(&estimates)?;
                let median = estimates
                    .pointer("/median/point_estimate")
                    .and_then(Value::as_f64);
                let name = name.context("criterion names no benchmark")?;
                let median = median.context("criterion estimates no median")?;
                medians.insert(name.to_owned(), median);
            }
        } else {
            collect(&path, since, medians)?;
        }
    }
    Ok(())
}

fn json(path: &Path) -> Result<Value> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}
