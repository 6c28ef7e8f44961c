//! The events that came to the last target, printed.
//!
//! The consumer runs elsewhere, so what it forwards is read where it puts it. Its targets are asked
//! one after another, and a message that one of them does not take for now goes no further: what
//! comes to the last one has come to those before it, or was refused there for good.

use crate::dev::{printer::Printer, sqs::Sqs};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use std::{sync::Arc, time::Duration};

/// The name of the last target: no name of letters comes behind it.
pub(crate) const TARGET: &str = "~dev";
/// The name of its queue.
pub(crate) const QUEUE: &str = "forwarded.fifo";

/// For how long an event that is about to be printed is hidden, in seconds.
const VISIBILITY: i32 = 30;
/// The pause after a receive that failed.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Prints the events of the queue, in their order, and deletes them, until it is dropped.
pub(crate) async fn print(sqs: Sqs, url: String, printer: Arc<Printer>) {
    loop {
        printer.ready().await;
        let messages = match sqs.receive(&url, VISIBILITY).await {
            Ok(messages) => messages,
            Err(error) => {
                tracing::warn!(%error, "cannot receive what was forwarded");
                tokio::time::sleep(RETRY_PAUSE).await;
                continue;
            }
        };
        if messages.is_empty() {
            continue;
        }
        for message in &messages {
            printer.show(id(message), message.body().unwrap_or_default());
        }
        let receipts: Vec<&str> = messages
            .iter()
            .filter_map(Message::receipt_handle)
            .collect();
        if let Err(error) = sqs.delete(&url, &receipts).await {
            tracing::warn!(%error, "cannot delete what was printed, so it comes again");
        }
    }
}

/// The event's id, which is its deduplication id.
fn id(message: &Message) -> &str {
    message
        .attributes()
        .and_then(|attributes| attributes.get(&MessageSystemAttributeName::MessageDeduplicationId))
        .map_or("", String::as_str)
}
