use super::{Suite, cargo_test};
use crate::provision;
use crate::task_error::TaskError;

/// The page of `thingrelay dev`, in Chromium.
pub(super) const SUITE: Suite = Suite {
    name: "browser",
    about: "the page of `thingrelay dev` in Chromium, with axe",
    needs_binaries: true,
    run: |workspace| {
        let chromium = provision::chromium::provision()?;
        let axe = provision::axe::provision(workspace)?;
        let mut tests = cargo_test::command(workspace, ["--test", "browser"]);
        tests
            .env("THINGRELAY_CHROMIUM", chromium.program)
            .env("THINGRELAY_AXE", axe);
        if !chromium.has_sandbox {
            tests.env("THINGRELAY_CHROMIUM_SANDBOX", "no");
        }
        Ok::<_, TaskError>(cargo_test::run(workspace, tests)?)
    },
};
