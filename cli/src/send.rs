//! `thingrelay send`: plays the platform.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`plan`]: which messages there are: devices, numbers, bodies.
//! * [`ready`]: the devices whose next message may leave.
//! * [`pace`]: the rate.
//! * [`destination`]: where messages go, which tells whom to play.
//! * [`worker`]: sends one message after another, and the platform's retries.
//! * [`pushing`]: messages pushed over HTTP.
//! * [`producing`]: messages produced to Tuya's message service.
//! * [`ckafka`]: records produced to a Kafka that stands in for CKafka.
//! * [`tally`]: what became of the messages, and the summary.
//! * [`progress`]: the bar on a terminal.

pub mod args;
pub mod ckafka;
pub mod destination;
pub mod pace;
pub mod plan;
pub mod producing;
pub mod progress;
pub mod pushing;
pub mod ready;
pub mod tally;
pub mod worker;

pub use args::Args;

use crate::{
    dev::stop::Signals,
    platform::{Address, Connector, Signer, producer},
};
use anyhow::Context;
use destination::Destination;
use pace::Pace;
use plan::Plan;
use producing::Producing;
use progress::Progress;
use pushing::Pushing;
use ready::Ready;
use std::{
    io::{self, Write},
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};
use tally::{Summary, Tally};
use thingrelay_core::{
    secret::Secret,
    tuya::{Access, AccessKey, Endpoint},
};
use tokio::task::JoinSet;
use worker::{Link, Retries, Worker};

/// What may be wrong where a broker lets nobody produce.
const NOT_PRODUCING: &str = "\
The broker does not let us produce: as at Tuya, a project may consume its messages and produce none.
Give --producer-token, the bearer token of somebody who may.
";

/// What is said at a first Ctrl-C or SIGTERM.
const WAITS: &str = "Waiting for what is under way to be answered. A second Ctrl-C ends at once.";

/// Sends, and prints a summary. Succeeds only when every message was accepted.
///
/// Ctrl-C or SIGTERM ends it once what is under way is answered, a second one at once.
pub async fn run(args: Args) -> anyhow::Result<ExitCode> {
    anyhow::ensure!(
        args.platform
            .is_none_or(|platform| platform == args.url.platform()),
        "Tencent Cloud pushes to http:// and https://, Tuya's messages go to ws:// and wss://, \
         and records for CKafka to HOST:PORT"
    );
    let plan = Plan::new(&args)?;
    let summary = match args.url.clone() {
        Destination::Push(address) => {
            let link = pushing(&args, &address)?;
            play(&args, plan, link).await?
        }
        Destination::Broker(endpoint) => {
            let producing = producing(&args, &endpoint, &plan)?;
            let summary = play(&args, plan, || producing.clone()).await?;
            let refusals = ["http_401", "http_403"];
            if refusals.iter().any(|word| summary.tally.has_refused(word)) {
                // If nobody reads there, nobody is told.
                let _ = io::stderr().lock().write_all(NOT_PRODUCING.as_bytes());
            }
            summary
        }
        Destination::Kafka(brokers) => {
            let link = ckafka::link(&args, &brokers)?;
            let summary = play(&args, plan, || link.clone()).await?;
            if let Some(trouble) = link.trouble() {
                let _ = io::stderr().lock().write_all(trouble.as_bytes());
            }
            summary
        }
    };
    write!(io::stdout().lock(), "{summary}")?;
    Ok(if summary.all_accepted() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Makes a worker's way to an endpoint.
fn pushing(args: &Args, address: &Address) -> anyhow::Result<impl Fn() -> Pushing + use<>> {
    let token = given(args.token.as_ref())
        .context("the token is empty: give it with --token or in THINGRELAY_TOKEN")?;
    let connector = Connector::new(address)?;
    let family = args.header_family.unwrap_or(args.kind.header_family());
    let signer = Signer::new(address.clone(), token.clone(), family);
    let limit = Duration::from_secs_f64(args.timeout);
    Ok(move || Pushing {
        connector: connector.clone(),
        signer: signer.clone(),
        limit,
        connection: None,
    })
}

/// The way to a broker.
fn producing(args: &Args, endpoint: &Endpoint, plan: &Plan) -> anyhow::Result<Producing> {
    let id = args.access_id.clone();
    let id = id.context("whose messages are they? Give the project's --access-id")?;
    anyhow::ensure!(
        !args.get,
        "--get is the check of a push URL, which Tuya has not"
    );
    let key = given(args.access_key.as_ref()).context(
        "the access key is missing: give it with --access-key or in THINGRELAY_ACCESS_KEY",
    )?;
    let key = AccessKey::parse(key.expose())
        .context("an access key is at least 24 visible ASCII characters")?;
    let topic = args.environment.of_tuya().topic();
    let url = endpoint.producer_url(&id, topic);
    let access = Access::new(id, key);
    let who = match given(args.producer_token.as_ref()) {
        Some(token) => producer::Producing::Bearer(token.clone()),
        None => producer::Producing::Project(access.clone()),
    };
    let scheme = if endpoint.is_tls() { "https" } else { "http" };
    let address = format!("{scheme}://{}:{}/", endpoint.host(), endpoint.port());
    let connector = Connector::new(&address.parse()?)?;
    let limit = Duration::from_secs_f64(args.timeout);
    let producer = producer::Producer::new(connector, url, &who, limit)
        .context("the producer token has characters that no HTTP header can have")?;
    Ok(Producing {
        producer: Arc::new(producer),
        access,
        mode: args.encryption.mode(),
        protocol: plan.protocol().unwrap_or(args.protocol),
        attempts: Arc::default(),
    })
}

/// A secret that is not empty.
fn given(secret: Option<&Secret>) -> Option<&Secret> {
    secret.filter(|secret| !secret.expose().is_empty())
}

async fn play<L: Link + 'static>(
    args: &Args,
    plan: Plan,
    link: impl Fn() -> L,
) -> anyhow::Result<Summary> {
    let ready = Arc::new(Ready::new(plan.devices()));
    let pace = Arc::new(Pace::new(args.rate));
    let progress = Progress::new(plan.messages());
    let retries = if args.no_retry {
        Retries::None
    } else {
        Retries::Platform
    };
    let workers = args.concurrency.min(args.devices);

    let mut signals = Signals::take(None)?;
    let started = Instant::now();
    let mut tasks = JoinSet::new();
    let plan = Arc::new(plan);
    for _ in 0..workers {
        let worker = Worker {
            plan: Arc::clone(&plan),
            ready: Arc::clone(&ready),
            pace: Arc::clone(&pace),
            progress: progress.clone(),
            link: link(),
            retries,
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
            // The workers end after the answer that each is waiting for, and then without it.
            () = signals.next() => match signals.count() {
                1 => {
                    ready.close();
                    progress.tell(WAITS);
                }
                _ => ready.abandon(),
            },
        }
    }
    progress.finish();
    Ok(Summary {
        messages: plan.messages(),
        devices: plan.device_count(),
        elapsed: started.elapsed(),
        tally,
    })
}
