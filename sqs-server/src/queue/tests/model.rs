//! Checks any sequence of operations against a model that is too simple to be wrong.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;

/// An operation of the model. Numbers select one of the existing messages.
#[derive(Debug, Clone)]
enum Operation {
    Send {
        group: u8,
    },
    Receive {
        max: usize,
        visibility: u32,
    },
    Delete {
        which: prop::sample::Index,
    },
    ChangeVisibility {
        which: prop::sample::Index,
        timeout: u32,
    },
    Pass {
        span: Millis,
    },
}

fn operation() -> impl Strategy<Value = Operation> {
    prop_oneof![
        4 => (0u8..4).prop_map(|group| Operation::Send { group }),
        4 => (1usize..=10, 0u32..5)
            .prop_map(|(max, visibility)| Operation::Receive { max, visibility }),
        3 => any::<prop::sample::Index>().prop_map(|which| Operation::Delete { which }),
        1 => (any::<prop::sample::Index>(), 0u32..5)
            .prop_map(|(which, timeout)| Operation::ChangeVisibility { which, timeout }),
        2 => (0u64..3_000).prop_map(|span| Operation::Pass { span }),
    ]
}

/// The model's state: which receiver holds which message, and until when.
#[derive(Default)]
struct Model {
    /// Messages that were sent and not deleted, by number, with their group.
    alive: BTreeMap<usize, u8>,
    /// Messages in flight, by number, and until when.
    held: HashMap<usize, Moment>,
    receipts: Vec<(usize, Delivery)>,
    sent: usize,
    /// The number of messages that a receive of a FIFO queue looks through.
    window: usize,
}

impl Model {
    fn pass(&mut self, now: Moment) {
        self.held.retain(|_, until| until.tick > now.tick);
    }

    /// Checks the messages that a receive of a FIFO queue delivered.
    fn check_fifo(&self, found: &[usize], max: usize) -> Result<(), TestCaseError> {
        let mut by_group: BTreeMap<u8, Vec<usize>> = BTreeMap::new();
        for id in found {
            by_group.entry(self.alive[id]).or_default().push(*id);
        }
        for (group, handed) in &by_group {
            let expected: Vec<usize> = self.free(*group).take(handed.len()).collect();
            prop_assert_eq!(&expected, handed, "the oldest of the group, in order");
        }
        let available: usize = (0..4).map(|group| self.free(group).count()).sum();
        prop_assert_eq!(found.len(), available.min(max), "nothing is held back");
        Ok(())
    }

    /// The messages of the group that a receive looks at, before its first message in flight.
    fn free(&self, group: u8) -> impl Iterator<Item = usize> {
        let alive = self.alive.iter().take(self.window);
        alive
            .filter(move |(_, of)| **of == group)
            .map(|(id, _)| *id)
            .take_while(|id| !self.held.contains_key(id))
    }
}

fn agrees_with_model(
    name: &str,
    window: usize,
    operations: Vec<Operation>,
) -> Result<(), TestCaseError> {
    let mut bench = Bench::new(name, &[]);
    bench.queue.look_through(window);
    let mut model = Model {
        window,
        ..Model::default()
    };
    for operation in operations {
        match operation {
            Operation::Send { group } => {
                bench.send(&group.to_string(), &model.sent.to_string());
                model.alive.insert(model.sent, group);
                model.sent += 1;
            }
            Operation::Receive { max, visibility } => {
                let request = Receive {
                    visibility: seconds(visibility),
                    ..Bench::request(max)
                };
                let deliveries = bench.receive(&request);
                let found: Vec<usize> = deliveries
                    .iter()
                    .map(|delivery| delivery.message.id.parse().unwrap())
                    .collect();
                if bench.queue.kind() == Kind::Fifo {
                    model.check_fifo(&found, max)?;
                } else {
                    let available = model.alive.len() - model.held.len();
                    prop_assert_eq!(found.len(), available.min(max));
                }
                for (id, delivery) in found.into_iter().zip(deliveries) {
                    let until = bench.now + seconds(visibility);
                    prop_assert_eq!(model.held.insert(id, until), None, "held twice");
                    model.receipts.push((id, delivery));
                }
                bench.pass(0);
                model.pass(bench.now);
            }
            Operation::Delete { which } if !model.receipts.is_empty() => {
                let (id, delivery) = which.get(&model.receipts).clone();
                let latest = model
                    .receipts
                    .iter()
                    .rfind(|(other, _)| *other == id)
                    .is_some_and(|(_, last)| handed(last) == handed(&delivery));
                let held = model.held.contains_key(&id);
                let deletes = latest && (held || bench.queue.kind() == Kind::Standard);
                let result = bench.delete(&delivery);
                if deletes {
                    model.alive.remove(&id);
                    model.held.remove(&id);
                }
                let refused = bench.queue.kind() == Kind::Fifo && model.alive.contains_key(&id);
                prop_assert_eq!(result.is_err(), refused);
            }
            Operation::ChangeVisibility { which, timeout } if !model.receipts.is_empty() => {
                let (id, delivery) = which.get(&model.receipts).clone();
                if bench.change_visibility(&delivery, timeout).is_ok() {
                    prop_assert!(model.held.contains_key(&id));
                    model.held.insert(id, bench.now + seconds(timeout));
                }
                model.pass(bench.now);
            }
            Operation::Pass { span } => {
                bench.pass(span);
                model.pass(bench.now);
            }
            Operation::Delete { .. } | Operation::ChangeVisibility { .. } => {}
        }
        let depth = bench.queue.depth();
        prop_assert_eq!(depth.in_flight, model.held.len());
        prop_assert_eq!(depth.visible, model.alive.len() - model.held.len());
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_fifo_queue_agrees_with_the_model(
        window in 1usize..16,
        operations in prop::collection::vec(operation(), 0..80)
    ) {
        agrees_with_model("q.fifo", window, operations)?;
    }

    #[test]
    fn a_standard_queue_agrees_with_the_model(
        operations in prop::collection::vec(operation(), 0..80)
    ) {
        agrees_with_model("q", 1, operations)?;
    }
}
