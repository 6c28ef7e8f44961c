//! `sam build` through cargo-lambda.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use super::checkout::FUNCTIONS;
use super::functions::logical_id;
use crate::provision::cargo_lambda::{CargoLambda, TESTED_PROFILE};
use crate::provision::sam::Sam;
use crate::workspace::{self, Workspace};

/// The machine of an ELF file for x86-64 (`EM_X86_64`):
/// <https://refspecs.linuxbase.org/elf/x86_64-abi-0.99.pdf>.
const X86_64: u16 = 62;

/// Builds every function for x86-64 and looks at what is there then.
pub(super) fn check(workspace: &Workspace, sam: &Sam, cargo_lambda: &CargoLambda) -> Result<()> {
    let directory = workspace.target().join("sam").join("build");
    if directory.exists() {
        fs::remove_dir_all(&directory)?;
    }
    let mut command = sam.sam();
    cargo_lambda.reach(&mut command)?;
    command
        .current_dir(workspace.root())
        .env("CARGO_TARGET_DIR", workspace.target())
        .envs(TESTED_PROFILE)
        .args(["build", "--template-file", "template.yaml"])
        .args(["--parameter-overrides", "Architecture=x86_64"])
        .arg("--build-dir")
        .arg(&directory);
    workspace::run(&mut command)?;
    let built = fs::read_to_string(directory.join("template.yaml"))
        .context("sam build has left no template")?;
    for function in FUNCTIONS {
        let id = logical_id(function);
        let package = directory.join(&id);
        let files: Vec<_> = fs::read_dir(&package)
            .with_context(|| format!("sam build has left no {}", package.display()))?
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

fn check_program(path: &Path) -> Result<()> {
    let mut header = [0; 20];
    File::open(path)
        .and_then(|mut file| file.read_exact(&mut header))
        .with_context(|| format!("cannot read {}", path.display()))?;
    let [0x7f, b'E', b'L', b'F', .., low, high] = header else {
        bail!("{} is no ELF file", path.display());
    };
    let machine = u16::from_le_bytes([low, high]);
    ensure!(
        machine == X86_64,
        "{} is a program for machine {machine}",
        path.display()
    );
    Ok(())
}
