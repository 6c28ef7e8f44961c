use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::python::Environment;
use crate::task_error::TaskError;
use crate::workspace::{SYSTEM_OPENSSL, Workspace};

/// cargo-lambda, and the compiler zig, with which it links: <https://www.cargo-lambda.info/>,
/// <https://pypi.org/project/cargo-lambda/>.
pub(crate) struct CargoLambda {
    directory: PathBuf,
}

/// Installs the pinned versions of `requirements/cargo-lambda.txt`.
pub(crate) fn provision(workspace: &Workspace) -> Result<CargoLambda, TaskError> {
    let environment = Environment::provision(
        workspace.provision().join("cargo-lambda"),
        &workspace.root().join("xtask/requirements/cargo-lambda.txt"),
    )?;
    Ok(CargoLambda {
        directory: environment.programs(),
    })
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
    /// The directory of cargo-lambda's programs. A build reuses the results of another only if both
    /// call the linker in the same directory. The directory has to come first in a command's
    /// `PATH`: cargo finds `cargo-lambda` there, and cargo-lambda finds the `python3` that has zig.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Lets a command find cargo-lambda, as `cargo lambda` or as `cargo-lambda lambda`.
    ///
    /// Build scripts get the variables under `[env]` of `.cargo/config.toml` through cargo in any
    /// case. With an include path in its own environment, which a user's shell does not set,
    /// cargo-lambda panics: <https://github.com/rust-cross/cargo-zigbuild/issues/364>.
    pub(crate) fn reach(&self, command: &mut Command) -> Result<()> {
        command
            .env("PATH", self.search_path()?)
            .env_remove("C_INCLUDE_PATH")
            .env_remove(SYSTEM_OPENSSL);
        Ok(())
    }

    /// The `PATH` of this process, with cargo-lambda's directory in front.
    pub(crate) fn search_path(&self) -> Result<OsString> {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let directories =
            std::iter::once(self.directory.clone()).chain(env::split_paths(&inherited));
        env::join_paths(directories).with_context(|| {
            format!(
                "{} cannot stand in the variable PATH",
                self.directory.display()
            )
        })
    }
}
