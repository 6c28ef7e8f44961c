use super::{Suite, cargo_test};

/// The fault model: the functions and the queue server in one process, under simulated time.
pub(super) const SUITE: Suite = Suite {
    name: "simulation",
    about: "the functions, the AWS SDK and the queue server in one process, with faults by seed",
    needs_binaries: false,
    run: |workspace| {
        Ok(cargo_test::run(
            workspace,
            cargo_test::command(workspace, ["--test", "simulation"]),
        )?)
    },
};
