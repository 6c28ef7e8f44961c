//! Prints the events on the last target.
//!
//! The consumer runs elsewhere, so its events are read from one of its targets. The consumer sends
//! to its targets one after another, and a message stops at a target that does not accept it for
//! now. So a message on the last target has reached the targets before it, or was refused there for
//! good.

use crate::dev::{printer::Printer, sqs::Sqs};
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName};
use std::{sync::Arc, time::Duration};

/// The name of the last target: it sorts after any name of letters.
pub(crate) const TARGET: &str = "~dev";

/// How long an event is hidden before it is printed, in seconds.
const VISIBILITY: i32 = 30;
/// The pause after a receive that failed.
const RETRY_PAUSE: Duration = Duration::from_secs(1);

/// Prints the events of the queue in order and deletes them, until the future is dropped.
pub(crate) async fn print(sqs: Sqs, url: String, printer: Arc<Printer>) {
    loop {
        printer.ready().await;
        let messages = match sqs.receive(&url, VISIBILITY).await {
            Ok(messages) => messages,
            Err(error) => {
                tracing::warn!(%error, "cannot receive the forwarded events");
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
            tracing::warn!(%error, "cannot delete printed events, so they come again");
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
