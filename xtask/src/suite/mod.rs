//! The test suites. A suite is a value in [`ALL`]; one that does more than start test programs has a
//! file of its own.

mod cargo_test;
mod elf;
mod fuzz;
mod kafka;
mod lambda;
mod outcome;
mod secrets;
mod template;
mod tools;

use anyhow::{Context, Result};

use crate::compiler;
use crate::program;
use crate::provision::{self, chromium, elasticmq, ministack, npm, python};
use crate::workspace::{self, Workspace};
use cargo_test::Tests;

pub(crate) use outcome::{Needs, Outcome, Suite};

/// The variables that pass what several suites provide to their tests: the URL of ministack, a Python
/// with the SAM CLI, and the directory of the receivers in Node.js.
const MINISTACK: &str = "THINGRELAY_MINISTACK";
const SAM_PYTHON: &str = "THINGRELAY_SAM_PYTHON";
const RECEIVER: &str = "THINGRELAY_RECEIVER";

/// Builds what suites need.
pub(crate) fn build(workspace: &Workspace, needs: Needs) -> Result<()> {
    if needs >= Needs::Programs {
        // The programs are built together with the tests, so that both have the same features and
        // the tests build nothing again.
        let mut build = workspace.cargo(["build", "--bins", "--tests"]);
        workspace::run(build.args(workspace.selection()))
            .context("the programs under test could not be built")?;
    }
    if needs >= Needs::Client && compiler::find().is_ok() {
        kafka::build_command(workspace)?;
    }
    Ok(())
}

/// The suite that runs alone, before the others: it builds for minutes with all cores, and the limits of tests beside it
/// would pass.
pub(crate) const FIRST: &str = template::SUITE.name;

/// Every suite, in the order in which they start.
pub(crate) const ALL: &[Suite] = &[
    template::SUITE,
    Suite {
        name: "unit",
        about: "the tests of every crate by itself, documentation examples included",
        needs: Needs::Nothing,
        run: |workspace| {
            let mut outcome = Tests::select(workspace, &["--tests"]).run()?;
            outcome += Tests::select(workspace, &["--doc"]).run()?;
            Ok(outcome)
        },
    },
    Suite {
        name: "e2e",
        about: "the whole way of a message, over real sockets and between real processes",
        needs: Needs::Programs,
        run: |workspace| {
            let python = python::install(workspace, "webhook");
            let python = python.map(|programs| programs.join("python"));
            let node = npm::receiver(workspace);
            Tests::program(workspace, "e2e")
                .set_or_skip("THINGRELAY_WEBHOOK_PYTHON", python, "webhook_python::")?
                .set_or_skip(RECEIVER, node, "webhook_node::")?
                .run()
        },
    },
    Suite {
        name: "documents",
        about: "commands, codes, fields and log lines in the documents",
        needs: Needs::Programs,
        run: |workspace| Tests::program(workspace, "documents").run(),
    },
    tools::SUITE,
    Suite {
        name: "sqs-conformance",
        about: "the embedded queue server against the documented behaviour of SQS",
        needs: Needs::Nothing,
        run: |workspace| {
            let tests = Tests::program(workspace, "conformance");
            tests.unset(MINISTACK).run()
        },
    },
    Suite {
        name: "simulation",
        about: "the functions, the AWS SDK and the queue server in one process, with faults by seed",
        needs: Needs::Nothing,
        run: |workspace| Tests::program(workspace, "simulation").run(),
    },
    Suite {
        name: "pulsar",
        about: "messages pulled as from Tuya's message service, out of Apache Pulsar",
        needs: Needs::Programs,
        run: |workspace| {
            Tests::program(workspace, "pulsar")
                .set("THINGRELAY_PULSAR", provision::pulsar::install(workspace)?)
                // A test waits most of the time: for a window to end, for a broker to come back.
                .set("RUST_TEST_THREADS", "4")
                .run()
        },
    },
    kafka::SUITE,
    Suite {
        name: "browser",
        about: "the page of `thingrelay dev` in Chromium, with axe",
        needs: Needs::Programs,
        run: |workspace| {
            Tests::program(workspace, "browser")
                .set("THINGRELAY_CHROMIUM", chromium::install()?)
                .set("THINGRELAY_AXE", npm::axe(workspace)?)
                .run()
        },
    },
    Suite {
        name: "readme",
        about: "every command of README.md as a new user types it, and its example",
        needs: Needs::Programs,
        run: |workspace| {
            // The programs in the printed commands, each with its Debian package.
            for (name, package) in [
                ("bash", "bash"),
                ("curl", "curl"),
                ("sha1sum", "coreutils"),
                ("od", "coreutils"),
            ] {
                program::find(name, package)?;
            }
            Tests::program(workspace, "readme").run()
        },
    },
    fuzz::SUITE,
    lambda::SUITE,
    // Two other servers, so that the embedded one does not rest on one reading of the documentation.
    Suite {
        name: "sqs-comparison",
        about: "the embedded queue server against ministack and ElasticMQ, command by command",
        needs: Needs::Nothing,
        run: |workspace| {
            let elasticmq = elasticmq::start(workspace)?;
            let ministack = ministack::start(workspace)?;
            Tests::program(workspace, "sqs-comparison")
                .set("THINGRELAY_ELASTICMQ", elasticmq.endpoint())
                .set(MINISTACK, ministack.endpoint())
                // What was compared is a result, too.
                .set("RUST_TEST_NOCAPTURE", "1")
                .run()
        },
    },
    Suite {
        name: "ministack",
        about: "conformance, staging, forwarding, settings, secrets, templates and examples against ministack, AWS not of our making",
        needs: Needs::Programs,
        run: |workspace| {
            let sam = provision::sam::Sam::install(workspace)?;
            let receiver = npm::receiver(workspace);
            let ministack = ministack::start(workspace)?;
            let conformance = Tests::program(workspace, "conformance");
            let mut outcome = conformance.set(MINISTACK, ministack.endpoint()).run()?;
            outcome += Tests::program(workspace, "ministack")
                .set(MINISTACK, ministack.endpoint())
                .set(SAM_PYTHON, sam.python())
                .set_or_skip(RECEIVER, receiver, "receiving::the_receiver_in_node")?
                .run()?;
            Ok(outcome)
        },
    },
];
