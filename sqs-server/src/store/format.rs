//! The format of the tables: creates them, and upgrades those of an older format.

use redb::Database;

use super::format_1;
use super::tables::{FORMAT, META, TableError, Tables, note};
use crate::queue::Moment;

/// Creates the tables of a new store, or upgrades those of an older format.
pub(super) fn make(
    database: &Database,
    format: Option<u64>,
    now: Moment,
) -> Result<(), TableError> {
    let transaction = database.begin_write().map_err(redb::Error::from)?;
    match format {
        None | Some(FORMAT) => {}
        Some(1) => format_1::upgrade(&transaction, now.tick)?,
        Some(other) => return Err(TableError::Format(other)),
    }
    {
        let mut meta = transaction.open_table(META).map_err(redb::Error::from)?;
        meta.insert("format", FORMAT).map_err(redb::Error::from)?;
        note(&mut meta, 0, now)?;
        Tables::open(&transaction)?;
    }
    transaction.commit().map_err(redb::Error::from)?;
    Ok(())
}
