//! Keeps the messages that are done.

use crate::{
    Consumer,
    record::{Prepared, Verdict},
    within,
};
use futures::future::BoxFuture;
use thingrelay_core::archive::Line;
use tokio::time::Instant;

/// Keeps messages, for a long time and in another place than the queues.
pub trait Archive: Send + Sync {
    /// Keeps the messages, and returns once they are kept.
    ///
    /// # Errors
    /// Some or all of the messages may not be kept; the text says why.
    fn keep<'a>(&'a self, lines: Vec<Line<'a>>) -> BoxFuture<'a, Result<(), String>>;
}

impl<S, T> Consumer<S, T> {
    /// Archives the records of the round that are about to be done. If that fails, they are handed
    /// back. What came out of the archive is not archived a second time.
    pub(crate) async fn archive(&self, round: &mut [Prepared], deadline: Option<Instant>) {
        let Some(archive) = &self.archive else {
            return;
        };
        let lines = round.iter().filter(|prepared| prepared.is_to_be_archived());
        let lines = lines.map(|prepared| Line {
            group: prepared.attribute("MessageGroupId").map(Into::into),
            sequence: prepared.attribute("SequenceNumber").map(Into::into),
            body: prepared.body().into(),
        });
        let lines: Vec<Line<'_>> = lines.collect();
        if lines.is_empty() {
            return;
        }
        match within(deadline, archive.keep(lines)).await {
            Some(Ok(())) => {}
            Some(Err(error)) => hand_back(round, || Verdict::HandBack {
                reason: "archive_unavailable",
                detail: error.clone(),
            }),
            None => hand_back(round, || Verdict::HandBack {
                reason: "deadline",
                detail: String::new(),
            }),
        }
    }
}

fn hand_back(round: &mut [Prepared], verdict: impl Fn() -> Verdict) {
    let round = round.iter_mut();
    for prepared in round.filter(|prepared| prepared.is_to_be_archived()) {
        prepared.verdict = verdict();
    }
}
