use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Suite, cargo_test};
use crate::workspace::Workspace;

/// The variable that passes the URL of ministack to the tests.
pub(super) const ENDPOINT: &str = "THINGRELAY_MINISTACK";

/// Checks the documented behaviour of SQS on the embedded server, through the AWS SDK.
pub(super) const SUITE: Suite = Suite {
    name: "sqs-conformance",
    about: "the embedded queue server against the documented behaviour of SQS",
    needs_binaries: false,
    run: |workspace| {
        let mut command = command(workspace)?;
        command.env_remove(ENDPOINT);
        Ok(cargo_test::run(workspace, command)?)
    },
};

/// The suite's test programs.
pub(super) fn command(workspace: &Workspace) -> Result<Command> {
    cargo_test::integration_tests(workspace, [Path::new("sqs-server")])?
        .context("sqs-server has no integration tests")
}
