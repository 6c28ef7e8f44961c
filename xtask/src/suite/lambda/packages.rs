//! `cargo lambda build --release --output-format zip`, and the content of the packages.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use zip::ZipArchive;

use crate::provision::cargo_lambda::{CargoLambda, TESTED_PROFILE};
use crate::suite::{Outcome, cargo_test};
use crate::workspace::{self, Workspace};

/// The variable that passes the directory of the programs to the tests.
const PROGRAMS: &str = "THINGRELAY_BIN";

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
) -> Result<Outcome> {
    let built = workspace.target().join("lambda");
    let mut build = workspace.cargo(["lambda", "build", "--release"]);
    build
        .envs(TESTED_PROFILE)
        .args(["--output-format", "zip"])
        .args(functions.iter().map(|name| format!("--bin={name}")));
    cargo_lambda.reach(&mut build)?;
    workspace::run(&mut build)?;

    let programs = built.join("tested");
    if programs.exists() {
        fs::remove_dir_all(&programs)?;
    }
    fs::create_dir_all(&programs)?;
    for name in functions {
        let package = built.join(name).join("bootstrap.zip");
        unpack(&package, &programs.join(name)).with_context(|| format!("the package of {name}"))?;
    }
    let mut tests = cargo_test::command(workspace, ["--test", "e2e", "--"]);
    tests.args(TESTS).env(PROGRAMS, programs);
    cargo_test::run(workspace, tests)
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
    io::copy(&mut file, &mut File::create(program)?)?;
    fs::set_permissions(program, fs::Permissions::from_mode(mode & 0o777))?;

    let header = fs::read(program)?;
    // ELF, 64 bits, little endian; the machine is EM_X86_64:
    // <https://refspecs.linuxbase.org/elf/x86_64-abi-0.99.pdf>.
    ensure!(
        header.starts_with(b"\x7fELF\x02\x01"),
        "it is not an ELF file"
    );
    ensure!(header.get(18..20) == Some(&[62, 0]), "it is not for x86-64");
    println!(
        "package of {}: {} bytes, its program {} (not optimised)",
        program
            .file_name()
            .unwrap_or(program.as_os_str())
            .to_string_lossy(),
        fs::metadata(package)?.len(),
        header.len(),
    );
    Ok(())
}
