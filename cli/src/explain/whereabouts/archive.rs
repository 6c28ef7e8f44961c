//! Looks for a message in an archive, or in what `dead-letters drop` has written.

use super::{Place, Whereabouts};
use crate::{
    archive::{
        hours::Hours,
        parts::Parts,
        place::{self, files, opened},
    },
    recovery::selection::Selection,
};
use anyhow::Context;
use futures::TryStreamExt;

/// Looks into the files of these places.
///
/// # Errors
/// A file cannot be read.
pub(super) async fn look(
    places: &[place::Place],
    selection: &Selection,
    found: &mut Whereabouts<'_>,
) -> anyhow::Result<()> {
    let (mut unread, mut parts) = (0, Parts::default());
    let mut opened = opened(files(places, Hours::of(selection, None)).await?);
    while let Some(file) = opened.try_next().await? {
        let name = file.name().to_owned();
        let read = file.each_batch(&mut parts, |arrivals| {
            for arrival in arrivals {
                // Most messages are others, and finding out their events takes a while.
                if !selection.may_take(&arrival.kept.body) {
                    continue;
                }
                let facts = arrival.kept.facts();
                if selection.takes(&facts) {
                    found.see(Place::File(name.clone()), &arrival.kept, facts);
                }
            }
            Ok(())
        });
        unread += read.with_context(|| format!("cannot read {name}"))?;
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
