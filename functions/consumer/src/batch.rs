//! The records of a batch by group, and the records that come again.

use crate::attempts::{Attempts, rest};
use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};
use thingrelay::internal_event::InternalEvent;
use thingrelay_core::timestamp::Timestamp;

/// A record that has to come again has no message id, so only the whole batch can be handed back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a record that has to come again has no message id, so the whole batch comes again")]
pub struct BatchError;

/// A batch at work: the remaining records of each group, in their order.
pub(crate) struct Batch {
    groups: Vec<VecDeque<SqsMessage>>,
    /// The receipts of records that are done and still on the queue.
    done: Vec<String>,
    handed_back: Vec<HandedBack>,
    /// Whether [`Batch::untouched_once`] has given the receipts.
    is_untouched_given: bool,
}

/// A record that comes again.
struct HandedBack {
    id: String,
    reason: &'static str,
    detail: String,
    message_id: Option<String>,
    receipt: Option<String>,
    rest: Duration,
}

/// How many records of a group are processed in one round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PerGroup {
    /// One, since a target keeps the order.
    One,
    /// All, since no target keeps the order.
    All,
}

/// The first record of a group.
pub(crate) struct GroupRecord {
    pub(crate) group: usize,
    pub(crate) message: SqsMessage,
}

impl GroupRecord {
    /// The message's id.
    pub(crate) fn id(&self) -> &str {
        id(&self.message)
    }
}

/// The id under which the message was staged, which the queue knows; else the queue's own id.
fn id(message: &SqsMessage) -> &str {
    let staged = message.attributes.get("MessageDeduplicationId");
    // A message that was staged again has the id of its run behind its own.
    let staged = staged.and_then(|id| id.split('-').next());
    let id = staged.or(message.message_id.as_deref());
    id.unwrap_or_default()
}

impl Batch {
    pub(crate) fn new(event: SqsEvent) -> Self {
        let mut groups: Vec<VecDeque<SqsMessage>> = Vec::new();
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for message in event.records {
            // A record without a group is a group of its own.
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
            done: Vec::new(),
            handed_back: Vec::new(),
            is_untouched_given: false,
        }
    }

    /// The next record of each group, or all its remaining records, up to one that is suspicious.
    pub(crate) fn next_records(
        &mut self,
        now: Timestamp,
        of_each_group: PerGroup,
    ) -> Vec<GroupRecord> {
        let mut heads = Vec::new();
        for (group, records) in self.groups.iter_mut().enumerate() {
            while let Some(message) =
                records.pop_front_if(|message| !Attempts::of(message).are_suspicious(now))
            {
                heads.push(GroupRecord { group, message });
                if of_each_group == PerGroup::One {
                    break;
                }
            }
        }
        heads
    }

    /// The next record that was tried least often: a record that kills its invocation comes last.
    pub(crate) fn next_suspect(&mut self) -> Option<GroupRecord> {
        let heads = self.groups.iter().enumerate();
        let heads = heads.filter_map(|(group, records)| Some((group, records.front()?)));
        let (group, _) = heads.min_by_key(|(_, message)| Attempts::of(message).count)?;
        let message = self.groups.get_mut(group)?.pop_front()?;
        Some(GroupRecord { group, message })
    }

    /// The receipts of the records that have not been touched yet. The second call gives none.
    pub(crate) fn untouched_once(&mut self) -> impl Iterator<Item = &str> {
        let is_first = !std::mem::replace(&mut self.is_untouched_given, true);
        let left = self.groups.iter().flatten().filter(move |_| is_first);
        left.filter_map(|message| message.receipt_handle.as_deref())
    }

    /// The receipts of the records that are done and were not taken yet.
    pub(crate) fn take_done(&mut self) -> Vec<String> {
        std::mem::take(&mut self.done)
    }

    /// Notes that a record is forwarded, or safe in quarantine.
    pub(crate) fn done(&mut self, head: GroupRecord) {
        self.done.extend(head.message.receipt_handle);
    }

    /// Hands back a record and the rest of its group.
    pub(crate) fn hand_back_group(
        &mut self,
        head: GroupRecord,
        id: &str,
        reason: &'static str,
        detail: &str,
    ) {
        let rest = rest(Attempts::of(&head.message).count);
        self.hand_back(id, head.message, reason, detail, rest);
        self.hand_back_rest(head.group, "after_a_failure", Duration::ZERO);
    }

    /// Hands back all remaining records.
    pub(crate) fn hand_back_all(&mut self, reason: &'static str) {
        for group in 0..self.groups.len() {
            let head = self.groups.get(group).and_then(VecDeque::front);
            let rest = head.map(|message| rest(Attempts::of(message).count));
            self.hand_back_rest(group, reason, rest.unwrap_or_default());
        }
    }

    /// Hands back the remaining records of a group. The first record rests. The queue locks those
    /// behind it until the first one comes again, and delivers them with it.
    fn hand_back_rest(&mut self, group: usize, reason: &'static str, mut rest: Duration) {
        let left = self.groups.get_mut(group).map(std::mem::take);
        for message in left.into_iter().flatten() {
            let id = id(&message).to_owned();
            self.hand_back(&id, message, reason, "", rest);
            rest = Duration::ZERO;
        }
    }

    fn hand_back(
        &mut self,
        id: &str,
        message: SqsMessage,
        reason: &'static str,
        detail: &str,
        rest: Duration,
    ) {
        InternalEvent::HandedBack { id, reason, detail }.emit();
        self.handed_back.push(HandedBack {
            id: id.to_owned(),
            reason,
            detail: detail.to_owned(),
            message_id: message.message_id.filter(|id| !id.is_empty()),
            receipt: message.receipt_handle,
            rest,
        });
    }

    /// The records that come again: the id, the reason and its details.
    pub(crate) fn handed_back(&self) -> impl Iterator<Item = (&str, &'static str, &str)> {
        let records = self.handed_back.iter();
        records.map(|record| (record.id.as_str(), record.reason, record.detail.as_str()))
    }

    /// The receipts of the records that come again, each with its rest.
    pub(crate) fn rests(&self) -> Vec<(&str, Duration)> {
        let handed_back = self.handed_back.iter();
        handed_back
            .filter_map(|record| Some((record.receipt.as_deref()?, record.rest)))
            .collect()
    }

    pub(crate) fn into_response(self) -> Result<SqsBatchResponse, BatchError> {
        let mut response = SqsBatchResponse::default();
        for record in self.handed_back {
            // An empty id would mean that the whole batch failed.
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = record.message_id.ok_or(BatchError)?;
            response.batch_item_failures.push(failure);
        }
        Ok(response)
    }
}
