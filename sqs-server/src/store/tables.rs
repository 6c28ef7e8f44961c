//! The tables of the store, how a change is written to them, and how they are read at the start.

use std::sync::Arc;

use redb::{Database, ReadableTable, StorageError, Table, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use super::{DOWNTIME, format_1};
use crate::clock::Clock;
use crate::queue::change::{Change, Place};
use crate::queue::deduplication::{FirstSend, Key};
use crate::queue::message::{Arrival, Flight, Message, Receives};
use crate::queue::{Millis, Moment, Queue, QueueRecord};
use crate::registry::Registry;
use crate::registry::naming::Identity;

/// The version of the tables; a store of another version is refused.
const FORMAT: u64 = 2;

/// `format` and its version; `tick` and `wall`, the time of the last write.
const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// A queue's id and its record in JSON.
const QUEUES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("queues");
/// A message's place and the message in JSON.
pub(super) const MESSAGES: TableDefinition<'_, (u64, u64), &[u8]> =
    TableDefinition::new("messages");
/// A message's place and its receives: in all queues, in this queue, time of the first (0: none),
/// number of the latest receipt, whether the last goes on.
pub(super) const RECEIVES: TableDefinition<'_, (u64, u64), ReceivesRow> =
    TableDefinition::new("received");
/// The place of a message that was sent in the last five minutes, and its deduplication id in JSON.
const SENDS: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("sends");

/// Why the tables cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    #[error(transparent)]
    Database(#[from] redb::Error),
    #[error(transparent)]
    Document(#[from] serde_json::Error),
    #[error("it has format {0} and not {FORMAT}")]
    Format(u64),
}

pub(super) type ReceivesRow = (u32, u32, u64, u64, bool);

#[derive(Serialize, Deserialize)]
pub(super) struct MessageDocument<M> {
    pub(super) arrival: Arrival,
    pub(super) message: M,
}

#[derive(Serialize, Deserialize)]
struct SendDocument {
    key: Key,
    first: FirstSend,
}

/// The tables within one transaction.
struct Tables<'t> {
    queues: Table<'t, u64, &'static [u8]>,
    messages: Table<'t, (u64, u64), &'static [u8]>,
    receives: Table<'t, (u64, u64), ReceivesRow>,
    sends: Table<'t, (u64, u64), &'static [u8]>,
}

/// Makes tables that are not there, lets the clock go on, and puts what the tables keep into a
/// registry.
pub(super) fn load(
    database: &Database,
    identity: Identity,
    clock: &Clock,
) -> Result<Registry, TableError> {
    let transaction = database.begin_write().map_err(redb::Error::from)?;
    let registry = {
        let mut meta = transaction.open_table(META).map_err(redb::Error::from)?;
        let number = |name| {
            let value = meta.get(name).map_err(redb::Error::from)?;
            Ok::<_, TableError>(value.map(|value| value.value()))
        };
        let last = number("tick")?.zip(number("wall")?);
        let format = number("format")?;
        if let Some((tick, wall)) = last {
            let down = clock.now().wall.saturating_sub(wall);
            clock.begin_at(tick + down.clamp(*DOWNTIME.start(), *DOWNTIME.end()));
        }
        let now = clock.now();
        match format {
            Some(FORMAT) => {}
            Some(1) => format_1::upgrade(&transaction, now.tick)?,
            Some(other) => return Err(TableError::Format(other)),
            None => {}
        }
        for (name, value) in [("format", FORMAT), ("tick", now.tick), ("wall", now.wall)] {
            meta.insert(name, value).map_err(redb::Error::from)?;
        }
        let mut registry = Registry::new(identity, now);
        Tables::open(&transaction)?.read(&mut registry, now.tick)?;
        registry
    };
    transaction.commit().map_err(redb::Error::from)?;
    Ok(registry)
}

/// Writes the changes, all or none, and returns when they are on disk.
pub(super) fn write<'c>(
    database: &Database,
    now: Moment,
    changes: impl Iterator<Item = &'c Change>,
) -> Result<(), TableError> {
    let transaction = database.begin_write().map_err(redb::Error::from)?;
    {
        let mut meta = transaction.open_table(META).map_err(redb::Error::from)?;
        for (name, value) in [("tick", now.tick), ("wall", now.wall)] {
            meta.insert(name, value).map_err(redb::Error::from)?;
        }
        let mut tables = Tables::open(&transaction)?;
        for change in changes {
            tables.write(change)?;
        }
    }
    transaction.commit().map_err(redb::Error::from)?;
    Ok(())
}

impl<'t> Tables<'t> {
    fn open(transaction: &'t WriteTransaction) -> Result<Tables<'t>, redb::Error> {
        Ok(Tables {
            queues: transaction.open_table(QUEUES)?,
            messages: transaction.open_table(MESSAGES)?,
            receives: transaction.open_table(RECEIVES)?,
            sends: transaction.open_table(SENDS)?,
        })
    }

    fn write(&mut self, change: &Change) -> Result<(), TableError> {
        match change {
            Change::QueuePut(record) => {
                let document = serde_json::to_vec(record)?;
                self.queues
                    .insert(record.id, document.as_slice())
                    .map_err(redb::Error::from)?;
            }
            Change::QueueRemoved(queue) => {
                self.queues.remove(*queue).map_err(redb::Error::from)?;
                self.clear(*queue).map_err(redb::Error::from)?;
                self.sends
                    .retain_in(whole(*queue), |_, _| false)
                    .map_err(redb::Error::from)?;
            }
            Change::QueueCleared(queue) => self.clear(*queue).map_err(redb::Error::from)?,
            Change::MessagePut(place, message, arrival) => {
                let document = serde_json::to_vec(&MessageDocument::<&Message> {
                    arrival: *arrival,
                    message,
                })?;
                self.messages
                    .insert(key(*place), document.as_slice())
                    .map_err(redb::Error::from)?;
            }
            Change::MessageRemoved(place) => {
                self.messages
                    .remove(key(*place))
                    .map_err(redb::Error::from)?;
                self.receives
                    .remove(key(*place))
                    .map_err(redb::Error::from)?;
            }
            Change::MessageReceived(place, receives, flight) => {
                let first = receives.first.unwrap_or(0);
                let goes_on = *flight == Flight::GoesOn;
                let Receives {
                    total,
                    here,
                    receipt,
                    ..
                } = *receives;
                let value = (total, here, first, receipt, goes_on);
                self.receives
                    .insert(key(*place), value)
                    .map_err(redb::Error::from)?;
            }
            Change::SendRemembered(queue, key, first) => {
                let document = serde_json::to_vec(&SendDocument {
                    key: key.clone(),
                    first: first.clone(),
                })?;
                self.sends
                    .insert((*queue, first.sequence), document.as_slice())
                    .map_err(redb::Error::from)?;
            }
            Change::SendForgotten(place) => {
                self.sends.remove(key(*place)).map_err(redb::Error::from)?;
            }
        }
        Ok(())
    }

    fn clear(&mut self, queue: u64) -> Result<(), StorageError> {
        self.messages.retain_in(whole(queue), |_, _| false)?;
        self.receives.retain_in(whole(queue), |_, _| false)
    }

    fn read(&self, registry: &mut Registry, now: Millis) -> Result<(), TableError> {
        for row in self.queues.iter().map_err(redb::Error::from)? {
            let (id, record) = row.map_err(redb::Error::from)?;
            let record: QueueRecord = serde_json::from_slice(record.value())?;
            let mut queue = Queue::new(record, now);
            self.read_messages(id.value(), &mut queue)?;
            registry.restore(queue);
        }
        Ok(())
    }

    fn read_messages(&self, id: u64, queue: &mut Queue) -> Result<(), TableError> {
        let messages = self.messages.range(whole(id)).map_err(redb::Error::from)?;
        for row in messages {
            let (place, document) = row.map_err(redb::Error::from)?;
            let document: MessageDocument<Message> = serde_json::from_slice(document.value())?;
            let receives = self
                .receives
                .get(place.value())
                .map_err(redb::Error::from)?
                .map(|receives| {
                    let (total, here, first, receipt, goes_on) = receives.value();
                    let receives = Receives {
                        total,
                        here,
                        first: (first != 0).then_some(first),
                        receipt,
                    };
                    if goes_on {
                        receives.without_last()
                    } else {
                        receives
                    }
                });
            queue.restore(
                place.value().1,
                Arc::new(document.message),
                document.arrival,
                receives.unwrap_or_default(),
            );
        }
        for row in self.sends.range(whole(id)).map_err(redb::Error::from)? {
            let (_, document) = row.map_err(redb::Error::from)?;
            let document: SendDocument = serde_json::from_slice(document.value())?;
            queue.restore_send(document.key, document.first);
        }
        Ok(())
    }
}

fn key(place: Place) -> (u64, u64) {
    (place.queue, place.sequence)
}

/// All places of one queue.
fn whole(queue: u64) -> std::ops::RangeInclusive<(u64, u64)> {
    (queue, 0)..=(queue, u64::MAX)
}
