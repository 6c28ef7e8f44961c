//! The consumer's interface to the staging queue.

use std::time::Duration;
use thingrelay::queue::{Queue, ReceiptError};

/// A queue from which records were received.
pub trait Staging {
    /// Hides each of the received records for its time from now.
    fn hide(
        &self,
        records: &[(&str, Duration)],
    ) -> impl Future<Output = Result<(), ReceiptError>> + Send;

    /// Deletes received records.
    fn delete(&self, receipts: &[&str]) -> impl Future<Output = Result<(), ReceiptError>> + Send;
}

impl Staging for Queue {
    async fn hide(&self, records: &[(&str, Duration)]) -> Result<(), ReceiptError> {
        Queue::hide(self, records).await
    }

    async fn delete(&self, receipts: &[&str]) -> Result<(), ReceiptError> {
        Queue::delete(self, receipts).await
    }
}
