use super::sqs_conformance::ENDPOINT;
use super::template::PYTHON;
use super::{Suite, cargo_test, sqs_conformance};
use crate::provision;
use crate::server::Server;
use crate::task_error::TaskError;

/// The variable that passes the directory of the receiver in Node.js to the tests.
const RECEIVER: &str = "THINGRELAY_RECEIVER";

/// The test that needs it.
const NODE: &str = "receiving::the_receiver_in_node";

/// The tests with a queue, against an independent server.
pub(super) const SUITE: Suite = Suite {
    name: "ministack",
    about: "conformance, staging, forwarding, settings, secrets, templates and examples against ministack, AWS not of our making",
    needs_binaries: true,
    run: |workspace| {
        let ministack = provision::ministack::provision(workspace)?;
        let sam = provision::sam::provision(workspace)?;
        let receiver = match provision::receiver::provision(workspace) {
            Err(TaskError::MissingTool(reason)) => Err(format!("no receiver in Node.js: {reason}")),
            provisioned => Ok(provisioned?),
        };
        let server = Server::start(ministack.server()?)?;
        let mut tests = cargo_test::command(workspace, ["--test", "ministack"]);
        match &receiver {
            Ok(directory) => tests.env(RECEIVER, directory),
            Err(_) => tests.args(["--", "--skip", NODE]),
        };
        let mut commands = [sqs_conformance::command(workspace)?, tests];
        for command in &mut commands {
            command.env(ENDPOINT, server.endpoint());
            command.env(PYTHON, sam.python());
        }
        let mut outcome = cargo_test::run_all(workspace, commands)?;
        outcome.missing = receiver.err();
        server.stop()?;
        Ok(outcome)
    },
};
