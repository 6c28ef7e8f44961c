use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::{installation, python};
use crate::program;
use crate::task_error::TaskError;
use crate::workspace::{SYSTEM_OPENSSL, Workspace};

/// cargo-lambda, and the compiler zig, with which it links: <https://www.cargo-lambda.info/>,
/// <https://pypi.org/project/cargo-lambda/>.
pub(crate) struct CargoLambda {
    /// The directory of its programs. A build reuses the results of another only if both call the
    /// linker in the same directory. The directory has to come first in a command's `PATH`: cargo
    /// finds `cargo-lambda` there, and cargo-lambda finds the `python3` that has zig.
    pub(crate) directory: PathBuf,
    /// The lock of the directory into which cargo-lambda puts packages: one suite at a time builds some.
    _alone: File,
}

/// The release profile of packages that are built for tests, as environment variables of cargo:
/// without optimisation, which takes most of the time. Every suite that builds packages uses
/// it, so that the suites share the build: `cargo lambda build --release --bin NAME` in the
/// checkout, which `sam build` runs, too.
pub(crate) const TESTED_PROFILE: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

impl CargoLambda {
    pub(crate) fn install(workspace: &Workspace) -> Result<Self, TaskError> {
        let directory = python::install(workspace, "cargo-lambda")?;
        let lock = directory.with_file_name("packages.lock");
        let _alone = installation::alone(&lock)?;
        Ok(Self { directory, _alone })
    }

    /// Lets a command find cargo-lambda, as `cargo lambda` or as `cargo-lambda lambda`.
    ///
    /// Build scripts get the variables under `[env]` of `.cargo/config.toml` through cargo in any
    /// case. With an include path in its own environment, which a user's shell does not set,
    /// cargo-lambda panics: <https://github.com/rust-cross/cargo-zigbuild/issues/364>.
    pub(crate) fn reach(&self, command: &mut Command) -> Result<()> {
        command
            .env("PATH", program::path_with(&self.directory)?)
            .env_remove("C_INCLUDE_PATH")
            .env_remove(SYSTEM_OPENSSL);
        Ok(())
    }
}
