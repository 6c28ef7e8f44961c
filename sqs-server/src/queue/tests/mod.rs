//! The queue against the rules of the developer guide: `cases` of each rule, and a `model`.

mod cases;
mod model;

use std::collections::BTreeMap;

use super::attempts::Receipt;
use super::change::Change;
use super::message::{Delivery, Message};
use super::settings::Settings;
use super::*;

/// The ticks and the wall clock differ, so that no test confuses them.
const START: Moment = Moment {
    tick: 5_000_000,
    wall: 1_800_000_000_000,
};

fn queue(name: &str, attributes: &[(&str, &str)]) -> Queue {
    let attributes = attributes
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let settings = Settings::default().with(Kind::of_name(name), &attributes);
    let record = QueueRecord {
        id: 1,
        name: name.to_owned(),
        arn: format!("arn:aws:sqs:us-east-1:000000000000:{name}"),
        settings: settings.unwrap(),
        tags: BTreeMap::new(),
        created: START.wall,
        modified: START.wall,
    };
    Queue::new(record, START.tick)
}

fn message(group: &str, id: &str, now: Moment) -> Message {
    Message {
        id: id.to_owned(),
        body: id.to_owned(),
        md5_of_body: String::new(),
        attributes: BTreeMap::new(),
        trace_header: None,
        group: Some(group.to_owned().into()),
        deduplication_id: Some(id.to_owned()),
        sent: now.wall,
        dead_letter_source: None,
    }
}

/// A queue and a clock, with operations as short as the cases need them.
struct Bench {
    queue: Queue,
    now: Moment,
    changes: Vec<Change>,
}

impl Bench {
    fn new(name: &str, attributes: &[(&str, &str)]) -> Bench {
        Bench {
            queue: queue(name, attributes),
            now: START,
            changes: Vec::new(),
        }
    }

    fn pass(&mut self, span: Millis) {
        self.now = self.now + span;
        self.queue.advance(self.now.tick, &mut self.changes);
    }

    fn send(&mut self, group: &str, id: &str) -> Sent {
        let message = message(group, id, self.now);
        self.queue
            .send(message, None, self.now.tick, &mut self.changes)
    }

    fn request<'a>(max: usize) -> Receive<'a> {
        Receive {
            max,
            visibility: seconds(30),
            maximum_receives: None,
            attempt: None,
        }
    }

    fn receive(&mut self, request: &Receive<'_>) -> Vec<Delivery> {
        let received = self.queue.receive(request, self.now, &mut self.changes);
        received.unwrap().deliveries
    }

    fn delete(&mut self, delivery: &Delivery) -> Result<(), ReceiptError> {
        self.queue.delete(handed(delivery), &mut self.changes)
    }

    fn change_visibility(&mut self, delivery: &Delivery, timeout: u32) -> Result<(), ReceiptError> {
        self.queue
            .change_visibility(handed(delivery), timeout, self.now.tick, &mut self.changes)
    }
}

fn handed(delivery: &Delivery) -> Receipt {
    Receipt {
        sequence: delivery.sequence,
        receipt: delivery.receives.receipt,
    }
}

fn ids(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries
        .iter()
        .map(|delivery| delivery.message.id.as_str())
        .collect()
}
