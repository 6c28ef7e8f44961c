//! The records of a batch by group, and who is to come again.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use std::collections::{HashMap, VecDeque};
use thingrelay::occurrence::Occurrence;

/// A record that has to come again has no message id: only the whole batch can be handed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BatchFailed;

impl std::fmt::Display for BatchFailed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "a record that has to come again has no message id, so the whole batch comes again",
        )
    }
}

impl std::error::Error for BatchFailed {}

/// A batch at work: for each group the records that are left, in their order.
pub(crate) struct Batch {
    groups: Vec<VecDeque<SqsMessage>>,
    failed: Vec<Option<String>>,
}

/// The first record of a group.
pub(crate) struct Head {
    pub(crate) group: usize,
    pub(crate) message: SqsMessage,
}

impl Head {
    /// The message's id.
    pub(crate) fn id(&self) -> &str {
        id(&self.message)
    }
}

/// The message's id as the queue knows it, which is what it was staged under; else the queue's own.
fn id(message: &SqsMessage) -> &str {
    let staged = message.attributes.get("MessageDeduplicationId");
    let id = staged.or(message.message_id.as_ref());
    id.map(String::as_str).unwrap_or_default()
}

/// What became of a record.
pub(crate) enum Settled {
    /// Forwarded, or safe in quarantine.
    Done,
    /// To come again, and with it the rest of its group.
    HandBack {
        group: usize,
        message_id: Option<String>,
        id: String,
        reason: &'static str,
        detail: String,
    },
}

impl Batch {
    pub(crate) fn new(event: SqsEvent) -> Self {
        let mut groups: Vec<VecDeque<SqsMessage>> = Vec::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for message in event.records {
            // Without a group a record stands for itself.
            let known = message
                .attributes
                .get("MessageGroupId")
                .map(|name| *by_name.entry(name.clone()).or_insert(groups.len()));
            match known.and_then(|index| groups.get_mut(index)) {
                Some(group) => group.push_back(message),
                None => groups.push(VecDeque::from([message])),
            }
        }
        Batch {
            groups,
            failed: Vec::new(),
        }
    }

    /// The next record of each group.
    pub(crate) fn next_heads(&mut self) -> Vec<Head> {
        self.groups
            .iter_mut()
            .enumerate()
            .filter_map(|(group, records)| {
                Some(Head {
                    group,
                    message: records.pop_front()?,
                })
            })
            .collect()
    }

    pub(crate) fn settle(&mut self, settled: Settled) {
        if let Settled::HandBack {
            group,
            message_id,
            id,
            reason,
            detail,
        } = settled
        {
            Occurrence::HandedBack {
                id: &id,
                reason,
                detail: &detail,
            }
            .record();
            self.failed.push(message_id.filter(|id| !id.is_empty()));
            self.hand_back_rest(group, "after_a_failure");
        }
    }

    /// Hands back all that is left.
    pub(crate) fn hand_back_all(&mut self, reason: &'static str) {
        for group in 0..self.groups.len() {
            self.hand_back_rest(group, reason);
        }
    }

    fn hand_back_rest(&mut self, group: usize, reason: &'static str) {
        for message in self
            .groups
            .get_mut(group)
            .into_iter()
            .flat_map(std::mem::take)
        {
            Occurrence::HandedBack {
                id: id(&message),
                reason,
                detail: "",
            }
            .record();
            self.failed
                .push(message.message_id.filter(|id| !id.is_empty()));
        }
    }

    pub(crate) fn into_response(self) -> Result<SqsBatchResponse, BatchFailed> {
        let mut response = SqsBatchResponse::default();
        for id in self.failed {
            // An empty id would mean that all of the batch failed.
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id.ok_or(BatchFailed)?;
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }
}
