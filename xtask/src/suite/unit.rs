use std::fs;
use std::path::PathBuf;

use anyhow::Result;

use super::{Suite, cargo_test};
use crate::workspace::Workspace;

/// The unit tests, and the examples in the documentation.
pub(super) const SUITE: Suite = Suite {
    name: "unit",
    about: "the tests of every crate by itself, documentation examples included",
    needs_binaries: false,
    run: |workspace| {
        let packages = packages(workspace)?;
        let packages = packages.iter().map(PathBuf::as_path);
        let own = cargo_test::integration_tests(workspace, packages)?;
        let commands = [
            Some(cargo_test::command(workspace, ["--lib", "--bins"])),
            own,
            Some(cargo_test::command(workspace, ["--doc"])),
        ];
        Ok(cargo_test::run_all(
            workspace,
            commands.into_iter().flatten(),
        )?)
    },
};

/// The directories of the packages whose integration tests belong to no other suite.
fn packages(workspace: &Workspace) -> Result<Vec<PathBuf>> {
    let mut packages = vec![PathBuf::from("cli")];
    for folder in ["shared", "functions"] {
        for package in fs::read_dir(workspace.root().join(folder))? {
            packages.push(package?.path());
        }
    }
    Ok(packages)
}
