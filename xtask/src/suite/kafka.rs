use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::cargo_test::Tests;
use super::{Needs, Suite};
use crate::compiler;
use crate::provision::maven;
use crate::workspace::{Workspace, run};

/// CKafka, played by Apache Kafka, on which it is based.
pub(super) const SUITE: Suite = Suite {
    name: "kafka",
    about: "records pulled as from CKafka, out of Apache Kafka",
    needs: Needs::Client,
    run: |workspace| {
        compiler::find()?;
        Tests::program(workspace, "kafka")
            .set("THINGRELAY_KAFKA", maven::kafka(workspace)?)
            .set("THINGRELAY_KAFKA_OLDER", maven::older_kafka(workspace)?)
            .set("THINGRELAY_WITH_CKAFKA", command(workspace))
            // Most tests wait most of the time.
            .set("RUST_TEST_THREADS", "4")
            .run()
    },
};

/// The command with the client.
fn command(workspace: &Workspace) -> PathBuf {
    workspace.provision().join("kafka/thingrelay")
}

/// Builds the command with the client, and copies it to another place. In its own place, it would
/// replace the command without the client, which is then built again without compiling anything.
pub(super) fn build_command(workspace: &Workspace) -> Result<()> {
    let build = |features: &[&'static str]| {
        let mut build = workspace.cargo(["build", "--bin", "thingrelay"]);
        run(build.args(workspace.selection()).args(features))
    };
    build(&["--features", "thingrelay-cli/ckafka"])?;
    let built = workspace.target().join("debug/thingrelay");
    let aside = command(workspace);
    // The file of a running program cannot be written.
    let _ = fs::remove_file(&aside);
    let directory = workspace.provision().join("kafka");
    fs::create_dir_all(directory)
        .and_then(|()| fs::copy(&built, &aside))
        .context("cannot put the command with the client aside")?;
    build(&[])
}
