//! `sam build` through cargo-lambda.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

use crate::provision::cargo_lambda::{CargoLambda, TESTED_PROFILE};
use crate::provision::sam::Sam;
use crate::workspace::{self, Workspace};

/// The machine of an ELF file for x86-64 (`EM_X86_64`):
/// <https://refspecs.linuxbase.org/elf/x86_64-abi-0.99.pdf>.
const X86_64: u16 = 62;

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
    let directory = workspace.target().join("sam").join(name);
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    let mut command = sam.sam();
    cargo_lambda.reach(&mut command)?;
    if folder != "functions/ckafka-pull" {
        let tools = workspace.target().join("sam").join("tools");
        let others = path_without(&HEAVY, &tools)?;
        command.env(
            "PATH",
            env::join_paths([cargo_lambda.directory(), &others])?,
        );
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
    let mut packages = BTreeSet::new();
    for entry in fs::read_dir(&directory)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            packages.insert(entry.file_name().to_string_lossy().into_owned());
        }
    }
    let expected: BTreeSet<String> = functions.iter().map(|name| logical_id(name)).collect();
    ensure!(packages == expected, "sam build has left {packages:?}");
    for id in packages {
        let package = directory.join(&id);
        let files: Vec<_> = fs::read_dir(&package)?
            .map(|entry| Ok(entry?.file_name()))
            .collect::<Result<_>>()?;
        ensure!(files == [OsStr::new("bootstrap")], "{id} holds {files:?}");
        check_program(&package.join("bootstrap"))?;
        ensure!(
            built.contains(&format!("CodeUri: {id}\n")),
            "the built template does not point to {id}"
        );
    }
    Ok(())
}

/// The logical id of a function: `CkafkaPullFunction` for `ckafka-pull`.
fn logical_id(function: &str) -> String {
    let words = function.split('-').filter_map(|word| {
        let (first, rest) = word.split_at_checked(1)?;
        Some(first.to_ascii_uppercase() + rest)
    });
    words.collect::<String>() + "Function"
}

/// A directory that replaces all of `PATH`, without these programs.
fn path_without(programs: &[&str], directory: &Path) -> Result<PathBuf> {
    if directory.exists() {
        fs::remove_dir_all(directory)?;
    }
    fs::create_dir_all(directory)?;
    let inherited = env::var_os("PATH").unwrap_or_default();
    // If two programs have the same name, the first in PATH counts.
    for one in env::split_paths(&inherited).filter(|path| path.is_dir()) {
        for entry in fs::read_dir(&one).with_context(|| format!("cannot read {}", one.display()))? {
            let name = entry?.file_name();
            let link = directory.join(&name);
            let is_wanted = programs.iter().all(|program| name != *program);
            if is_wanted && link.symlink_metadata().is_err() {
                symlink(one.join(&name), &link)?;
            }
        }
    }
    Ok(directory.to_path_buf())
}

fn check_program(path: &Path) -> Result<()> {
    let mut header = [0; 20];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut header))
        .with_context(|| format!("cannot read {}", path.display()))?;
    let [0x7f, b'E', b'L', b'F', .., low, high] = header else {
        bail!("{} is not an ELF file", path.display());
    };
    let machine = u16::from_le_bytes([low, high]);
    ensure!(
        machine == X86_64,
        "{} is a program for machine {machine}",
        path.display()
    );
    Ok(())
}
