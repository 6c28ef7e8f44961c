use super::{Suite, cargo_test};
use crate::provision;

/// The variable that passes the path of the program that starts a broker to the tests.
const BROKER: &str = "THINGRELAY_PULSAR";

/// Tuya's message service, played by Apache Pulsar, on which it is based.
pub(super) const SUITE: Suite = Suite {
    name: "pulsar",
    about: "messages pulled as from Tuya's message service, out of Apache Pulsar",
    needs_binaries: true,
    run: |workspace| {
        let pulsar = provision::pulsar::provision(workspace)?;
        // A test waits most of the time: for a window to end, for a broker to come back.
        let selection = ["--test", "pulsar", "--", "--test-threads=4"];
        let mut tests = cargo_test::command(workspace, selection);
        tests.env(BROKER, pulsar.program());
        Ok(cargo_test::run(workspace, tests)?)
    },
};
