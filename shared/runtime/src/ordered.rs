//! Sends that keep the order of each group under partial failure.
//!
//! A call that sends ten messages may fail for one of them. If it held two messages of one group,
//! the second could be accepted before the first. So a call holds at most one message of a group,
//! and no two calls that are under way hold messages of one group. A queue that does not keep the
//! order gets full calls: see [`Sender::keeps_order`].

use crate::{
    queue::{MAX_BATCH, Queue},
    send_error::SendError,
};
use futures::stream::{self, StreamExt};
use std::collections::HashSet;
use thingrelay_core::message::{MAX_BYTES, Message};

/// The most calls under way at a time. Each needs a connection.
const MAX_CALLS: usize = 8;

/// Messages that belong together, in their order: the events of a staged record, for example.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sequence<M = Message> {
    /// In the order that each group must keep.
    pub messages: Vec<M>,
}

/// A receiver that accepts up to ten messages per call: a queue, or another receiver with such
/// calls.
pub trait Sender<M: AsRef<Message> = Message> {
    /// Returns one result for each message, in their order.
    fn send_batch(
        &self,
        messages: &[&M],
    ) -> impl Future<Output = Vec<Result<(), SendError>>> + Send;

    /// Whether the receiver keeps the order of a group's messages. If it does not, messages of one
    /// group are sent together.
    fn keeps_order(&self) -> bool {
        true
    }

    /// The bytes of a message in a call.
    fn size(&self, message: &M) -> usize {
        message.as_ref().body.len()
    }

    /// The most bytes of a call. A larger message gets a call of its own.
    fn max_call_bytes(&self) -> usize {
        MAX_BYTES
    }
}

impl<M: AsRef<Message> + Sync> Sender<M> for Queue {
    async fn send_batch(&self, messages: &[&M]) -> Vec<Result<(), SendError>> {
        let messages: Vec<&Message> = messages.iter().map(|message| (*message).as_ref()).collect();
        Queue::send_batch(self, &messages).await
    }

    fn keeps_order(&self) -> bool {
        self.url().is_fifo()
    }
}

/// The sends to one queue in the course of one piece of work, such as an invocation.
///
/// It remembers the groups of messages that were not accepted. Later messages of these groups are
/// not sent, since they would overtake those messages.
#[derive(Debug, Default)]
pub struct SendSession {
    blocked: HashSet<String>,
}

/// Sends sequences as [`SendSession::send_all`] does, in a session of their own.
///
/// # Errors
/// Those of [`SendSession::send_all`].
pub async fn send_all<M: AsRef<Message> + Sync>(
    sender: &impl Sender<M>,
    sequences: &[Sequence<M>],
) -> Vec<Result<(), SendError>> {
    SendSession::default().send_all(sender, sequences).await
}

impl SendSession {
    /// Sends the messages of all sequences, at most one of a group at a time if the queue keeps the
    /// order, and returns a result for each sequence.
    ///
    /// After a transient failure, the rest of the sequence is not sent. Neither is a later
    /// sequence, in this call or in the next ones, that has a message of the same groups. After a
    /// permanent failure they are sent: the refused message will never be on the queue, so nothing
    /// can overtake it.
    ///
    /// # Errors
    /// If a sequence had failures of both kinds, the transient one: the sequence has to be sent
    /// again.
    pub async fn send_all<M: AsRef<Message> + Sync>(
        &mut self,
        sender: &impl Sender<M>,
        sequences: &[Sequence<M>],
    ) -> Vec<Result<(), SendError>> {
        let mut progress: Vec<Progress<'_, M>> = sequences.iter().map(Progress::new).collect();
        loop {
            let (round, blocked) = if sender.keeps_order() {
                next_round(&mut progress, &self.blocked)
            } else {
                (all_open(&progress), HashSet::new())
            };
            if round.is_empty() {
                self.blocked = blocked;
                return progress.into_iter().map(Progress::into_result).collect();
            }
            let calls = into_calls(sender, sequences, round);
            // Collected, so that the future is `Send` whatever the lifetimes of the calls.
            let sends = calls.iter().map(|call| async {
                let messages: Vec<&M> = call.iter().map(|picked| picked.message).collect();
                sender.send_batch(&messages).await
            });
            let sends: Vec<_> = sends.collect();
            let answers: Vec<_> = stream::iter(sends).buffered(MAX_CALLS).collect().await;
            for (call, answer) in calls.iter().zip(answers) {
                let mut answer = answer.into_iter();
                for picked in call {
                    let result = answer.next().unwrap_or_else(|| {
                        Err(SendError::Transient("no answer for the message".into()))
                    });
                    if let Some(progress) = progress.get_mut(picked.sequence) {
                        progress.settle(picked.index, result);
                    }
                }
            }
        }
    }
}

struct Progress<'a, M> {
    sequence: &'a Sequence<M>,
    settled: Vec<bool>,
    transient: Option<SendError>,
    permanent: Option<SendError>,
}

#[derive(Clone, Copy)]
struct Pick {
    sequence: usize,
    index: usize,
}

struct Picked<'a, M> {
    sequence: usize,
    index: usize,
    message: &'a M,
}

impl<'a, M: AsRef<Message>> Progress<'a, M> {
    fn new(sequence: &'a Sequence<M>) -> Self {
        Progress {
            sequence,
            settled: vec![false; sequence.messages.len()],
            transient: None,
            permanent: None,
        }
    }

    /// A message that was not accepted for now stays open.
    fn settle(&mut self, index: usize, result: Result<(), SendError>) {
        match result {
            Ok(()) => {}
            Err(error @ SendError::Transient(_)) => {
                self.transient.get_or_insert(error);
                return;
            }
            Err(error @ SendError::Permanent(_)) => {
                self.permanent.get_or_insert(error);
            }
        }
        if let Some(settled) = self.settled.get_mut(index) {
            *settled = true;
        }
    }

    fn open(&self) -> impl Iterator<Item = (usize, &'a M)> {
        let messages = self.sequence.messages.iter().enumerate();
        let settled = self.settled.iter().copied();
        messages
            .zip(settled)
            .filter_map(|(open, settled)| (!settled).then_some(open))
    }

    fn has_open_of(&self, groups: &HashSet<String>) -> bool {
        let mut open = self.open().filter_map(|(_, message)| group(message));
        open.any(|group| groups.contains(group))
    }

    fn into_result(self) -> Result<(), SendError> {
        self.transient.or(self.permanent).map_or(Ok(()), Err)
    }
}

/// The first open message of each group, over all sequences that have not failed; and the groups
/// that the failed sequences block for later ones.
fn next_round<M: AsRef<Message>>(
    progress: &mut [Progress<'_, M>],
    blocked_before: &HashSet<String>,
) -> (Vec<Pick>, HashSet<String>) {
    let mut blocked = blocked_before.clone();
    let mut taken = HashSet::new();
    let mut round = Vec::new();
    for (sequence, progress) in progress.iter_mut().enumerate() {
        if progress.transient.is_none() && progress.has_open_of(&blocked) {
            let error = "an earlier message of its group was not accepted";
            progress.transient = Some(SendError::Transient(error.into()));
        }
        if progress.transient.is_some() {
            let groups = progress.open().filter_map(|(_, message)| group(message));
            blocked.extend(groups.map(str::to_owned));
            continue;
        }
        for (index, message) in progress.open() {
            if group(message).is_none_or(|group| taken.insert(group)) {
                round.push(Pick { sequence, index });
            }
        }
    }
    (round, blocked)
}

/// All open messages of the sequences that have not failed.
fn all_open<M: AsRef<Message>>(progress: &[Progress<'_, M>]) -> Vec<Pick> {
    let sequences = progress.iter().enumerate();
    let sequences = sequences.filter(|(_, progress)| progress.transient.is_none());
    let picks = sequences.flat_map(|(sequence, progress)| {
        let open = progress.open();
        open.map(move |(index, _)| Pick { sequence, index })
    });
    picks.collect()
}

fn group(message: &impl AsRef<Message>) -> Option<&str> {
    let fifo = message.as_ref().fifo.as_ref();
    fifo.map(|fifo| fifo.group.as_str())
}

/// Splits a round into calls within the limits of the receiver.
fn into_calls<'a, M: AsRef<Message>>(
    sender: &impl Sender<M>,
    sequences: &'a [Sequence<M>],
    round: Vec<Pick>,
) -> Vec<Vec<Picked<'a, M>>> {
    let mut calls: Vec<Vec<Picked<'_, M>>> = Vec::new();
    let mut bytes = 0;
    for Pick { sequence, index } in round {
        let Some(message) = sequences
            .get(sequence)
            .and_then(|sequence| sequence.messages.get(index))
        else {
            continue;
        };
        let size = sender.size(message);
        bytes += size;
        let picked = Picked {
            sequence,
            index,
            message,
        };
        match calls.last_mut() {
            Some(call) if call.len() < MAX_BATCH && bytes <= sender.max_call_bytes() => {
                call.push(picked)
            }
            _ => {
                bytes = size;
                calls.push(vec![picked]);
            }
        }
    }
    calls
}

#[cfg(test)]
mod tests;
