use super::sqs_conformance::ENDPOINT;
use super::template::PYTHON;
use super::{Suite, cargo_test, sqs_conformance};
use crate::provision;
use crate::server::Server;

/// The tests with a queue, against an independent server.
pub(super) const SUITE: Suite = Suite {
    name: "ministack",
    about: "conformance, staging, forwarding, settings, secrets and the templates against ministack, AWS not of our making",
    needs_binaries: true,
    run: |workspace| {
        let ministack = provision::ministack::provision(workspace)?;
        let sam = provision::sam::provision(workspace)?;
        let server = Server::start(ministack.server()?)?;
        let mut commands = [
            sqs_conformance::command(workspace)?,
            cargo_test::command(workspace, ["--test", "ministack"]),
        ];
        for command in &mut commands {
            command.env(ENDPOINT, server.endpoint());
            command.env(PYTHON, sam.python());
        }
        let outcome = cargo_test::run_all(workspace, commands)?;
        server.stop()?;
        Ok(outcome)
    },
};
