//! `cargo xtask bench --cold`: what a function takes until it has answered for the first time, and
//! after that, beside an empty function and the same function in other languages.
//!
//! # Layout
//!
//! - `subject`: what is measured: the functions, the empty ones, the peers.
//! - `surroundings`: the queue server and the documents, on loopback.
//! - `event`: what the functions are invoked with.
//! - `start`: one start of a subject, measured.
//! - `batches`: calls to SQS and milliseconds of Lambda, for a million messages.
//! - `package`: the size of what would be uploaded.
//! - `report`: the figures beside the goals.

mod batches;
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
use self::surroundings::Surroundings;
use crate::{queue, released};

/// The Rust programs that are measured, and the queue server beside them.
const PACKAGES: [&str; 6] = [
    "verify",
    "push",
    "consumer",
    "peer-empty",
    "peer-client",
    queue::PROGRAM,
];

/// What is measured, and how often.
pub(crate) struct Plan<'a> {
    /// How often each subject is started.
    pub(crate) starts: u16,
    /// The directory of programs that are there; they are built without it.
    pub(crate) programs: Option<&'a Path>,
}

/// Starts each subject in turn, over and over, and reports the figures in Markdown.
pub(crate) async fn measure(plan: &Plan<'_>) -> Result<String> {
    let programs = released(&PACKAGES, plan.programs)?;
    let directory = tempfile::tempdir()?;
    let mut surroundings = Surroundings::start(&programs, directory.path()).await?;
    start::stage(&programs, &mut surroundings).await?;
    let subjects = subject::all(&programs, &surroundings);
    let mut starts: Vec<Vec<Start>> = subjects.iter().map(|_| Vec::new()).collect();
    for turn in 1..=plan.starts {
        println!("start {turn} of {}", plan.starts);
        for (subject, starts) in subjects.iter().zip(&mut starts) {
            starts.push(start::measure(subject, &mut surroundings).await?);
        }
    }
    let mut report = Report::new(plan.starts);
    for (subject, starts) in subjects.iter().zip(starts) {
        let packed = package::size(&subject.package, directory.path());
        if let Some(reason) = packed.as_ref().err() {
            report.remark(format!("{}: no package: {reason:#}", subject.name));
        }
        report.add(subject, &starts, packed.ok());
    }
    let batches = batches::measure(&programs, &mut surroundings).await?;
    Ok(format!("{report}\n{batches}"))
}
