//! `thingrelay dev`: runs the whole relay on one machine, in one process.
//!
//! The functions are those of the cloud, and they reach their queues through the AWS SDK over HTTP.
//! This module replaces the rest of the cloud.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`archive`]: keeps the messages in a folder.
//! * [`settings`]: the configuration, as the functions read it.
//! * [`demo`]: the sources of a run without a configuration.
//! * [`relay`]: all parts of a run, started and stopped in order.
//! * [`endpoint`]: the HTTP server in front of `verify` and `push`.
//! * [`pulling`]: pulls from the sources that are pulled.
//! * [`queues`]: the queues on the embedded server.
//! * [`event_source`]: hands batches from the staging queue to `consumer`.
//! * [`record`], [`response`]: messages as Lambda hands them to a function, and what the function's
//!   answer says about them.
//! * [`functions`]: the functions, in this process.
//! * [`lambda`]: the functions in `cargo lambda watch` instead.
//! * [`webhooks`]: a queue for each webhook, and the function `webhook` that sends its events.
//! * [`sqs`]: the calls to the embedded server.
//! * [`browser`]: opens the page in a browser.
//! * [`facts`]: the facts about a run that its page shows.
//! * [`guide`]: the text that is printed at the start.
//! * [`private_file`]: files that hold tokens.
//! * [`printer`], [`line`](mod@line), [`recent`]: prints each event once on standard output.
//! * [`dead_letters`], [`repeats`]: report messages that become dead letters, and dropped repeats.
//! * [`bookkeeping`]: writes the counters to the ledger in the data directory.
//! * [`balance`]: shows at the end whether the counters add up.

pub(crate) mod archive;
pub(crate) mod args;
pub(crate) mod balance;
pub(crate) mod bookkeeping;
pub(crate) mod browser;
pub(crate) mod dead_letters;
pub(crate) mod demo;
pub(crate) mod endpoint;
pub(crate) mod event_source;
pub(crate) mod facts;
pub(crate) mod functions;
pub(crate) mod guide;
pub(crate) mod lambda;
pub(crate) mod line;
pub(crate) mod printer;
pub(crate) mod private_file;
pub(crate) mod pulling;
pub(crate) mod queues;
pub(crate) mod recent;
pub(crate) mod record;
pub(crate) mod relay;
pub(crate) mod repeats;
pub(crate) mod response;
pub(crate) mod settings;
pub(crate) mod sqs;
pub(crate) mod targets;
pub(crate) mod webhooks;

pub(crate) use args::Args;

use crate::{
    output::{colour::Colour, counters, log::Log},
    page::{Page, Recorder, Watch},
    signals::Signals,
};
use args::PageAddress;
use bookkeeping::Bookkeeping;
use guide::{Emulator, Guide};
use lambda::handover::{self, Handover};
use printer::{Printer, Style};
use relay::{DRAIN_LIMIT, Relay};
use settings::Settings;
use std::{io, os::fd::AsFd, process::ExitCode, time::Duration};
use thingrelay::telemetry::Counters;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How long a source may be silent behind a public address until the terminal says where to look.
const SILENT: Duration = Duration::from_secs(60);

/// How long the end of the run may take, even if a part of it hangs.
const END_LIMIT: Duration = DRAIN_LIMIT.saturating_mul(3);

/// Runs until a signal comes, or until the reader of standard output has gone.
///
/// # Errors
/// The run cannot start; the error says why.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let log = Log::start(Colour::of(&io::stderr()))?;
    let ended = run_with(args, &log).await;
    log.finish().await;
    ended
}

async fn run_with(args: Args, log: &Log) -> anyhow::Result<ExitCode> {
    let (out, err) = (Colour::of(&io::stdout()), Colour::of(&io::stderr()));
    let mut signals = Signals::take(Some(END_LIMIT))?;
    let handover = match args.lambda {
        Some(_) => Some(Handover::find()?),
        None => None,
    };
    let files = &args.config.files;
    let demo = match &handover {
        _ if !files.is_empty() => Vec::new(),
        None => match &args.data {
            Some(directory) => demo::kept_in(directory)?,
            None => demo::sources()?,
        },
        Some(handover) => handover.sources()?,
    };
    let settings = match &handover {
        _ if !files.is_empty() => Settings::of_files(files)?,
        None => Settings::of_demo(&demo)?,
        Some(_) => Settings::of_document(&handover::document(&demo))?,
    };
    settings.warn();
    if !args.local_targets && args.lambda.is_none() {
        settings.require_credentials().await?;
    }
    let counters = Counters::install();
    let reader_gone = CancellationToken::new();
    let style = if args.json {
        Style::Json
    } else {
        Style::Readable(out)
    };
    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    let printer = Printer::start(stdout, style, reader_gone.clone())?;
    let page = match args.page() {
        Some(PageAddress::Given(address)) => Some(Page::bind(address, false).await?),
        Some(PageAddress::Preferred(address)) => Some(Page::bind(address, true).await?),
        None => None,
    };
    let watch = Watch::by(match &page {
        Some(_) => Recorder::keeping(usize::try_from(args.keep).unwrap_or(usize::MAX)),
        None => Recorder::off(),
    });
    let tokens = settings.tokens();
    let (mut relay, emulator) = match (&args.lambda, &handover) {
        (Some(url), Some(handover)) => {
            let started =
                Relay::start_around(url, handover, &args, settings, printer, &watch).await?;
            let (relay, change) = started;
            let emulator = Emulator {
                url,
                env_file: handover.env_file(),
                change,
            };
            (relay, Some(emulator))
        }
        _ => (Relay::start(&args, settings, printer, &watch).await?, None),
    };
    if emulator.is_none() && !args.listen.ip().is_loopback() {
        tracing::warn!(address = %relay.push_url(), "other machines than this one can reach the endpoint");
    }

    let mut books = match &args.data {
        Some(data) if emulator.is_none() => {
            let balance = relay.balance();
            Some(Bookkeeping::begin(data, counters.clone(), balance)?)
        }
        _ => None,
    };
    let kept = args.data.as_ref().map_or_else(
        || "in memory (--data DIR keeps them)".to_owned(),
        |data| format!("kept in {}", data.display()),
    );
    let endpoint = relay.push_url();
    let page_url = page.as_ref().map(Page::url);
    let guide = Guide {
        page: page_url.as_deref(),
        program: program(),
        endpoint: &endpoint,
        push_url: args.public_url.as_deref().unwrap_or(&endpoint),
        sources: relay.sources(),
        targets: relay.targets(),
        demo: &demo,
        queues: &relay.sqs_endpoint(),
        kept: &kept,
        emulator,
    };
    if args.json {
        log.tell(&guide.text(err));
    } else {
        relay.print(guide.text(out));
    }
    log.tell(&format!("sqs {}\n", relay.sqs_endpoint()));
    let _page = match page {
        Some(page) => {
            log.tell(&format!("page {}\n", page.url()));
            let (data, public) = (args.data.as_deref(), args.public_url.clone());
            let run = facts::of(&relay, tokens, data, public, counters.clone()).await?;
            Some(page.serve(watch, run))
        }
        None => None,
    };
    if let (true, Some(url)) = (args.open, &page_url) {
        browser::open(url);
    }

    let ended = async {
        relay.ready().await;
        log.tell(&format!("ready {}\n", relay.push_url()));
        if let Some(public) = &args.public_url {
            sleep(SILENT).await;
            log.tell(&guide::never_called(
                public,
                relay.sources(),
                &counters.counted(),
            ));
        }
        std::future::pending::<()>().await;
    };
    let keep = async {
        match &mut books {
            Some(books) => books.keep().await,
            None => std::future::pending().await,
        }
    };
    tokio::select! {
        () = ended => {}
        () = keep => {}
        _ = signals.next() => {
            let left = relay.left();
            if left > 0 {
                log.tell(&format!("messages left to forward: {left}; another signal ends the command at once\n"));
            }
        }
        // The process ends silently, like any other part of a pipeline.
        () = reader_gone.cancelled() => {}
    }
    let balance = relay.balance();
    let ended = async {
        relay.drain().await;
        relay.stop().await
    };
    let ended = tokio::select! {
        ended = ended => Some(ended),
        _ = signals.next() => None,
    };
    let (left, undelivered, unwritten) = match ended {
        Some(left) => (left.staged, left.undelivered, left.unwritten),
        None => (balance.left(), 0, 0),
    };
    if let Some(books) = &mut books {
        books.write();
    }
    if left > 0 {
        let fate = match args.data {
            Some(_) => "they are forwarded after the next start",
            None => "they lived in memory and are lost",
        };
        log.tell(&format!("messages not forwarded in time: {left}; {fate}\n"));
    }
    if undelivered > 0 {
        let fate = match args.data {
            Some(_) => "they are sent after the next start",
            None => "they lived in memory and are lost",
        };
        log.tell(&format!(
            "events not delivered to webhooks in time: {undelivered}; {fate}\n"
        ));
    }
    if unwritten > 0 {
        log.tell(&format!(
            "lines not written to standard output: {unwritten}; their events were forwarded\n"
        ));
    }
    if !reader_gone.is_cancelled() {
        let counts = counters.counted();
        log.tell(&counters::lines(&counts));
        log.tell(&balance.lines(&counts));
    }
    let is_lost = (left > 0 || undelivered > 0) && args.data.is_none();
    Ok(if ended.is_some() && unwritten == 0 && !is_lost {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// How the user starts this program: by cargo's alias in the checkout, or by its name.
fn program() -> &'static str {
    match std::env::var_os("CARGO") {
        Some(_) => "cargo thingrelay",
        None => "thingrelay",
    }
}
