use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::report::Report;
use super::{Outcome, Suite};
use crate::provision;
use crate::provision::cargo_fuzz::CargoFuzz;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// How long each target runs, in seconds, after the inputs of its corpus.
const SECONDS: u32 = 5;

/// How each target is built: quickly, and with the checks of a debug build. The address sanitizer takes
/// most of the build, and this code has nothing for it to find: it is free of `unsafe`.
const PROFILE: [&str; 3] = ["--dev", "--sanitizer", "none"];

/// Each fuzz target for a short time.
pub(super) const SUITE: Suite = Suite {
    name: "fuzz",
    about: "every parser of outside bytes with its corpus, and with arbitrary input for 5 s",
    needs_binaries: false,
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, TaskError> {
    let cargo_fuzz = provision::cargo_fuzz::provision(workspace)?;
    let target = target_directory(workspace);
    let mut build = cargo_fuzz.command(workspace);
    workspace::run(
        build
            .arg("build")
            .args(PROFILE)
            .arg("--target-dir")
            .arg(&target),
    )?;
    let mut report = Report::default();
    for name in names(workspace)? {
        let result = run_target(workspace, &cargo_fuzz, &name);
        report.none(&name, result.map(|()| Vec::new()));
    }
    Ok(report.outcome())
}

/// Runs a target. What it finds is put aside, so that the corpus in the repository stays as it is.
fn run_target(workspace: &Workspace, cargo_fuzz: &CargoFuzz, name: &str) -> Result<()> {
    let found = tempfile::tempdir()?;
    let mut command = cargo_fuzz.command(workspace);
    command
        .arg("run")
        .args(PROFILE)
        .arg("--target-dir")
        .arg(target_directory(workspace))
        .arg(name)
        .arg(found.path())
        .arg(workspace.root().join("fuzz/corpus").join(name))
        .args([
            "--",
            &format!("-max_total_time={SECONDS}"),
            "-seed=1",
            "-timeout=20",
            "-rss_limit_mb=2048",
            "-print_funcs=0",
            "-verbosity=0",
            "-print_final_stats=1",
        ]);
    workspace::run(&mut command)
}

fn target_directory(workspace: &Workspace) -> PathBuf {
    workspace.target().join("fuzz")
}

/// The targets, by the names of their files.
fn names(workspace: &Workspace) -> Result<Vec<String>> {
    let directory = workspace.root().join("fuzz/fuzz_targets");
    let files =
        fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut names = Vec::new();
    for file in files {
        let path = file?.path();
        names.extend(
            path.file_stem()
                .map(|name| name.to_string_lossy().into_owned()),
        );
    }
    names.sort();
    Ok(names)
}
