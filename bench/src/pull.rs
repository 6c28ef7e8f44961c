//! `cargo xtask bench --pull`: measures how fast messages are pulled from Tuya's message service or
//! from CKafka into the embedded queue server, compared with the same work in Python.
//!
//! # Layout
//!
//! - `origin`: the platform whose messages are pulled, and its goals.
//! - `service`: the service from which messages are pulled.
//! - `tuya`: Tuya's message service, played by Apache Pulsar.
//! - `ckafka`: CKafka, played by Apache Kafka: a project is a topic and a group of the same name.
//! - `plan`: what is measured, and how often.
//! - `puller`: the programs that pull: the function and its peer.
//! - `surroundings`: the addresses that a program is given.
//! - `reader`: the client alone, without staging.
//! - `drain`: measures one invocation that finds many messages waiting.
//! - `window`: the memory of a program whose window is full.
//! - `report`: the figures, with the goals.

mod ckafka;
mod drain;
mod origin;
mod plan;
mod puller;
mod reader;
mod report;
mod service;
mod surroundings;
mod tuya;
mod window;

use std::path::Path;

use anyhow::Result;

use self::ckafka::Ckafka;
use self::drain::Drain;
pub(crate) use self::origin::Origin;
use self::plan::DEVICES;
pub(crate) use self::plan::Plan;
use self::puller::Puller;
use self::report::Report;
use self::service::{Reports, Service};
use self::tuya::Tuya;
use crate::peer::Peer;
use crate::programs::released;
use crate::queue;
use crate::sample::Sample;

/// Lets the programs drain the service in turn, and reports the figures in Markdown.
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
