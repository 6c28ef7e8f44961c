use std::env;
use std::process::Command;

use anyhow::Result;

use super::report::Report;
use super::{Outcome, Suite};
use crate::provision;
use crate::task_error::TaskError;
use crate::workspace::{self, Workspace};

/// Each linter with its arguments. Further settings are in the linters' files: `deny.toml`,
/// `typos.toml`.
const TOOLS: [(&str, &[&str]); 7] = [
    // actionlint must not call the linters of scripts that happen to be installed, so that its
    // result is the same on every machine.
    ("actionlint", &["-no-color", "-shellcheck=", "-pyflakes="]),
    ("zizmor", &["--offline", "--no-progress", "--quiet", "."]),
    ("hadolint", &["Dockerfile"]),
    ("typos", &[]),
    // Only links and anchors are checked.
    (
        "rumdl",
        &["check", "--no-cache", "--enable", "MD051,MD057", "."],
    ),
    ("cargo-shear", &[]),
    // The workflow checks advisories: their database is on GitHub.
    (
        "cargo-deny",
        &["--locked", "check", "bans", "licenses", "sources"],
    ),
];

/// The linters that cargo does not install.
pub(super) const SUITE: Suite = Suite {
    name: "tools",
    about: "linters: the workflow, the Dockerfile, spelling, links, and licences, sources and use of dependencies",
    needs_binaries: false,
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, TaskError> {
    let tools = provision::tools::provision(workspace)?;
    let mut report = Report::default();
    for (name, arguments) in TOOLS {
        let mut command = Command::new(tools.program(name));
        command.args(arguments).current_dir(workspace.root());
        if let Some(cargo) = env::var_os("CARGO") {
            command.env("CARGO", cargo);
        }
        report.none(name, workspace::run(&mut command).map(|()| Vec::new()));
    }
    Ok(report.outcome())
}
