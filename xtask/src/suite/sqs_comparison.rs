use super::{Suite, cargo_test, sqs_conformance};
use crate::provision;
use crate::server::Server;

/// The variable that passes the URL of ElasticMQ to the tests.
const ELASTICMQ: &str = "THINGRELAY_ELASTICMQ";

/// Compares the embedded server with two others, so that it does not rest on one reading of the
/// documentation.
pub(super) const SUITE: Suite = Suite {
    name: "sqs-comparison",
    about: "the embedded queue server against ministack and ElasticMQ, command by command",
    needs_binaries: false,
    run: |workspace| {
        let elasticmq = provision::elasticmq::provision(workspace)?;
        let ministack = provision::ministack::provision(workspace)?;
        let elasticmq = Server::start(elasticmq.server()?)?;
        let ministack = Server::start(ministack.server()?)?;
        // What was compared is a result, too.
        let selection = ["--test", "sqs-comparison", "--", "--nocapture"];
        let mut tests = cargo_test::command(workspace, selection);
        tests.env(ELASTICMQ, elasticmq.endpoint());
        tests.env(sqs_conformance::ENDPOINT, ministack.endpoint());
        let outcome = cargo_test::run(workspace, tests)?;
        elasticmq.stop()?;
        ministack.stop()?;
        Ok(outcome)
    },
};
