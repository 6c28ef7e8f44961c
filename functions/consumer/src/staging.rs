//! The staging queue, as far as the consumer has to do with it.

use std::time::Duration;
use thingrelay::queue::{Queue, ReceiptError};

/// A queue that records were received from.
pub trait Staging {
    /// Hides received records, each for so long from now.
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
