//! Puts messages back into the queues that they come from.

use super::{args, tell};
use crate::{
    recovery::{
        journal::{Journal, Place},
        kept::Kept,
    },
    signals::Signals,
};
use anyhow::{Context, bail};
use std::{collections::BTreeMap, process::ExitCode};
use thingrelay::{
    ordered::{Sequence, send_all},
    queue::Queue,
};
use thingrelay_core::{
    identity::FieldHasher,
    message::{Fifo, Message},
};

/// How many messages are sent together.
const TOGETHER: usize = 50;

/// Puts the chosen messages back, in order.
///
/// # Errors
/// A queue is not given, or does not take messages. What was put back has left the journal.
pub(super) async fn put_back(
    journal: &Journal,
    queues: &[Queue],
    args: &args::PutBack,
    signals: &mut Signals,
) -> anyhow::Result<ExitCode> {
    let mut by_queue: BTreeMap<String, Vec<Place>> = BTreeMap::new();
    journal.each(|place, facts| {
        if args.chosen.takes(&facts) {
            by_queue.entry(name(&facts.origin)).or_default().push(place);
        }
    })?;
    let mut count = 0_usize;
    for (name, places) in by_queue {
        let queue = queues.iter().find(|queue| queue.url().name() == name);
        let queue = queue.with_context(|| {
            format!(
                "{} messages come from the queue {name}: give it with --queue",
                places.len()
            )
        })?;
        for places in places.chunks(TOGETHER) {
            if signals.count() > 0 {
                tell(&format!("put back  {count}\nInterrupted.\n"));
                return Ok(ExitCode::FAILURE);
            }
            let mut messages = Vec::new();
            for place in places {
                if let Some(kept) = journal.message(*place)? {
                    messages.push((*place, kept));
                }
            }
            if messages.iter().any(|(_, kept)| !kept.attributes.is_empty()) {
                for (place, kept) in messages {
                    with_attributes(queue, place, kept).await?;
                    journal.settle(&[place], &[])?;
                    count += 1;
                }
                continue;
            }
            let messages = messages.into_iter().map(|(place, kept)| {
                let messages = vec![message(place, kept)];
                (place, Sequence { messages })
            });
            let (sent, sequences): (Vec<Place>, Vec<Sequence<Message>>) = messages.unzip();
            let results = send_all(queue, &sequences).await;
            let error = results
                .iter()
                .find_map(|result| result.as_ref().err().cloned());
            let done = sent.into_iter().zip(&results);
            let done = done.filter_map(|(place, result)| result.is_ok().then_some(place));
            let done: Vec<Place> = done.collect();
            journal.settle(&done, &[])?;
            count += done.len();
            if let Some(error) = error {
                bail!("put back {count}; the queue {name} does not take messages: {error}");
            }
        }
    }
    if journal.pending()? == 0 {
        journal.end()?;
    }
    tell(&format!(
        "put back        {count}\nin the journal  {}\n",
        journal.len()?
    ));
    Ok(ExitCode::SUCCESS)
}

/// Puts a message back with its attributes: a webhook's dead letters have some.
async fn with_attributes(queue: &Queue, place: Place, mut kept: Kept) -> anyhow::Result<()> {
    let attributes = std::mem::take(&mut kept.attributes);
    let attributes = attributes
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()));
    let attributes: Vec<(&str, String)> = attributes.collect();
    let sent = queue.send_with(&message(place, kept), &attributes).await;
    sent.with_context(|| format!("the queue {} does not take messages", queue.url().name()))
}

fn name(origin: &str) -> String {
    origin.rsplit('/').next().unwrap_or_default().to_owned()
}

/// The same message. Its deduplication id is the same if this is tried again.
fn message((received, sequence, number): Place, kept: Kept) -> Message {
    let id = FieldHasher::new("put back")
        .field(kept.body.as_bytes())
        .field(&received.to_be_bytes())
        .field(&sequence.to_be_bytes())
        .field(&number.to_be_bytes())
        .into_message_id();
    Message {
        body: kept.body,
        fifo: kept.group.map(|group| Fifo {
            group,
            deduplication: id.to_string(),
        }),
    }
}
