//! `cargo xtask bench --cold`: measures a function until its first answer and afterwards, in
//! comparison with an empty function and the same function in other languages.
//!
//! # Layout
//!
//! - `subject`: the measured programs: the functions, the empty functions, the peers.
//! - `surroundings`: the queue server and the documents, on loopback.
//! - `event`: the events of the invocations.
//! - `start`: measures one start of a subject.
//! - `batches`: calls to SQS and milliseconds of Lambda, for a million messages.
//! - `package`: the size of the package to upload.
//! - `report`: the figures, with the goals.

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
use crate::programs::released;
use crate::queue;

/// The measured Rust programs, and the queue server.
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
    /// The directory of existing programs; without it, the programs are built.
    pub(crate) programs: Option<&'a Path>,
}

/// Starts the subjects in turn, again and again, and reports the figures in Markdown.
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
