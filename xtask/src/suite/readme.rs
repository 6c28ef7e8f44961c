use super::{Suite, cargo_test};
use crate::program;
use crate::task_error::TaskError;

/// The programs in the printed commands, each with its Debian package.
const TOOLS: [(&str, &str); 4] = [
    ("bash", "bash"),
    ("curl", "curl"),
    ("sha1sum", "coreutils"),
    ("od", "coreutils"),
];

/// Runs the commands of README.md.
pub(super) const SUITE: Suite = Suite {
    name: "readme",
    about: "every command of README.md as a new user types it, and its example",
    needs_binaries: true,
    run: |workspace| {
        let find = |(name, package)| program::find(name, package).map(drop);
        TOOLS.into_iter().try_for_each(find)?;
        let tests = cargo_test::command(workspace, ["--test", "readme"]);
        Ok::<_, TaskError>(cargo_test::run(workspace, tests)?)
    },
};
