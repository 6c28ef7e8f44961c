//! Keeps the messages that are done.

use crate::{
    Consumer,
    record::{Prepared, Verdict},
    within,
};
use futures::future::BoxFuture;
use thingrelay::stream::{MAX_RECORD_BYTES, Stream};
use thingrelay_core::archive::Line;
use tokio::time::Instant;

/// Keeps messages, for a long time and in another place than the queues.
pub trait Archive: Send + Sync {
    /// Keeps the messages, and returns once they are kept: a result for each, in their order. A
    /// message that may not be kept has the reason.
    fn keep<'a>(&'a self, lines: Vec<Line<'a>>) -> BoxFuture<'a, Vec<Result<(), String>>>;
}

/// A message longer than a record of the stream is kept in parts.
impl Archive for Stream {
    fn keep<'a>(&'a self, lines: Vec<Line<'a>>) -> BoxFuture<'a, Vec<Result<(), String>>> {
        Box::pin(async move {
            let texts = lines.iter().map(|line| line.to_texts(MAX_RECORD_BYTES));
            let texts: Vec<Vec<String>> = texts.collect();
            let counts = texts.iter().map(Vec::len).collect();
            of_lines(counts, self.put(&texts.concat()).await)
        })
    }
}

/// The result of each line from those of its records: a line is kept if all of them are.
fn of_lines<E: ToString>(
    counts: Vec<usize>,
    records: Vec<Result<(), E>>,
) -> Vec<Result<(), String>> {
    let mut records = records.into_iter();
    let lines = counts.into_iter().map(|count| {
        // All are taken, also those behind a failure.
        let of_line: Vec<Result<(), E>> = records.by_ref().take(count).collect();
        let kept: Result<(), E> = of_line.into_iter().collect();
        kept.map_err(|error| error.to_string())
    });
    lines.collect()
}

impl<S, T> Consumer<S, T> {
    /// Archives the records of the round that are about to be done. A record that is not kept is
    /// handed back. What came out of the archive is not archived a second time.
    pub(crate) async fn archive(&self, round: &mut [Prepared], deadline: Option<Instant>) {
        let Some(archive) = &self.archive else {
            return;
        };
        let lines = round.iter().filter(|prepared| prepared.is_to_be_archived());
        let lines = lines.map(|prepared| {
            let group = prepared.attribute("MessageGroupId");
            let sequence = prepared.attribute("SequenceNumber");
            Line::new(group, sequence, prepared.body())
        });
        let lines: Vec<Line<'_>> = lines.collect();
        if lines.is_empty() {
            return;
        }
        let kept = within(deadline, archive.keep(lines)).await;
        let mut kept = kept.map(Vec::into_iter);
        let archived = round.iter_mut();
        for prepared in archived.filter(|prepared| prepared.is_to_be_archived()) {
            let Some(kept) = &mut kept else {
                prepared.verdict = Verdict::HandBack {
                    reason: "deadline",
                    detail: String::new(),
                };
                continue;
            };
            let unanswered = || Err("no answer for the message".to_owned());
            if let Err(detail) = kept.next().unwrap_or_else(unanswered) {
                prepared.verdict = Verdict::HandBack {
                    reason: "archive_unavailable",
                    detail,
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_kept_if_all_of_its_records_are() {
        let records = vec![Ok(()), Err("a"), Ok(()), Err("b"), Ok(()), Ok(())];
        let kept = of_lines(vec![1, 3, 2], records);
        assert_eq!(kept, [Ok(()), Err("a".to_owned()), Ok(())]);
    }
}
