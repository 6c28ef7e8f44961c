//! Reads the tables at the start.

use std::sync::Arc;

use redb::{ReadTransaction, ReadableTable, TableError as RedbTableError};

use super::tables::{
    MESSAGES, META, MessageDocument, QUEUES, RECEIVES, SENDS, SendDocument, TableError, whole,
};
use crate::queue::message::{Message, Receives};
use crate::queue::{Millis, Queue, QueueRecord};
use crate::registry::Registry;

/// The last write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct LastWrite {
    pub(super) number: u64,
    pub(super) tick: Millis,
    pub(super) wall: Millis,
}

/// The format of the tables and their last write, if there is one.
pub(super) fn last_write(
    transaction: &ReadTransaction,
) -> Result<(u64, Option<LastWrite>), TableError> {
    let meta = match transaction.open_table(META) {
        Ok(meta) => meta,
        Err(RedbTableError::TableDoesNotExist(_)) => return Err(TableError::Foreign),
        Err(error) => return Err(redb::Error::from(error).into()),
    };
    let number = |name| {
        let value = meta.get(name).map_err(redb::Error::from)?;
        Ok::<_, TableError>(value.map(|value| value.value()))
    };
    let format = number("format")?.ok_or(TableError::Foreign)?;
    let last = number("tick")?.zip(number("wall")?);
    let commit = number("commit")?.unwrap_or(0);
    let last = last.map(|(tick, wall)| LastWrite {
        number: commit,
        tick,
        wall,
    });
    Ok((format, last))
}

/// Reads the tables into the registry.
pub(super) fn read(
    transaction: &ReadTransaction,
    registry: &mut Registry,
    now: Millis,
) -> Result<(), TableError> {
    let queues = transaction.open_table(QUEUES).map_err(redb::Error::from)?;
    for row in queues.iter().map_err(redb::Error::from)? {
        let (id, record) = row.map_err(redb::Error::from)?;
        let record: QueueRecord = serde_json::from_slice(record.value())?;
        let mut queue = Queue::new(record, now);
        read_messages(transaction, id.value(), &mut queue)?;
        registry.restore(queue);
    }
    Ok(())
}

fn read_messages(
    transaction: &ReadTransaction,
    id: u64,
    queue: &mut Queue,
) -> Result<(), TableError> {
    let messages = transaction
        .open_table(MESSAGES)
        .map_err(redb::Error::from)?;
    let received = transaction
        .open_table(RECEIVES)
        .map_err(redb::Error::from)?;
    for row in messages.range(whole(id)).map_err(redb::Error::from)? {
        let (place, document) = row.map_err(redb::Error::from)?;
        let document: MessageDocument<Message> = serde_json::from_slice(document.value())?;
        let receives = received
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
    let sends = transaction.open_table(SENDS).map_err(redb::Error::from)?;
    for row in sends.range(whole(id)).map_err(redb::Error::from)? {
        let (_, document) = row.map_err(redb::Error::from)?;
        let document: SendDocument = serde_json::from_slice(document.value())?;
        queue.restore_send(document.key, document.first);
    }
    Ok(())
}
