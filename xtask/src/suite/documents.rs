use super::{Suite, cargo_test};

/// Checks the documents against the code and the commands.
pub(super) const SUITE: Suite = Suite {
    name: "documents",
    about: "commands, codes, fields and log lines in the documents",
    needs_binaries: true,
    run: |workspace| {
        let tests = cargo_test::command(workspace, ["--test", "documents"]);
        Ok(cargo_test::run(workspace, tests)?)
    },
};
