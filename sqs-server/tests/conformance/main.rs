//! Checks a server against SQS's documentation, through the AWS SDK over a socket.
//!
//! Without `THINGRELAY_MINISTACK` the server is ours, started here, once in memory and once on
//! disk. With it, the cases run against the ministack at that URL. Arguments are parts of the names
//! of the cases to run; `--list` shows the cases and the pages that they follow.
//!
//! # Layout
//!
//! - `case`: a case.
//! - `case_error`: how a case fails.
//! - `page`: the pages of AWS's documentation.
//! - `server`: the server under test.
//! - `queue`: one queue, with the operations that nearly every case uses.
//! - `digest`: the MD5 sums of message attributes.
//! - `run`: runs the cases side by side and reports.
//! - `deviation`: the known differences of servers.
//! - All other modules hold the cases, one subject each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod attributes;
mod batches;
mod case;
mod case_error;
mod characters;
mod delays;
mod deviation;
mod digest;
mod fifo_attempts;
mod fifo_deduplication;
mod fifo_ids;
mod fifo_order;
mod fifo_redrive;
mod long_polling;
mod message_attributes;
mod messages;
mod moves;
mod page;
mod purging;
mod queue;
mod queues;
mod redrive;
mod run;
mod server;
mod sizes;
mod standard_groups;
mod tags;
mod visibility;

use std::env;
use std::process::ExitCode;

use case::Case;
use deviation::{Deviation, MINISTACK_DEVIATIONS};
use sqs_server::{Options, Server};

/// Every subject. Those that wait longest come first, so that the others run meanwhile.
const SUBJECTS: &[&[Case]] = &[
    long_polling::CASES,
    delays::CASES,
    visibility::CASES,
    moves::CASES,
    fifo_order::CASES,
    fifo_redrive::CASES,
    redrive::CASES,
    sizes::CASES,
    attributes::CASES,
    batches::CASES,
    characters::CASES,
    fifo_attempts::CASES,
    fifo_deduplication::CASES,
    fifo_ids::CASES,
    message_attributes::CASES,
    messages::CASES,
    purging::CASES,
    queues::CASES,
    standard_groups::CASES,
    tags::CASES,
];

/// The known differences of our own server: none.
const NO_DEVIATIONS: &[Deviation] = &[];

#[tokio::main]
async fn main() -> ExitCode {
    run::check_names(MINISTACK_DEVIATIONS, SUBJECTS);
    let selection = run::Selection::from_arguments(env::args().skip(1));
    let cases = selection.of(SUBJECTS);
    let succeeded = if selection.list {
        run::list(&cases)
    } else if let Ok(endpoint) = env::var("THINGRELAY_MINISTACK") {
        let endpoint = endpoint.trim_end_matches('/');
        run::run("ministack", endpoint, &cases, MINISTACK_DEVIATIONS).await
    } else {
        let directory = tempfile::tempdir().unwrap();
        let on_disk = Options {
            data: Some(directory.path().to_owned()),
            ..Options::default()
        };
        let memory = run_ours("sqs-server in memory", Options::default(), &cases).await;
        run_ours("sqs-server on disk", on_disk, &cases).await && memory
    };
    if succeeded {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

async fn run_ours(name: &str, options: Options, cases: &[Case]) -> bool {
    let server = Server::start(options).await.unwrap();
    let succeeded = run::run(name, &server.endpoint(), cases, NO_DEVIATIONS).await;
    server.stop().await;
    succeeded
}
