use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::compiler;

/// The checkout that this program belongs to.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
    /// Whether tests fail if a tool is missing.
    pub(crate) tools_are_required: bool,
    /// The suite that runs in this process. Others may run beside it, so it has files of its own.
    pub(crate) suite: &'static str,
    has_openssl: bool,
}

/// Lets the client for CKafka use the system's OpenSSL instead of a compiled one. Only packages
/// need a compiled OpenSSL, because Lambda's machines differ. Source:
/// <https://docs.rs/openssl/latest/openssl/#vendored>.
pub(crate) const SYSTEM_OPENSSL: &str = "OPENSSL_NO_VENDOR";

/// Tells tests that no tool may be missing: tests that are otherwise skipped then fail.
const TEST_ALL: &str = "THINGRELAY_TEST_ALL";

impl Workspace {
    /// Finds the checkout, and the target directory that cargo uses for it: `CARGO_TARGET_DIR`
    /// or `target` in the checkout.
    pub(crate) fn find() -> Result<Self> {
        // This is not the path at build time: a checkout can be moved with its target directory.
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .context("CARGO_MANIFEST_DIR is not set: start this as `cargo xtask`")?;
        let root = Path::new(&package)
            .parent()
            .context("the package xtask has no parent directory")?
            .to_path_buf();
        let target = match env::var_os("CARGO_TARGET_DIR").filter(|value| !value.is_empty()) {
            Some(directory) => env::current_dir()?.join(directory),
            None => root.join("target"),
        };
        Ok(Self {
            root,
            target,
            tools_are_required: false,
            suite: "",
            has_openssl: has_openssl(),
        })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The directory into which cargo builds.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// The directory for everything that tests install. It is below the target directory, so that
    /// `cargo clean` removes it and it cannot be committed.
    pub(crate) fn provision(&self) -> PathBuf {
        self.target.join("provision")
    }

    /// The arguments that select all packages that this machine can build: packages with C code are
    /// left out if the tools for C are missing.
    pub(crate) fn selection(&self) -> &'static [&'static str] {
        match compiler::find() {
            Ok(()) => &["--workspace"],
            Err(_) => &[
                "--workspace",
                "--exclude",
                "ckafka-pull",
                "--exclude",
                "thingrelay-kafka",
                "--exclude",
                "peer-reader",
            ],
        }
    }

    /// A cargo command in the checkout, with the same target directory from any working directory.
    pub(crate) fn cargo<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target)
            .args(arguments);
        if self.has_openssl {
            command.env(SYSTEM_OPENSSL, "1");
        }
        if self.tools_are_required {
            command.env(TEST_ALL, "1");
        }
        command
    }
}

/// Whether this machine has the files to link with OpenSSL.
fn has_openssl() -> bool {
    Command::new("pkg-config")
        .args(["--exists", "openssl >= 3"])
        .status()
        .is_ok_and(|status| status.success())
}

/// Empties a directory, or makes it.
pub(crate) fn empty(directory: PathBuf) -> Result<PathBuf> {
    let removed = match fs::remove_dir_all(&directory) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => fs::create_dir_all(&directory),
    };
    removed.with_context(|| format!("cannot empty {}", directory.display()))?;
    Ok(directory)
}

/// Shows a command, runs it, and fails unless it succeeds.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = display(command);
    println!("$ {line}");
    let status = command
        .status()
        .with_context(|| format!("cannot run `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed: {status}");
    }
    Ok(())
}

/// The command as typed in a shell, without the path of its program.
pub(crate) fn display(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    std::iter::once(name)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
