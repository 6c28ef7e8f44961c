use super::{Suite, cargo_test};

/// The whole way of a message, over real sockets and between real processes.
pub(super) const SUITE: Suite = Suite {
    name: "e2e",
    about: "the whole way of a message, over real sockets and between real processes",
    needs_binaries: true,
    run: |workspace| {
        Ok(cargo_test::run(
            workspace,
            cargo_test::command(workspace, ["--test", "e2e"]),
        )?)
    },
};
