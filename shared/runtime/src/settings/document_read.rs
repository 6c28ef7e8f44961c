//! One reading of the documents, and whether it was cut in two by a freeze.
//!
//! Lambda freezes a sandbox between its invocations, with whatever runs in it. A reading that was
//! under way goes on minutes later: what it gives is old by then, and that it failed says nothing of
//! the documents. The kernel's monotonic clock may stand still in a freeze, and the wall clock may be
//! set at any time, so a reading counts as whole only if both clocks say so.

use super::SettingsError;
use crate::{
    clock::Clock,
    settings::documents::{READ_TIMEOUT, ReadDocuments},
};
use std::time::Duration;
use thingrelay_core::config::{Config, ReadSource};
use thingrelay_core::timestamp::Timestamp;

/// The longest that a reading takes which nothing has interrupted.
const LONGEST: Duration = READ_TIMEOUT.saturating_add(Duration::from_secs(1));

/// The wall clock, and one that cannot be set.
#[derive(Debug, Clone)]
pub(super) struct Clocks {
    pub(super) wall: Clock,
    pub(super) monotonic: Clock,
}

/// A moment by both clocks.
#[derive(Debug, Clone, Copy)]
pub(super) struct TimePoint {
    pub(super) wall: Timestamp,
    monotonic: Timestamp,
}

/// What a reading gave.
#[derive(Debug)]
pub(super) struct DocumentRead<S> {
    pub(super) began: TimePoint,
    ended: TimePoint,
    pub(super) outcome: Result<Config<S>, SettingsError>,
}

impl Clocks {
    pub(super) fn now(&self) -> TimePoint {
        TimePoint {
            wall: self.wall.now(),
            monotonic: self.monotonic.now(),
        }
    }
}

impl TimePoint {
    /// Whether neither clock shows more than the longest reading since an earlier moment, and none
    /// was set back.
    fn is_soon_after(self, earlier: TimePoint) -> bool {
        let soon = |earlier: Timestamp, later: Timestamp| {
            let millis = later.unix_millis() - earlier.unix_millis();
            u64::try_from(millis).is_ok_and(|millis| Duration::from_millis(millis) <= LONGEST)
        };
        soon(earlier.wall, self.wall) && soon(earlier.monotonic, self.monotonic)
    }
}

impl<S: ReadSource> DocumentRead<S> {
    /// Reads the documents; the caller asked for them at `began`.
    pub(super) async fn of<D: ReadDocuments>(
        documents: &D,
        clocks: &Clocks,
        began: TimePoint,
    ) -> Self {
        let outcome = usable(documents).await;
        DocumentRead {
            began,
            ended: clocks.now(),
            outcome,
        }
    }

    /// Whether it says how the documents are `now`: documents that were read a while ago may have
    /// been changed since, and a failure counts if nothing has interrupted the reading.
    pub(super) fn counts(&self, now: TimePoint) -> bool {
        match self.outcome {
            Ok(_) => now.is_soon_after(self.began),
            Err(_) => self.ended.is_soon_after(self.began),
        }
    }
}

/// What can be used of the documents.
pub(super) async fn usable<S: ReadSource, D: ReadDocuments>(
    documents: &D,
) -> Result<Config<S>, SettingsError> {
    let texts = documents.read().await?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Ok(Config::usable(&texts)?)
}
