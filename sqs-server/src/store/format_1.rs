//! The first format of the tables: times by the wall clock, and receives that count once begun.

use redb::{ReadableTable, TableDefinition, WriteTransaction};
use serde::Deserialize;

use super::tables::{MESSAGES, MessageDocument, RECEIVES, TableError};
use crate::queue::Millis;
use crate::queue::message::{Arrival, Message};

const OLD_RECEIVES: TableDefinition<'_, (u64, u64), (u32, u32, u64, u64)> =
    TableDefinition::new("receives");

#[derive(Deserialize)]
struct OldDocument {
    message: Message,
}

/// Writes messages and receives in the present format. Delays have ended, and the age of every
/// message counts from now, so that no stored message expires because of the upgrade.
pub(super) fn upgrade(transaction: &WriteTransaction, now: Millis) -> Result<(), TableError> {
    let arrival = Arrival {
        aged_from: now,
        delayed_until: None,
    };
    let mut messages = transaction
        .open_table(MESSAGES)
        .map_err(redb::Error::from)?;
    let mut rewritten = Vec::new();
    for row in messages.iter().map_err(redb::Error::from)? {
        let (place, document) = row.map_err(redb::Error::from)?;
        let OldDocument { message } = serde_json::from_slice(document.value())?;
        let document = serde_json::to_vec(&MessageDocument { arrival, message })?;
        rewritten.push((place.value(), document));
    }
    for (place, document) in rewritten {
        messages
            .insert(place, document.as_slice())
            .map_err(redb::Error::from)?;
    }
    let old = transaction
        .open_table(OLD_RECEIVES)
        .map_err(redb::Error::from)?;
    let mut receives = transaction
        .open_table(RECEIVES)
        .map_err(redb::Error::from)?;
    for row in old.iter().map_err(redb::Error::from)? {
        let (place, counts) = row.map_err(redb::Error::from)?;
        let (total, here, first, receipt) = counts.value();
        receives
            .insert(place.value(), (total, here, first, receipt, false))
            .map_err(redb::Error::from)?;
    }
    drop(old);
    transaction
        .delete_table(OLD_RECEIVES)
        .map_err(redb::Error::from)?;
    Ok(())
}
