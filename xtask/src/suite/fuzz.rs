use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use super::{Needs, Outcome, Suite};
use crate::program;
use crate::provision::python;
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
    needs: Needs::Nothing,
    run: |workspace| {
        let programs = install(workspace)?;
        workspace::run(&mut cargo_fuzz(workspace, &programs, "build")?)?;
        let mut outcome = Outcome::default();
        for target in targets(workspace)? {
            outcome.test(&target, run_target(workspace, &programs, &target));
        }
        Ok(outcome)
    },
};

/// Installs cargo-fuzz, which builds nothing without the nightly compiler:
/// <https://rust-fuzz.github.io/book/cargo-fuzz.html>. Returns its directory.
fn install(workspace: &Workspace) -> Result<PathBuf, TaskError> {
    // libFuzzer is compiled from C++.
    program::find("c++", "g++")?;
    let has_nightly = Command::new("rustup")
        .args(["run", "nightly", "rustc", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !has_nightly {
        return Err(TaskError::MissingTool(
            "Rust's nightly compiler is not installed (rustup toolchain install nightly)".into(),
        ));
    }
    python::install(workspace, "fuzz")
}

/// A task of `cargo fuzz` by the nightly compiler, in the checkout.
fn cargo_fuzz(workspace: &Workspace, programs: &Path, task: &str) -> Result<Command> {
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", "cargo", "fuzz", task])
        .args(PROFILE)
        .arg("--target-dir")
        .arg(workspace.target().join("fuzz"))
        .current_dir(workspace.root())
        .env("PATH", program::path_with(programs)?)
        .env_remove("CARGO_TARGET_DIR");
    Ok(command)
}

/// Runs a target. What it finds is put aside, so that the corpus in the repository stays as it is.
fn run_target(workspace: &Workspace, programs: &Path, name: &str) -> Result<()> {
    let found = tempfile::tempdir()?;
    let mut command = cargo_fuzz(workspace, programs, "run")?;
    command
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

/// The targets, by the names of their files.
fn targets(workspace: &Workspace) -> Result<Vec<String>> {
    let directory = workspace.root().join("fuzz/fuzz_targets");
    let files =
        fs::read_dir(&directory).with_context(|| format!("cannot read {}", directory.display()))?;
    let mut names = Vec::new();
    for file in files {
        let path = file?.path();
        names.extend(path.file_stem().map(|name| name.display().to_string()));
    }
    names.sort();
    Ok(names)
}
