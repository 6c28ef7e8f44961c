//! Looks for a message in journals.

use super::{Place, Whereabouts};
use crate::recovery::{journal::Journal, selection::Selection};
use std::path::PathBuf;

/// Looks into the journals in these directories, if there are any.
///
/// # Errors
/// A journal is damaged.
pub(super) fn look(
    directories: &[PathBuf],
    selection: &Selection,
    found: &mut Whereabouts<'_>,
) -> anyhow::Result<()> {
    for directory in directories {
        if !Journal::is_in(directory) {
            continue;
        }
        let journal = match Journal::open(directory) {
            Ok(journal) => journal,
            Err(error) => {
                found.gaps.push(error.to_string());
                continue;
            }
        };
        let mut sightings = Vec::new();
        journal.each(|place, facts| {
            if selection.takes(&facts) {
                sightings.push((place, facts));
            }
        })?;
        for (place, facts) in sightings {
            if let Some(kept) = journal.message(place)? {
                let place = Place::Journal(directory.display().to_string());
                found.see(place, &kept, facts);
            }
        }
    }
    Ok(())
}
