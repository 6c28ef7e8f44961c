//! `cargo lambda build --release --output-format zip`, and the content of the packages.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use zip::ZipArchive;

use crate::provision::cargo_lambda::{CargoLambda, TESTED_PROFILE};
use crate::suite::cargo_test::Tests;
use crate::suite::{Outcome, elf};
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// The end-to-end tests that start only the functions' own programs.
const TESTS: [&str; 3] = [
    "verify_function::",
    "staging::a_repeated_message",
    "staging::any_bytes",
];

/// Builds the packages, checks their content, and runs the tests with their programs.
pub(super) fn run(
    workspace: &Workspace,
    cargo_lambda: &CargoLambda,
    functions: &[&str],
) -> Result<Outcome, TaskError> {
    let built = workspace.target().join("lambda");
    let mut build = workspace.cargo(["lambda", "build", "--release"]);
    build
        .envs(TESTED_PROFILE)
        .args(["--output-format", "zip"])
        .args(functions.iter().map(|name| format!("--bin={name}")));
    cargo_lambda.reach(&mut build)?;
    workspace::run(&mut build)?;

    let programs = workspace::empty(built.join("tested"))?;
    for name in functions {
        let package = built.join(name).join("bootstrap.zip");
        unpack(&package, &programs.join(name)).with_context(|| format!("the package of {name}"))?;
    }
    let tests = Tests::program(workspace, "e2e").arguments(&TESTS);
    tests.set("THINGRELAY_BIN", programs).run()
}

/// Checks that Lambda accepts a package, and unpacks its program so that it can be started.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-custom.html>: an executable file
/// `bootstrap` in the root of the archive.
fn unpack(package: &Path, program: &Path) -> Result<()> {
    let mut archive = ZipArchive::new(File::open(package)?)?;
    let names: Vec<_> = archive.file_names().collect::<Result<_, _>>()?;
    ensure!(names == ["bootstrap"], "it holds {names:?}");
    let mut file = archive.by_index(0)?;
    let mode = file.unix_mode().context("its file has no permissions")?;
    ensure!(mode & 0o111 == 0o111, "nobody may run it: mode {mode:o}");
    let length = io::copy(&mut file, &mut File::create(program)?)?;
    fs::set_permissions(program, fs::Permissions::from_mode(mode & 0o777))?;
    elf::check(program)?;
    println!(
        "{}: {} bytes, its program {length} (not optimised)",
        package.display(),
        fs::metadata(package)?.len(),
    );
    Ok(())
}
