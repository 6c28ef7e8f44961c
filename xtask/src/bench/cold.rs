//! `cargo xtask bench --cold`: what a function takes until it has answered for the first time, and
//! after that, beside an empty function and the same function in other languages.
//!
//! # Layout
//!
//! - `subject`: what is measured: the functions, the empty ones, the peers.
//! - `surroundings`: the queue server and the documents, on loopback.
//! - `documents`: SSM and Secrets Manager, as far as a function reads its documents there.
//! - `event`: what the functions are invoked with.
//! - `start`: one start of a subject, measured.
//! - `package`: the size of what would be uploaded.
//! - `report`: the figures beside the goals.

mod documents;
mod event;
mod package;
mod report;
mod start;
mod subject;
mod surroundings;

use std::path::Path;

use anyhow::Result;

use self::report::Report;
use self::start::Start;
use self::subject::Peers;
use self::surroundings::Surroundings;
use super::released;
use crate::provision::{node_peer, python_peer};
use crate::suite::Failure;
use crate::workspace::Workspace;

/// The Rust programs that are measured, and the queue server beside them.
const PACKAGES: [&str; 6] = [
    "verify",
    "push",
    "consumer",
    "peer-empty",
    "peer-client",
    "peer-queue",
];

/// What is measured, and how often.
pub(super) struct Plan<'a> {
    /// How often each subject is started.
    pub(super) starts: u16,
    /// The directory of programs that are there; they are built without it.
    pub(super) programs: Option<&'a Path>,
}

/// Starts each subject in turn, over and over, and reports the figures in Markdown.
pub(super) fn measure(workspace: &Workspace, plan: &Plan<'_>) -> Result<String> {
    let mut remarks = Vec::new();
    let programs = released(workspace, &PACKAGES, plan.programs)?;
    let peers = Peers {
        python: optional(python_peer::provision(workspace), &mut remarks)?,
        node: optional(node_peer::provision(workspace), &mut remarks)?,
    };
    let directory = tempfile::tempdir()?;
    let surroundings = Surroundings::start(&programs, directory.path())?;
    start::stage(&programs, &surroundings)?;
    let mut subjects = subject::all(&programs, &peers, &surroundings);
    let mut starts: Vec<Vec<Start>> = subjects.iter().map(|_| Vec::new()).collect();
    for turn in 1..=plan.starts {
        println!("start {turn} of {}", plan.starts);
        for (subject, starts) in subjects.iter_mut().zip(&mut starts) {
            if subject.given_up {
                continue;
            }
            match start::measure(subject, &surroundings) {
                Ok(start) => starts.push(start),
                Err(error) => {
                    subject.given_up = true;
                    starts.clear();
                    remarks.push(format!("{}: not measured: {error:#}", subject.name));
                }
            }
        }
    }
    let zip = workspace.root().join("xtask/peers/zip.py");
    let mut report = Report::new(plan.starts);
    for (subject, starts) in subjects.iter().zip(starts) {
        let packed = package::size(&zip, &subject.package, directory.path());
        if let Some(reason) = packed.as_ref().err() {
            remarks.push(format!("{}: no package: {reason:#}", subject.name));
        }
        report.add(subject, &starts, packed.ok());
    }
    report.remark(remarks);
    Ok(report.to_string())
}

/// What needs a tool that this machine lacks is left out, and it is said.
fn optional<T>(peer: Result<T, Failure>, remarks: &mut Vec<String>) -> Result<Option<T>> {
    match peer {
        Ok(peer) => Ok(Some(peer)),
        Err(Failure::MissingTool(reason)) => {
            remarks.push(format!("a peer is left out: {reason}"));
            Ok(None)
        }
        Err(Failure::Other(error)) => Err(error),
    }
}
