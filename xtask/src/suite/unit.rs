use super::{Outcome, Suite, cargo_test};

/// The tests beside the code, and the examples in its documentation.
pub(super) const SUITE: Suite = Suite {
    name: "unit",
    about: "the tests of every crate by itself, documentation examples included",
    needs_binaries: false,
    run: |workspace| {
        let outcome: Outcome = cargo_test::run_all([
            cargo_test::command(
                workspace,
                [
                    "--workspace",
                    "--exclude",
                    "sqs-server",
                    "--exclude",
                    "thingrelay-tests",
                ],
            ),
            cargo_test::command(workspace, ["--package", "sqs-server", "--lib", "--bins"]),
            cargo_test::command(workspace, ["--package", "sqs-server", "--doc"]),
        ])?;
        Ok(outcome)
    },
};
