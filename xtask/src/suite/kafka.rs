use super::{Suite, cargo_test};
use crate::provision::{
    compiler,
    kafka::{self, NEWEST, OLDER},
};

/// The variable that tells the tests which program starts a broker, as a path.
const BROKER: &str = "THINGRELAY_KAFKA";

/// The same for a broker of a version that CKafka offers.
const OLDER_BROKER: &str = "THINGRELAY_KAFKA_OLDER";

/// CKafka, played by the software that it is made of.
pub(super) const SUITE: Suite = Suite {
    name: "kafka",
    about: "records pulled as from CKafka, out of Apache Kafka",
    needs_binaries: true,
    run: |workspace| {
        compiler::find()?;
        let newest = kafka::provision(workspace, &NEWEST)?;
        let older = kafka::provision(workspace, &OLDER)?;
        let mut tests = cargo_test::command(workspace, ["--test", "kafka"]);
        tests.env(BROKER, newest).env(OLDER_BROKER, older);
        Ok(cargo_test::run(tests)?)
    },
};
