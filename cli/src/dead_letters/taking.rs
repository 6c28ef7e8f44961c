//! Takes messages out of queues.

use crate::{
    recovery::{
        journal::{Arrival, Journal},
        kept::{Facts, Kept},
    },
    signals::Signals,
};
use anyhow::Context;
use futures::future::join_all;
use std::time::Duration;
use thingrelay::queue::{Queue, ReceivedMessage};
use tokio::time::Instant;

/// How long a received message is hidden. It is deleted well before, unless this process ends. A
/// message that comes again is recognised.
const HIDDEN: Duration = Duration::from_secs(5);
/// The most receives of a queue at a time.
const MOST: usize = 8;
/// The most messages of a receive.
const FULL: usize = 10;

/// What was taken.
#[derive(Debug, Default)]
pub(crate) struct Taken {
    pub(crate) messages: u64,
    /// The names of the queues with messages that another receiver has, and how many.
    pub(crate) in_flight: Vec<(String, u64)>,
    /// Whether a signal ended the taking.
    pub(crate) is_interrupted: bool,
}

/// Takes messages until the queues are empty. Calls the function with the facts about each. Waits
/// that long for messages that another receiver has, such as a process that was killed.
///
/// # Errors
/// A queue or the journal cannot be used. What was taken is in the journal.
pub(crate) async fn take(
    journal: &Journal,
    queues: &[Queue],
    patience: Duration,
    signals: &mut Signals,
    mut look: impl FnMut(&Facts),
) -> anyhow::Result<Taken> {
    let mut taken = Taken::default();
    let until = Instant::now() + patience;
    for queue in queues {
        let name = queue.url().name();
        let of_queue = || format!("cannot take messages out of {}", queue.url());
        let mut width = 1;
        loop {
            if signals.count() > 0 {
                taken.is_interrupted = true;
                return Ok(taken);
            }
            let receives = (0..width).map(|_| queue.receive(HIDDEN));
            let received = join_all(receives).await.into_iter();
            let received: Result<Vec<_>, _> = received.collect();
            let received: Vec<ReceivedMessage> = received
                .with_context(of_queue)?
                .into_iter()
                .flatten()
                .collect();
            if received.is_empty() && width == 1 {
                let depth = queue.depth().await.with_context(of_queue)?;
                if depth.waiting + depth.in_flight > 0 && Instant::now() < until {
                    continue;
                }
                if depth.in_flight > 0 {
                    taken.in_flight.push((name.to_owned(), depth.in_flight));
                }
                break;
            }
            width = match received.len() {
                many if many >= width * FULL => (width * 2).min(MOST),
                _ => 1,
            };
            let (arrivals, receipts) = split(received, queue);
            let facts = journal.take(&arrivals, |_| true)?;
            facts.iter().for_each(&mut look);
            taken.messages += facts.len() as u64;
            let receipts: Vec<&str> = receipts.iter().map(String::as_str).collect();
            let deletes = join_all(receipts.chunks(FULL).map(|chunk| queue.delete(chunk))).await;
            for deleted in deletes {
                // A message that was not deleted comes again, and the journal knows it.
                if let Err(error) = deleted {
                    tracing::warn!(queue = name, %error, "taken messages are still on the queue");
                }
            }
        }
    }
    Ok(taken)
}

/// The messages for the journal, and their receipts.
fn split(received: Vec<ReceivedMessage>, queue: &Queue) -> (Vec<Arrival>, Vec<String>) {
    let url = queue.url();
    let parts = received.into_iter().map(|message| {
        let arrival = Arrival {
            key: format!("{}|{}", url.name(), message.message_id),
            kept: Kept {
                origin: url.to_string(),
                group: message.group,
                sequence: message.sequence,
                sent: message.sent_millis,
                attributes: message.attributes,
                body: message.body,
            },
        };
        (arrival, message.receipt)
    });
    parts.unzip()
}
