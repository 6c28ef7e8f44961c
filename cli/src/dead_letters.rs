//! `thingrelay dead-letters`: works on dead letters and on what is in quarantine.
//!
//! A queue can neither be filtered nor, if it is FIFO, be listed. So every command first takes the
//! messages out of the queues into a journal on disk. There they stay until they are staged again,
//! put back or dropped.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`taking`]: takes messages out of queues.
//! * [`list`](mod@list), [`show`](mod@show): what there is.
//! * [`redrive`](mod@redrive): stages messages again.
//! * [`put_back`](mod@put_back), [`drop`](mod@drop): the other ways out of the journal.

mod args;
mod drop;
mod list;
mod put_back;
mod redrive;
mod show;
pub(crate) mod taking;

pub(crate) use args::Args;

use crate::{
    output::{colour::Colour, log::Log},
    recovery::journal::Journal,
    signals::Signals,
};
use anyhow::bail;
use args::{Action, Chosen};
use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};
use taking::Taken;

/// How long a redrive waits for messages that another receiver has: without them, the order of a
/// device cannot be kept. SQS counts a deleted message for a while.
const PATIENCE: Duration = Duration::from_secs(60);

/// Does what the arguments say.
///
/// # Errors
/// The journal or a queue cannot be used.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let log = Log::start(Colour::of(&io::stderr()))?;
    let mut signals = Signals::take(None)?;
    let ended = act(args.action, &mut signals).await;
    log.finish().await;
    ended
}

async fn act(action: Action, signals: &mut Signals) -> anyhow::Result<ExitCode> {
    let chosen = action.chosen();
    let journal = Journal::open(&chosen.place.journal)?;
    let queues = chosen.place.open().await;
    let is_continued = matches!(action, Action::Redrive(_)) && journal.unfinished()?.is_some();
    if !is_continued {
        let patience = match action {
            Action::Redrive(_) => PATIENCE,
            _ => Duration::ZERO,
        };
        let taken = taking::take(&journal, &queues, patience, signals, |_| {}).await?;
        tell_taken(&taken, chosen, &journal)?;
        if taken.is_interrupted {
            return Ok(ExitCode::FAILURE);
        }
        if matches!(action, Action::Redrive(_)) && !taken.in_flight.is_empty() {
            bail!(
                "nothing was staged: without all messages of a device, their order cannot be kept"
            );
        }
    }
    match &action {
        Action::List(args) => list::list(&journal, args)?,
        Action::Show(args) => show::show(&journal, args)?,
        Action::Redrive(args) => return redrive::redrive(&journal, &queues, args, signals).await,
        Action::PutBack(args) => return put_back::put_back(&journal, &queues, args, signals).await,
        Action::Drop(args) => return drop::drop_all(&journal, args, signals).await,
    }
    Ok(ExitCode::SUCCESS)
}

/// Says what was taken, and where it is now, on standard error.
fn tell_taken(taken: &Taken, chosen: &Chosen, journal: &Journal) -> anyhow::Result<()> {
    let mut text = String::new();
    if taken.messages > 0 {
        text += &format!(
            "{} messages were taken out of their queues into {}: keep it until you have redriven, put back or dropped them\n",
            taken.messages,
            journal.directory().display(),
        );
    }
    for (queue, in_flight) in &taken.in_flight {
        text += &format!(
            "{in_flight} messages of {queue} are with another receiver, or were a moment ago: run the command again in a minute\n"
        );
    }
    if chosen.place.is_empty() && journal.len()? == 0 {
        text += "the journal is empty, and no queue is given: see --queue and --endpoint\n";
    }
    let _ = io::stderr().lock().write_all(text.as_bytes());
    Ok(())
}

/// Prints a result. Without a reader, there is nobody to tell.
fn tell(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}
