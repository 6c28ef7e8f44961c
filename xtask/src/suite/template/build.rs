//! `sam build` through cargo-lambda.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::WITH_C;
use crate::provision::cargo_lambda::{CargoLambda, TESTED_PROFILE};
use crate::provision::sam::Sam;
use crate::suite::elf;
use crate::workspace::{self, Workspace};

/// The tools that build librdkafka and OpenSSL: only the pull from CKafka needs them.
const HEAVY: [&str; 4] = ["cmake", "gmake", "make", "perl"];

/// Builds the template of a folder for x86-64, as a user does, and checks the packages.
pub(super) fn check(
    workspace: &Workspace,
    sam: &Sam,
    cargo_lambda: &CargoLambda,
    folder: &str,
    functions: &[&str],
) -> Result<()> {
    let name = Path::new(folder).file_name().unwrap_or(OsStr::new("main"));
    let directory = workspace::empty(workspace.target().join("sam").join(name))?;
    let mut command = sam.command("sam");
    cargo_lambda.reach(&mut command)?;
    if folder != WITH_C {
        let tools = workspace::empty(workspace.target().join("sam/tools"))?;
        link_programs(&tools, &HEAVY)?;
        let directories = [&cargo_lambda.directory, &tools];
        command.env("PATH", env::join_paths(directories)?);
    }
    command
        .current_dir(workspace.root().join(folder))
        .env("CARGO_TARGET_DIR", workspace.target())
        .envs(TESTED_PROFILE)
        .args(["build", "--parameter-overrides", "Architecture=x86_64"])
        .arg("--build-dir")
        .arg(&directory);
    workspace::run(&mut command)?;
    let built = fs::read_to_string(directory.join("template.yaml"))
        .context("sam build has left no template")?;
    let mut packages = names(&directory)?;
    packages.remove("template.yaml");
    let expected: BTreeSet<String> = functions.iter().map(|name| logical_id(name)).collect();
    ensure!(packages == expected, "sam build has left {packages:?}");
    for id in packages {
        let package = directory.join(&id);
        let files = names(&package)?;
        ensure!(
            files.iter().eq(["bootstrap"]),
            "the package {id} holds {files:?}"
        );
        elf::check(&package.join("bootstrap"))?;
        ensure!(
            built.contains(&format!("CodeUri: {id}\n")),
            "the built template does not point to {id}"
        );
    }
    Ok(())
}

/// The names in a directory.
fn names(directory: &Path) -> Result<BTreeSet<String>> {
    fs::read_dir(directory)?
        .map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()))
        .collect()
}

/// The logical id of a function: `CkafkaPullFunction` for `ckafka-pull`.
fn logical_id(function: &str) -> String {
    let words = function.split('-').filter_map(|word| {
        let (first, rest) = word.split_at_checked(1)?;
        Some(first.to_ascii_uppercase() + rest)
    });
    words.collect::<String>() + "Function"
}

/// Fills a directory with links to all programs in `PATH` but these.
fn link_programs(directory: &Path, without: &[&str]) -> Result<()> {
    let inherited = env::var_os("PATH").unwrap_or_default();
    // If two programs have the same name, the first in PATH counts.
    for one in env::split_paths(&inherited).filter(|path| path.is_dir()) {
        for name in names(&one).with_context(|| format!("cannot read {}", one.display()))? {
            let link = directory.join(&name);
            if !without.contains(&name.as_str()) && link.symlink_metadata().is_err() {
                symlink(one.join(&name), &link)?;
            }
        }
    }
    Ok(())
}
