use super::{Suite, cargo_test};
use crate::provision;

/// The variable that tells the tests which program starts a broker, as a path.
const BROKER: &str = "THINGRELAY_PULSAR";

/// Tuya's message service, played by the software that it is made of.
pub(super) const SUITE: Suite = Suite {
    name: "pulsar",
    about: "messages pulled as from Tuya's message service, out of Apache Pulsar",
    needs_binaries: true,
    run: |workspace| {
        let pulsar = provision::pulsar::provision(workspace)?;
        // Most of the time, a test waits: for a window to end, for a broker to come back.
        let selection = ["--test", "pulsar", "--", "--test-threads=4"];
        let mut tests = cargo_test::command(workspace, selection);
        tests.env(BROKER, pulsar.program());
        Ok(cargo_test::run(tests)?)
    },
};
