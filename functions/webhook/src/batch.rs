//! The records of a batch by group, and what became of them.

use crate::record;
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

/// A record that has to come again has no message id, so only the whole batch can be handed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record that has to come again has no message id, so the whole batch comes again")]
pub struct BatchError;

/// The records of one group, in their order.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) records: VecDeque<SqsMessage>,
}

/// The records of a batch by group. A record without a group is a group of its own.
pub(crate) fn groups(event: SqsEvent) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    for message in event.records {
        let name = record::group(&message).map(str::to_owned);
        let known = name
            .as_ref()
            .map(|name| *by_name.entry(name.clone()).or_insert(groups.len()));
        match known.and_then(|index| groups.get_mut(index)) {
            Some(group) => group.records.push_back(message),
            None => groups.push(Group {
                name: name.unwrap_or_else(|| record::id(&message).to_owned()),
                records: VecDeque::from([message]),
            }),
        }
    }
    groups
}

/// What became of records.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) delivered: usize,
    pub(crate) given_up: usize,
    pub(crate) waiting: Vec<Waiting>,
}

/// A record that comes again after its rest.
#[derive(Debug)]
pub(crate) struct Waiting {
    message: SqsMessage,
    rest: Duration,
}

impl Done {
    /// Hands back a record, to come again after its rest, and the records of its group behind it.
    /// The queue locks those until the first one comes again, and delivers them with it.
    pub(crate) fn wait(&mut self, head: SqsMessage, rest: Duration, behind: &mut Group) {
        self.waiting.push(Waiting {
            message: head,
            rest,
        });
        let behind = behind.records.drain(..);
        self.waiting.extend(behind.map(|message| Waiting {
            message,
            rest: Duration::ZERO,
        }));
    }

    pub(crate) fn add(&mut self, other: Done) {
        self.delivered += other.delivered;
        self.given_up += other.given_up;
        self.waiting.extend(other.waiting);
    }

    pub(crate) fn count(&self) -> usize {
        self.delivered + self.given_up + self.waiting.len()
    }

    /// The receipts of the records that come again, each with its rest.
    pub(crate) fn rests(&self) -> Vec<(&str, Duration)> {
        let waiting = self.waiting.iter();
        waiting
            .filter_map(|record| Some((record.message.receipt_handle.as_deref()?, record.rest)))
            .collect()
    }

    /// The ids of the records that come again.
    pub(crate) fn into_response(self) -> Result<SqsBatchResponse, BatchError> {
        let mut response = SqsBatchResponse::default();
        for record in self.waiting {
            // An empty id would mean that the whole batch failed.
            let id = record.message.message_id.filter(|id| !id.is_empty());
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = id.ok_or(BatchError)?;
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }
}
