use std::process::Command;

use super::{Needs, Outcome, Suite};
use crate::provision::python;
use crate::workspace;

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
    needs: Needs::Nothing,
    run: |workspace| {
        let programs = python::install(workspace, "tools")?;
        let mut outcome = Outcome::default();
        for (name, arguments) in TOOLS {
            let mut command = Command::new(programs.join(name));
            command.args(arguments).current_dir(workspace.root());
            outcome.test(name, workspace::run(&mut command));
        }
        Ok(outcome)
    },
};
