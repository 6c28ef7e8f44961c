//! `thingrelay replay`: stages messages of the archive again.
//!
//! # Layout
//!
//! * [`args`]: the arguments.

mod args;

pub(crate) use args::Args;

use crate::{
    archive::{
        hours::Hours,
        parts::Parts,
        place::{files, opened},
    },
    output::{colour::Colour, log::Log},
    progress::Progress,
    recovery::{
        asking::{Consent, ask},
        journal::Journal,
        plan::Plan,
        run::{Run, new_id},
        stager::{Counts, Progressed, Stager},
    },
    signals::Signals,
};
use anyhow::{Context, ensure};
use futures::TryStreamExt;
use std::{
    io::{self, Write},
    process::ExitCode,
};
use thingrelay::{
    aws::Aws,
    queue::{Queue, SendTimeout},
};

/// Replays the chosen messages, or continues the run that was interrupted.
///
/// # Errors
/// The archive, the journal or the staging queue cannot be used.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let log = Log::start(Colour::of(&io::stderr()))?;
    let mut signals = Signals::take(None)?;
    let ended = replay(&args, &mut signals).await;
    log.finish().await;
    ended
}

async fn replay(args: &Args, signals: &mut Signals) -> anyhow::Result<ExitCode> {
    let url = args.staging_queue();
    let url = url.context("no staging queue: give it with --staging-queue or --endpoint")?;
    args.require_target()?;
    let journal = Journal::open(&args.journal)?;
    let selection = args.choice();
    let run = match journal.unfinished()? {
        Some(run) => {
            ensure!(
                run.selection == selection,
                "the run {} is not finished: finish it with its own arguments, or delete {}",
                run.id,
                args.journal.display()
            );
            let pending = journal.pending()?;
            tell(&format!(
                "run       {}, not finished\nmessages  {pending} of {}\n",
                run.id, run.messages
            ));
            match ask(args.yes, "Continue?", signals).await {
                Consent::Yes => run,
                consent => return Ok(refused(consent)),
            }
        }
        None => {
            let Some(plan) = load(&journal, args, signals).await? else {
                return Ok(ExitCode::FAILURE);
            };
            tell(&plan.to_string());
            if let Some(target) = &args.target {
                tell(&format!("target    {target}, and no other\n"));
                if args.config.files.is_empty() {
                    tell("          the name is not checked: --config names the settings\n");
                }
            }
            let messages = plan.places.len() as u64;
            let consent = match plan.is_empty() {
                true => Consent::No,
                false => {
                    ask(
                        args.yes,
                        &format!("Stage {messages} messages again?"),
                        signals,
                    )
                    .await
                }
            };
            if consent != Consent::Yes {
                journal.remove()?;
                return Ok(refused(consent));
            }
            let run = Run {
                id: new_id(),
                target: args.target.clone(),
                archived: true,
                messages,
                is_probed: true,
                selection,
            };
            journal.begin(&run, &plan.places)?;
            tell(&format!("run       {}\n", run.id));
            run
        }
    };
    let aws = Aws::anywhere();
    let staging = Queue::open(&aws, url.clone(), SendTimeout::Background).await;
    let stager = Stager {
        journal: &journal,
        staging: &staging,
        webhook: None,
        rate: args.rate,
        progress: Progress::new(journal.pending()?),
    };
    let mut counts = Counts::default();
    let staged = stager.stage(&run, None, &mut counts, signals).await;
    stager.progress.finish();
    tell(&counts.to_string());
    if staged? == Progressed::Interrupted {
        tell("Interrupted. The same command continues the run.\n");
        return Ok(ExitCode::FAILURE);
    }
    journal.remove()?;
    Ok(match counts.left.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Copies the chosen messages into the journal, which sorts them. `None` at a signal.
async fn load(
    journal: &Journal,
    args: &Args,
    signals: &mut Signals,
) -> anyhow::Result<Option<Plan>> {
    // An earlier command may have been killed here.
    journal.clear()?;
    let loaded = tokio::select! {
        biased;
        _ = signals.next() => None,
        read = read(journal, args) => Some(read?),
    };
    let Some((unread, incomplete)) = loaded else {
        journal.clear()?;
        return Ok(None);
    };
    for (count, what) in [
        (unread, "lines of the files cannot be read"),
        (incomplete as u64, "messages lack a part"),
    ] {
        if count > 0 {
            let told = format!("{count} {what}, and are left out\n");
            let _ = io::stderr().lock().write_all(told.as_bytes());
        }
    }
    Ok(Some(Plan::make(journal, args.rate, Some)?))
}

/// Reads the files. Returns the number of lines that cannot be read, and of messages that lack a part.
async fn read(journal: &Journal, args: &Args) -> anyhow::Result<(u64, usize)> {
    let takes = |facts: &_| args.selection.takes(facts);
    let files = files(&args.places, Hours::of(&args.selection, args.late)).await?;
    let progress = Progress::new(files.len() as u64);
    let (mut unread, mut parts) = (0, Parts::default());
    let mut opened = opened(files);
    while let Some(file) = opened.try_next().await? {
        let name = file.name().to_owned();
        let read = file.each_batch(&mut parts, |arrivals| {
            journal.take(arrivals, takes)?;
            anyhow::Ok(())
        });
        unread += read.with_context(|| format!("cannot read {name}"))?;
        progress.done();
        // A signal ends the reading here.
        tokio::task::yield_now().await;
    }
    progress.finish();
    Ok((unread, parts.incomplete()))
}

fn refused(consent: Consent) -> ExitCode {
    if consent == Consent::Unasked {
        tell("Nothing was staged. Add --yes to stage the messages.\n");
    }
    ExitCode::SUCCESS
}

/// Prints a result. Without a reader, there is nobody to tell.
fn tell(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}
