//! `thingrelay send`: plays the platform.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`plan`]: which messages there are: devices, numbers, bodies.
//! * [`ready`]: the devices whose next message may leave.
//! * [`pace`]: the rate.
//! * [`worker`]: one connection that sends, and the platform's retries.
//! * [`tally`]: what became of the messages, and the summary.
//! * [`progress`]: the bar on a terminal.

pub mod args;
pub mod pace;
pub mod plan;
pub mod progress;
pub mod ready;
pub mod tally;
pub mod worker;

pub use args::Args;

use crate::platform::{Connector, Signer};
use pace::Pace;
use plan::Plan;
use progress::Progress;
use ready::Ready;
use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use tally::{Summary, Tally};
use tokio::{
    signal::unix::{SignalKind, signal},
    task::JoinSet,
};
use worker::{Retries, Worker};

/// Sends, and prints a summary. Succeeds only when every message was accepted.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        !args.token.expose().is_empty(),
        "the token is empty: give it with --token or in THINGRELAY_TOKEN"
    );
    let plan = Plan::new(&args)?;
    let connector = Connector::new(&args.url)?;
    let ready = Arc::new(Ready::new(plan.devices()));
    let pace = Arc::new(Pace::new(args.rate));
    let progress = Progress::new(plan.messages());
    let family = args.header_family.unwrap_or(args.kind.header_family());
    let retries = if args.no_retry {
        Retries::None
    } else {
        Retries::Platform
    };
    let workers = args.concurrency.min(args.devices);

    let mut interrupt = signal(SignalKind::interrupt())?;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    let plan = Arc::new(plan);
    for _ in 0..workers {
        let worker = Worker {
            plan: Arc::clone(&plan),
            ready: Arc::clone(&ready),
            pace: Arc::clone(&pace),
            progress: progress.clone(),
            connector: connector.clone(),
            signer: Signer::new(args.url.clone(), args.token.clone(), family),
            retries,
            limit: Duration::from_secs_f64(args.timeout),
        };
        tasks.spawn(worker.run());
    }
    let mut tally = Tally::default();
    loop {
        tokio::select! {
            finished = tasks.join_next() => match finished {
                Some(finished) => tally.merge(finished?),
                None => break,
            },
            // The workers end after the answer that each is waiting for.
            _ = interrupt.recv() => ready.close(),
        }
    }
    progress.finish();
    let summary = Summary {
        messages: plan.messages(),
        devices: plan.device_count(),
        elapsed: started.elapsed(),
        tally,
    };
    write!(io::stdout().lock(), "{summary}")?;
    Ok(if summary.all_accepted() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
