//! Sends records to the staging queue, those of a device in their order.

use crate::{BatchError, event::RecordValue, origin::SourcedRecord};
use std::collections::{HashMap, hash_map::Entry};
use thingrelay::{
    internal_event::InternalEvent,
    ordered::{Sender, Sequence, send_all},
    queue::SendError,
};
use thingrelay_core::{
    identity::MessageId,
    kafka::{self, Record},
    message::Message,
    staged::stand_in,
    timestamp::Timestamp,
};

/// A record that is about to be sent.
struct Outgoing<'a> {
    sourced: &'a SourcedRecord<'a>,
    id: MessageId,
}

/// Stages records. Returns their number.
///
/// # Errors
/// The queue did not accept all of them. Of a group, nothing was staged after the first record that
/// the queue did not accept.
pub async fn stage(
    staging: &impl Sender,
    records: &[SourcedRecord<'_>],
    received: Timestamp,
) -> Result<usize, BatchError> {
    let (arrivals, sequences) = by_group(records, received);
    let results = send_all(staging, &sequences).await;
    let mut failed = 0;
    let mut first_error = None;
    for ((arrivals, sequence), result) in arrivals.iter().zip(&sequences).zip(results) {
        let result = match result {
            Err(SendError::Permanent(_)) => one_by_one(staging, sequence).await,
            other => other,
        };
        match result {
            Ok(()) => arrivals.iter().for_each(Outgoing::record),
            Err(error) => {
                failed += arrivals.len();
                first_error.get_or_insert((arrivals, error));
            }
        }
    }
    match first_error {
        None => Ok(records.len()),
        Some((arrivals, error)) => {
            if let Some(Outgoing { sourced, .. }) = arrivals.first() {
                InternalEvent::StagingRetried {
                    source: &sourced.source.name,
                    error: &error.to_string(),
                }
                .emit();
            }
            Err(BatchError::NotStaged {
                failed,
                records: records.len(),
                source: error,
            })
        }
    }
}

/// A sequence for each group, its messages in the order of the records.
fn by_group<'a>(
    records: &'a [SourcedRecord<'a>],
    received: Timestamp,
) -> (Vec<Vec<Outgoing<'a>>>, Vec<Sequence>) {
    let mut places = HashMap::new();
    let mut arrivals: Vec<Vec<Outgoing<'a>>> = Vec::new();
    let mut sequences: Vec<Sequence> = Vec::new();
    for sourced in records {
        let source = sourced.source;
        let (id, message) = sourced
            .with_record(|record| kafka::to_stage(&source.name, source.platform, record, received));
        let group = message.fifo.as_ref().map(|fifo| fifo.group.clone());
        let place = match places.entry(group) {
            Entry::Occupied(entry) => *entry.get(),
            Entry::Vacant(entry) => {
                arrivals.push(Vec::new());
                sequences.push(Sequence {
                    messages: Vec::new(),
                });
                *entry.insert(sequences.len() - 1)
            }
        };
        if let (Some(arrivals), Some(sequence)) =
            (arrivals.get_mut(place), sequences.get_mut(place))
        {
            arrivals.push(Outgoing { sourced, id });
            sequence.messages.push(message);
        }
    }
    (arrivals, sequences)
}

/// Sends a group's messages again, after the queue refused one of them permanently. A reference to
/// the record takes the place of the refused message. The queue drops the messages that are already
/// staged.
async fn one_by_one(staging: &impl Sender, sequence: &Sequence) -> Result<(), SendError> {
    for message in &sequence.messages {
        match send(staging, message).await {
            Err(SendError::Permanent(_)) => {
                let no_stand_in = || SendError::Transient("the reference is refused".into());
                let stand_in = stand_in(message).ok_or_else(no_stand_in)?;
                send(staging, &stand_in).await?;
            }
            other => other?,
        }
    }
    Ok(())
}

async fn send(staging: &impl Sender, message: &Message) -> Result<(), SendError> {
    let no_answer = || Err(SendError::Transient("no answer for the message".into()));
    let results = staging.send_batch(&[message]).await;
    results.into_iter().next().unwrap_or_else(no_answer)
}

impl Outgoing<'_> {
    fn record(&self) {
        let source = &self.sourced.source.name;
        InternalEvent::Received {
            source: Some(source),
        }
        .emit();
        let id = self.id.as_str();
        InternalEvent::Accepted { source, id }.emit();
    }
}

impl SourcedRecord<'_> {
    /// A record that cannot be read goes as it came: it is not JSON, or the wrong JSON, and the
    /// consumer reports that.
    fn with_record<T>(&self, work: impl FnOnce(&Record<'_>) -> T) -> T {
        let record = &self.record;
        work(&Record {
            topic: &record.topic,
            partition: record.partition,
            offset: record.offset,
            timestamp: record.timestamp,
            key: record.key.as_deref(),
            value: match &record.value {
                RecordValue::Tombstone => None,
                RecordValue::Bytes(bytes) | RecordValue::Unreadable(bytes) => Some(bytes),
            },
        })
    }
}
