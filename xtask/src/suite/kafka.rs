use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{Suite, cargo_test};
use crate::compiler;
use crate::provision::kafka::{self, NEWEST, OLDER};
use crate::workspace::{Workspace, run};

/// The variable that passes the path of the program that starts a broker to the tests.
const BROKER: &str = "THINGRELAY_KAFKA";

/// The variable for the program that starts a broker of a version that CKafka offers.
const OLDER_BROKER: &str = "THINGRELAY_KAFKA_OLDER";

/// The variable that passes the path of the command with the client for CKafka to the tests.
const COMMAND: &str = "THINGRELAY_WITH_CKAFKA";

/// How many tests run in parallel: most of them wait most of the time.
const AT_ONCE: &str = "4";

/// CKafka, played by Apache Kafka, on which it is based.
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
        tests.env(COMMAND, build_command(workspace)?);
        tests.env("RUST_TEST_THREADS", AT_ONCE);
        Ok(cargo_test::run(workspace, tests)?)
    },
};

/// Builds the command with the client, and copies it to another place. In its own place, it would
/// replace the command without the client, which is then built again without compiling anything.
fn build_command(workspace: &Workspace) -> Result<PathBuf> {
    let build = |features: &[&'static str]| {
        let mut build = workspace.cargo(["build", "--bin", "thingrelay"]);
        run(build.args(workspace.selection()).args(features))
    };
    build(&["--features", "thingrelay-cli/ckafka"])?;
    let built = workspace.target().join("debug/thingrelay");
    let aside = workspace.provision().join("kafka/thingrelay");
    // The file of a running program cannot be written.
    let _ = fs::remove_file(&aside);
    fs::copy(&built, &aside).context("cannot put the command with the client aside")?;
    build(&[])?;
    Ok(aside)
}
