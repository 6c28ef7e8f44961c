//! Looks for a message in files: an archive, or what `dead-letters drop` has written.

use super::{Place, Whereabouts};
use crate::{
    recovery::selection::Selection,
    replay::{files, parts::Parts},
};
use anyhow::Context;
use std::path::PathBuf;

/// Looks into the files of these paths.
///
/// # Errors
/// A file cannot be read.
pub(super) fn look(
    paths: &[PathBuf],
    selection: &Selection,
    found: &mut Whereabouts<'_>,
) -> anyhow::Result<()> {
    let (mut unread, mut parts) = (0, Parts::default());
    for file in files::files(paths)? {
        if files::hour(&file).is_some_and(|hour| !selection.takes_of_hour(hour)) {
            continue;
        }
        unread += files::each_batch(&file, &mut parts, |arrivals| {
            for arrival in arrivals {
                // Most messages are others, and finding out their events takes a while.
                if !selection.may_take(&arrival.kept.body) {
                    continue;
                }
                let facts = arrival.kept.facts();
                if selection.takes(&facts) {
                    let place = Place::File(file.display().to_string());
                    found.see(place, &arrival.kept, facts);
                }
            }
            Ok(())
        })
        .with_context(|| format!("cannot read {}", file.display()))?;
    }
    if unread > 0 {
        let gap = format!("{unread} lines of the files cannot be read");
        found.gaps.push(gap);
    }
    if parts.incomplete() > 0 {
        let gap = format!("{} messages of the files lack a part", parts.incomplete());
        found.gaps.push(gap);
    }
    Ok(())
}
