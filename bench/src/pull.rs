//! `cargo xtask bench --pull`: how fast messages are pulled out of Tuya's message service or out of
//! CKafka into the embedded queue server, beside the same work in Python.
//!
//! # Layout
//!
//! - `origin`: whose messages are pulled, and what is expected of that.
//! - `service`: what they are pulled from.
//! - `tuya`: Tuya's message service, played by Apache Pulsar.
//! - `ckafka`: CKafka, played by Apache Kafka: a project is a topic and a group of its name.
//! - `puller`: the programs that pull: the function and its peer.
//! - `reader`: the client alone, which stages nothing.
//! - `drain`: one invocation that finds many messages waiting, measured.
//! - `window`: the memory of a program that holds all that it may.
//! - `report`: the figures beside the goals.

mod ckafka;
mod drain;
mod origin;
mod puller;
mod reader;
mod report;
mod service;
mod tuya;
mod window;

use std::path::Path;

use anyhow::Result;

use self::ckafka::Ckafka;
use self::drain::Drain;
pub(crate) use self::origin::Origin;
use self::puller::Puller;
use self::report::Report;
use self::service::{Reports, Service};
use self::tuya::Tuya;
use crate::peer::Peer;
use crate::sample::Sample;
use crate::{queue, released};

/// How many devices the messages come from.
const DEVICES: usize = 500;

/// What is measured, and how often.
pub(crate) struct Plan<'a> {
    /// Whose messages.
    pub(crate) origin: Origin,
    /// How often each program drains the service.
    pub(crate) runs: u8,
    /// How many messages it finds there, where it is not the origin's own number.
    pub(crate) messages: Option<u32>,
    /// The directory of programs that are there; they are built without it.
    pub(crate) programs: Option<&'a Path>,
}

impl Plan<'_> {
    /// How many messages a program finds there.
    fn messages(&self) -> usize {
        let said = self.messages.map(|messages| messages as usize);
        said.unwrap_or(self.origin.load().messages)
    }
}

/// Has the programs drain the service in turn, and reports the figures in Markdown.
pub(crate) async fn measure(plan: &Plan<'_>) -> Result<String> {
    let origin = plan.origin;
    let mut packages = vec![origin.function(), queue::PROGRAM];
    packages.extend(origin.reader());
    let programs = released(&packages, plan.programs)?;
    match origin {
        Origin::Tuya => drained(plan, &programs, &mut Tuya::start().await).await,
        Origin::Ckafka => drained(plan, &programs, &mut Ckafka::start().await).await,
    }
}

async fn drained(plan: &Plan<'_>, programs: &Path, service: &mut impl Service) -> Result<String> {
    let origin = plan.origin;
    let function = Puller::function(origin, programs);
    let python = Peer::python().map(|peer| Puller::python(origin, peer));
    let pullers: Vec<&Puller> = std::iter::once(&function).chain(&python).collect();
    let reports = |messages, bytes| Reports {
        messages,
        devices: DEVICES,
        bytes,
    };
    let load = origin.load();
    let waiting = reports(plan.messages(), load.bytes);
    for puller in &pullers {
        println!("{}: a first run, which is not counted", puller.name);
        drain::measure(puller, service, programs, &waiting).await?;
    }
    let mut drains: Vec<Vec<Drain>> = pullers.iter().map(|_| Vec::new()).collect();
    for run in 1..=plan.runs {
        for (puller, drains) in pullers.iter().zip(&mut drains) {
            let drain = drain::measure(puller, service, programs, &waiting).await?;
            let (name, runs) = (&puller.name, plan.runs);
            println!("{name}, run {run} of {runs}: {:.0} a second", drain.rate);
            drains.push(drain);
        }
    }
    let mut report = Report::new(plan);
    for (puller, drains) in pullers.iter().zip(&drains) {
        report.drained(&puller.name, drains);
    }
    for (messages, bytes) in load.held {
        println!("{}: a full window", function.name);
        let window = window::measure(&function, service, &reports(messages, bytes)).await?;
        report.held(bytes, &window);
    }
    if origin.reader().is_some() {
        println!("the client alone");
        let mut rates = Vec::new();
        for _ in 0..plan.runs {
            rates.push(reader::measure(programs, service, &waiting).await?);
        }
        let rate = Sample::of(rates).median();
        report.remark(format!(
            "The client alone, which stages nothing, reads {rate:.0} a second."
        ));
    }
    Ok(report.to_string())
}
