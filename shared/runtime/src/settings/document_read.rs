//! One reading of the documents, and whether a freeze interrupted it.
//!
//! Lambda freezes a sandbox between its invocations, with everything that runs in it. A reading
//! that was under way continues minutes later. By then its result is old, and its failure says
//! nothing about the documents. The kernel's monotonic clock may stand still in a freeze, and the
//! wall clock may be set at any time, so a reading counts as uninterrupted only if both clocks
//! agree.

use super::SettingsError;
use crate::{
    clock::Clock,
    settings::documents::{READ_TIMEOUT, ReadDocuments},
};
use std::time::Duration;
use thingrelay_core::config::{Config, ReadSource};
use thingrelay_core::timestamp::Timestamp;

/// The longest time of a reading that nothing has interrupted.
const LONGEST: Duration = READ_TIMEOUT.saturating_add(Duration::from_secs(1));

/// The wall clock, and a clock that cannot be set.
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

/// The result of a reading.
#[derive(Debug)]
pub(super) struct DocumentRead<S: ReadSource> {
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
    /// Whether, on both clocks, the time since the earlier moment is at most that of the longest
    /// reading, and neither clock was set back.
    fn is_soon_after(self, earlier: TimePoint) -> bool {
        let soon = |earlier: Timestamp, later: Timestamp| {
            let millis = later.unix_millis() - earlier.unix_millis();
            u64::try_from(millis).is_ok_and(|millis| Duration::from_millis(millis) <= LONGEST)
        };
        soon(earlier.wall, self.wall) && soon(earlier.monotonic, self.monotonic)
    }
}

impl<S: ReadSource> DocumentRead<S> {
    /// Reads the documents. The caller asked for them at `began`.
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

    /// Whether the result is valid `now`. Documents that were read a while ago may have changed
    /// since. A failure counts if nothing has interrupted the reading.
    pub(super) fn counts(&self, now: TimePoint) -> bool {
        match self.outcome {
            Ok(_) => now.is_soon_after(self.began),
            Err(_) => self.ended.is_soon_after(self.began),
        }
    }
}

/// Reads the documents, and takes their usable sources and targets.
pub(super) async fn usable<S: ReadSource, D: ReadDocuments>(
    documents: &D,
) -> Result<Config<S>, SettingsError> {
    let texts = documents.read().await?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    Ok(Config::usable(&texts)?)
}
