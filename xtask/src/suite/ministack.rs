use super::{Suite, cargo_test};
use crate::provision;
use crate::server::Server;

/// The variable that tells the tests where ministack is, as a URL.
pub(super) const ENDPOINT: &str = "THINGRELAY_MINISTACK";

/// The tests that meet a queue, against a server that is not ours.
pub(super) const SUITE: Suite = Suite {
    name: "ministack",
    about: "conformance, staging and forwarding against ministack, a queue server not ours",
    needs_binaries: true,
    run: |workspace| {
        let ministack = provision::ministack::provision(workspace)?;
        let server = Server::start(ministack.server()?)?;
        let outcome = cargo_test::run_all(
            [
                ["--package", "sqs-server", "--test", "*"],
                ["--package", "thingrelay-tests", "--test", "ministack"],
            ]
            .map(|arguments| {
                let mut command = cargo_test::command(workspace, arguments);
                command.env(ENDPOINT, server.endpoint());
                command
            }),
        )?;
        server.stop()?;
        Ok(outcome)
    },
};
