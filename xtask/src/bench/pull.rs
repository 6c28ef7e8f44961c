//! `cargo xtask bench --pull`: how fast messages are pulled out of Tuya's message service, which
//! Apache Pulsar plays, into the embedded queue server, beside the same work in Python.
//!
//! # Layout
//!
//! - `service`: the message service as a process of its own.
//! - `puller`: the programs that pull: the function and its peer.
//! - `drain`: one invocation that finds many messages waiting, measured.
//! - `window`: the memory of a program that holds all that it may.
//! - `report`: the figures beside the goals.

mod drain;
mod puller;
mod report;
mod service;
mod window;

use std::path::Path;

use anyhow::Result;

use self::drain::Drain;
use self::puller::Puller;
use self::report::Report;
use self::service::{Reports, Service};
use super::released;
use crate::provision::{pulsar, python_peer};
use crate::suite::Failure;
use crate::workspace::{self, Workspace};

/// The program that is measured, and the queue server beside it.
const PACKAGES: [&str; 2] = ["tuya", "peer-queue"];

/// How many devices the messages come from, and how long their envelopes are, about.
const DEVICES: u32 = 500;
const BYTES: u32 = 600;

/// How many messages wait to fill the window: by their number, or by their length.
const HELD: u32 = 2_500;
const LONG_BYTES: u32 = 16_000;

/// What is measured, and how often.
pub(super) struct Plan<'a> {
    /// How often each program drains the service.
    pub(super) runs: u8,
    /// How many messages it finds there.
    pub(super) messages: u32,
    /// The directory of programs that are there; they are built without it.
    pub(super) programs: Option<&'a Path>,
}

/// Has the programs drain the service in turn, and reports the figures in Markdown.
pub(super) fn measure(workspace: &Workspace, plan: &Plan<'_>) -> Result<String> {
    let broker = match pulsar::provision(workspace) {
        Ok(pulsar) => pulsar.program(),
        Err(Failure::MissingTool(reason)) => anyhow::bail!("Apache Pulsar is needed: {reason}"),
        Err(Failure::Other(error)) => return Err(error),
    };
    let mut remarks = Vec::new();
    let python = match python_peer::provision(workspace) {
        Ok(python) => Some(python),
        Err(Failure::MissingTool(reason)) => {
            remarks.push(format!("the peer is left out: {reason}"));
            None
        }
        Err(Failure::Other(error)) => return Err(error),
    };
    let programs = released(workspace, &PACKAGES, plan.programs)?;
    // It is not measured, and most of it has been built for the tests.
    workspace::run(&mut workspace.cargo(["build", "--package", "peer-service"]))?;

    let queue = programs.join("peer-queue");
    let mut pullers = vec![Puller::function(&programs)];
    pullers.extend(python.as_ref().map(Puller::python));
    let mut service = Service::start(&workspace.target().join("debug/peer-service"), &broker)?;
    let reports = |messages, bytes| Reports {
        messages,
        devices: DEVICES,
        bytes,
    };
    let drained = reports(plan.messages, BYTES);
    for puller in &pullers {
        println!("{}: a first run, which is not counted", puller.name);
        drain::measure(puller, &mut service, &queue, &drained)?;
    }
    let mut drains: Vec<Vec<Drain>> = pullers.iter().map(|_| Vec::new()).collect();
    for run in 1..=plan.runs {
        for (puller, drains) in pullers.iter().zip(&mut drains) {
            let drain = drain::measure(puller, &mut service, &queue, &drained)?;
            println!(
                "{}, run {run} of {}: {:.0} a second",
                puller.name, plan.runs, drain.rate
            );
            drains.push(drain);
        }
    }
    let mut report = Report::new(plan);
    for (puller, drains) in pullers.iter().zip(&drains) {
        report.drained(puller.name, drains);
    }
    if let Some(function) = pullers.first() {
        for bytes in [BYTES, LONG_BYTES] {
            println!("{}: a full window", function.name);
            let window = window::measure(function, &mut service, &reports(HELD, bytes))?;
            report.held(bytes, &window);
        }
    }
    report.remark(remarks);
    Ok(report.to_string())
}
