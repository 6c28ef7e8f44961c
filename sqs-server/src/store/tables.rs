//! The tables of the store, and how a change is written to them.

use redb::{Database, StorageError, Table, TableDefinition, WriteTransaction};
use serde::{Deserialize, Serialize};

use crate::queue::Moment;
use crate::queue::change::{Change, Place};
use crate::queue::deduplication::{FirstSend, Key};
use crate::queue::message::{Arrival, Flight, Message, Receives};

/// The version of the tables; a store of another version is refused.
pub(super) const FORMAT: u64 = 2;

/// `format` and its version; `commit`, `tick` and `wall`, the number and the time of
/// the last write.
pub(super) const META: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
/// A queue's id and its record in JSON.
pub(super) const QUEUES: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("queues");
/// A message's place and the message in JSON.
pub(super) const MESSAGES: TableDefinition<'_, (u64, u64), &[u8]> =
    TableDefinition::new("messages");
/// A message's place and its receives: in all queues, in this queue, time of the first (0: none),
/// number of the latest receipt, whether the last goes on.
pub(super) const RECEIVES: TableDefinition<'_, (u64, u64), ReceivesRow> =
    TableDefinition::new("received");
/// The place of a message that was sent in the last five minutes, and its deduplication id in JSON.
pub(super) const SENDS: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("sends");

/// The tables cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    #[error(transparent)]
    Database(#[from] redb::Error),
    #[error(transparent)]
    Document(#[from] serde_json::Error),
    #[error("it is a database of another kind")]
    Foreign,
    #[error("the database has panicked")]
    Panicked,
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
pub(super) struct SendDocument {
    pub(super) key: Key,
    pub(super) first: FirstSend,
}

/// The tables within one transaction.
pub(super) struct Tables<'t> {
    queues: Table<'t, u64, &'static [u8]>,
    messages: Table<'t, (u64, u64), &'static [u8]>,
    receives: Table<'t, (u64, u64), ReceivesRow>,
    sends: Table<'t, (u64, u64), &'static [u8]>,
}

/// Writes all the changes or none, and returns when they are on disk. `number` is one more than
/// that of the write before.
pub(super) fn write<'c>(
    database: &Database,
    number: u64,
    now: Moment,
    changes: impl Iterator<Item = &'c Change>,
) -> Result<(), TableError> {
    let transaction = database.begin_write().map_err(redb::Error::from)?;
    {
        let mut meta = transaction.open_table(META).map_err(redb::Error::from)?;
        note(&mut meta, number, now)?;
        let mut tables = Tables::open(&transaction)?;
        for change in changes {
            tables.write(change)?;
        }
    }
    transaction.commit().map_err(redb::Error::from)?;
    Ok(())
}

impl<'t> Tables<'t> {
    pub(super) fn open(transaction: &'t WriteTransaction) -> Result<Tables<'t>, redb::Error> {
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
}

/// Notes the write.
pub(super) fn note(
    meta: &mut Table<'_, &'static str, u64>,
    number: u64,
    now: Moment,
) -> Result<(), TableError> {
    for (name, value) in [("commit", number), ("tick", now.tick), ("wall", now.wall)] {
        meta.insert(name, value).map_err(redb::Error::from)?;
    }
    Ok(())
}

fn key(place: Place) -> (u64, u64) {
    (place.queue, place.sequence)
}

/// All places of one queue.
pub(super) fn whole(queue: u64) -> std::ops::RangeInclusive<(u64, u64)> {
    (queue, 0)..=(queue, u64::MAX)
}
