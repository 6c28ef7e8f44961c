//! `cargo xtask bench --pull`: how fast messages are pulled out of Tuya's message service or out of
//! CKafka into the embedded queue server, beside the same work in Python.
//!
//! # Layout
//!
//! - `origin`: whose messages are pulled, and what is expected of that.
//! - `service`: what they are pulled from, as a process of its own.
//! - `puller`: the programs that pull: the function and its peer.
//! - `reader`: the client alone, which stages nothing.
//! - `drain`: one invocation that finds many messages waiting, measured.
//! - `window`: the memory of a program that holds all that it may.
//! - `report`: the figures beside the goals.

mod drain;
mod origin;
mod puller;
mod reader;
mod report;
mod service;
mod window;

use std::path::Path;

use anyhow::Result;

use self::drain::Drain;
pub(super) use self::origin::Origin;
use self::puller::Puller;
use self::report::Report;
use self::service::{Reports, Service};
use super::released;
use super::sample::Sample;
use crate::provision::python_peer;
use crate::suite::Failure;
use crate::workspace::{self, Workspace};

/// The queue server: package and program.
const QUEUE: &str = "peer-queue";

/// How many devices the messages come from.
const DEVICES: u32 = 500;

/// What is measured, and how often.
pub(super) struct Plan<'a> {
    /// Whose messages.
    pub(super) origin: Origin,
    /// How often each program drains the service.
    pub(super) runs: u8,
    /// How many messages it finds there, where it is not the origin's own number.
    pub(super) messages: Option<u32>,
    /// The directory of programs that are there; they are built without it.
    pub(super) programs: Option<&'a Path>,
}

impl Plan<'_> {
    /// How many messages a program finds there.
    fn messages(&self) -> u32 {
        self.messages.unwrap_or(self.origin.load().messages)
    }
}

/// Has the programs drain the service in turn, and reports the figures in Markdown.
pub(super) fn measure(workspace: &Workspace, plan: &Plan<'_>) -> Result<String> {
    let origin = plan.origin;
    let broker = match origin.broker(workspace) {
        Ok(broker) => broker,
        Err(Failure::MissingTool(reason)) => anyhow::bail!("something is missing: {reason}"),
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
    let mut packages = vec![origin.function(), QUEUE];
    packages.extend(origin.reader());
    let programs = released(workspace, &packages, plan.programs)?;
    // It is not measured, and most of it has been built for the tests.
    workspace::run(&mut workspace.cargo(["build", "--package", "peer-service"]))?;

    let queue = programs.join(QUEUE);
    let mut pullers = vec![Puller::function(origin, &programs)];
    pullers.extend(python.as_ref().map(|peer| Puller::python(origin, peer)));
    let program = workspace.target().join("debug/peer-service");
    let mut service = Service::start(&program, origin.word(), &broker)?;
    let reports = |messages, bytes| Reports {
        messages,
        devices: DEVICES,
        bytes,
    };
    let load = origin.load();
    let drained = reports(plan.messages(), load.bytes);
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
        report.drained(&puller.name, drains);
    }
    if let Some(function) = pullers.first() {
        for (messages, bytes) in load.held {
            println!("{}: a full window", function.name);
            let window = window::measure(function, &mut service, &reports(messages, bytes))?;
            report.held(bytes, &window);
        }
    }
    if origin.reader().is_some() {
        println!("the client alone");
        let rates = (0..plan.runs).map(|_| reader::measure(&programs, &mut service, &drained));
        let rate = Sample::of(rates.collect::<Result<Vec<_>>>()?).median();
        remarks.push(format!(
            "The client alone, which stages nothing, reads {rate:.0} a second."
        ));
    }
    report.remark(remarks);
    Ok(report.to_string())
}
