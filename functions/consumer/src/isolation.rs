//! Processes a suspicious record alone, so that it takes no other record with it if it kills the
//! invocation.

use crate::{Consumer, batch::Batch, batch::GroupRecord, staging::Staging, within};
use std::time::Duration;
use thingrelay::{internal_event::InternalEvent, ordered::Sender, queue::MAX_HIDDEN};
use tokio::time::Instant;

/// How long an invocation may run past the deadline before it is ended.
const SLACK: Duration = Duration::from_secs(5);
/// The other records of a batch are hidden this many times as long as the suspicious one, so that
/// it is received without them.
const OTHERS: u32 = 10;

impl<S: Sender + Staging, T> Consumer<S, T> {
    /// Prepares the batch for a record that may kill the invocation. Records that are done are
    /// deleted, as Lambda would not learn of them. The suspicious record is hidden for no longer
    /// than the invocation may last, and the others for much longer.
    ///
    /// # Errors
    /// The records that are done could not be deleted: the suspicious record must not be touched.
    /// If the others cannot be hidden, only the time at which they come again changes.
    pub(crate) async fn isolate(
        &self,
        suspect: &GroupRecord,
        batch: &mut Batch,
        deadline: Option<Instant>,
    ) -> Result<(), String> {
        let done = batch.take_done();
        if !done.is_empty() {
            let done: Vec<&str> = done.iter().map(String::as_str).collect();
            match within(deadline, self.queues.staging.delete(&done)).await {
                Some(Ok(())) => {}
                Some(Err(error)) => return Err(error.to_string()),
                None => return Err("the staging queue does not answer".to_owned()),
            }
        }
        // Without a deadline, it is unknown how long the invocation may last.
        let Some(deadline) = deadline else {
            return Ok(());
        };
        let own = deadline.saturating_duration_since(Instant::now()) + SLACK;
        let mut hidden: Vec<(&str, Duration)> = Vec::new();
        hidden.extend(
            suspect
                .message
                .receipt_handle
                .as_deref()
                .map(|it| (it, own)),
        );
        let time = (own * OTHERS).min(MAX_HIDDEN * 9 / 10);
        hidden.extend(batch.untouched_once().map(|receipt| (receipt, time)));
        match within(Some(deadline), self.queues.staging.hide(&hidden)).await {
            Some(Ok(())) | None => {}
            Some(Err(error)) => InternalEvent::NotHidden {
                error: &error.to_string(),
            }
            .emit(),
        }
        Ok(())
    }
}
