//! Lambda's event source: it receives batches from a queue, and deletes what is done.

use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsMessage};
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::choices::Chance;
use crate::fault::{Fault, Party};
use crate::world::{STAGING, World};

/// One of the pollers of a queue.
pub(crate) struct EventSource {
    pub(crate) world: World,
    pub(crate) queue: String,
    /// Where its faults happen.
    pub(crate) place: String,
}

/// What an invocation gets, the fault that it suffers, and the chance for its details.
type Batch = (Vec<SqsMessage>, Option<Fault>, Chance);

impl EventSource {
    /// The next batch, if one comes now.
    pub(crate) async fn next(&self) -> Option<Batch> {
        let place = format!("{}.receive", self.place);
        let (fault, chance) = self.world.fault(Party::EventSource, &place, |_| true);
        match fault {
            Some(Fault::LostBefore) => {
                sleep(Duration::from_secs(1)).await;
                return None;
            }
            Some(Fault::Throttled | Fault::LostAfter) => {
                // The queue has handed out a batch, and no invocation gets it.
                let _ = self.receive(1).await;
                sleep(Duration::from_secs(1)).await;
                return None;
            }
            _ => {}
        }
        let records = self.receive(20).await;
        if !records.is_empty() {
            return Some((records, fault, chance));
        }
        if self.world.is_down() {
            sleep(Duration::from_secs(1)).await;
        }
        None
    }

    async fn receive(&self, wait: u32) -> Vec<SqsMessage> {
        let body = json!({
            "QueueUrl": self.world.url(&self.queue), "MaxNumberOfMessages": 10, "WaitTimeSeconds": wait,
            "MessageSystemAttributeNames": ["All"],
        });
        let Ok((200, answer)) = self.world.ask("ReceiveMessage", &body).await else {
            sleep(Duration::from_secs(1)).await;
            return Vec::new();
        };
        let messages = answer["Messages"].as_array().cloned().unwrap_or_default();
        if self.queue != STAGING {
            for message in &messages {
                self.world.note_waiting(&self.queue, message);
            }
        }
        messages.iter().map(record).collect()
    }

    /// Deletes the records of a batch that do not come again.
    pub(crate) async fn delete_done(
        &self,
        receipts: &[(String, String)],
        response: &SqsBatchResponse,
    ) {
        let is_failed = |id: &str| {
            response
                .batch_item_failures
                .iter()
                .any(|failure| failure.item_identifier == id)
        };
        let done = receipts.iter().filter(|(id, _)| !is_failed(id));
        let entries: Vec<Value> = done
            .zip(0..)
            .map(|((_, receipt), number)| json!({"Id": number.to_string(), "ReceiptHandle": receipt}))
            .collect();
        if entries.is_empty() {
            return;
        }
        let place = format!("{}.delete", self.place);
        let (fault, _) = self.world.fault(Party::EventSource, &place, |fault| {
            matches!(fault, Fault::LostBefore | Fault::Throttled)
        });
        if fault.is_none() {
            let body = json!({"QueueUrl": self.world.url(&self.queue), "Entries": entries});
            let _ = self.world.ask("DeleteMessageBatch", &body).await;
        }
    }
}

/// The ids of records, and their receipts.
pub(crate) fn receipts(records: &[SqsMessage]) -> Vec<(String, String)> {
    let records = records.iter();
    records
        .filter_map(|record| Some((record.message_id.clone()?, record.receipt_handle.clone()?)))
        .collect()
}

fn record(message: &Value) -> SqsMessage {
    let text = |name: &str| message[name].as_str().map(str::to_owned);
    let mut record = SqsMessage::default();
    record.message_id = text("MessageId");
    record.receipt_handle = text("ReceiptHandle");
    record.body = text("Body");
    for (name, value) in message["Attributes"].as_object().into_iter().flatten() {
        let value = value.as_str().unwrap_or_default().to_owned();
        record.attributes.insert(name.clone(), value);
    }
    record
}
