use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::python::Environment;
use crate::suite::Failure;
use crate::workspace::{SYSTEM_OPENSSL, Workspace};

/// cargo-lambda, with the compiler zig, which it links with:
/// <https://www.cargo-lambda.info/>, <https://pypi.org/project/cargo-lambda/>.
pub(crate) struct CargoLambda {
    directory: PathBuf,
}

/// Installs both as `requirements/cargo-lambda.txt` pins them.
pub(crate) fn provision(workspace: &Workspace) -> Result<CargoLambda, Failure> {
    let environment = Environment::provision(
        workspace.provision().join("cargo-lambda"),
        &workspace.root().join("xtask/requirements/cargo-lambda.txt"),
    )?;
    Ok(CargoLambda {
        directory: environment.programs(),
    })
}

/// The release profile of packages that are built to be tested, as environment variables of cargo:
/// without optimisation across crates, which takes minutes. Every suite that builds packages uses
/// it, so that they share what is built: `cargo lambda build --release --bin NAME` in the
/// checkout, which is what `sam build` runs, too.
pub(crate) const TESTED_PROFILE: [(&str, &str); 2] = [
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

impl CargoLambda {
    /// The directory of its programs. What one build has made, another takes over only if both call
    /// the linker in the same directory. It has to come first in a command's `PATH`: cargo finds
    /// `cargo-lambda` there, and cargo-lambda the `python3` that brings zig.
    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    /// Lets a command find it, as `cargo lambda` or as `cargo-lambda lambda`.
    ///
    /// What `.cargo/config.toml` has under `[env]` reaches build scripts by way of cargo in any case.
    /// With an include path in its own environment, which a user's shell does not set, it panics:
    /// <https://github.com/rust-cross/cargo-zigbuild/issues/364>.
    pub(crate) fn reach(&self, command: &mut Command) -> Result<()> {
        command
            .env("PATH", self.search_path()?)
            .env_remove("C_INCLUDE_PATH")
            .env_remove(SYSTEM_OPENSSL);
        Ok(())
    }

    /// The `PATH` of this process with its directory in front.
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
