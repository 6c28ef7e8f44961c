//! The queues that have changed.

use crate::stack::{
    Stack,
    clients::Clients,
    error::StackError,
    queue::{Depth, StackQueue},
};
use futures::future::join_all;
use thingrelay::clock::Clock;

/// What queues hold, as it was last asked.
#[derive(Debug)]
pub(super) struct Depths {
    queues: Vec<Followed>,
}

#[derive(Debug)]
struct Followed {
    stack: String,
    queue: StackQueue,
    /// Nothing before the first answer.
    last: Option<Option<Depth>>,
}

/// What a queue holds now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// When it was asked, in milliseconds since 1970.
    pub(super) at: i64,
    pub(super) stack: String,
    /// The name for people.
    pub(super) queue: String,
    pub(super) holds_failures: bool,
    /// Nothing if the queue does not exist.
    pub(super) depth: Option<Depth>,
}

impl Depths {
    /// Of the queues of these stacks. What the queue of events holds is up to its receivers.
    pub(super) fn new(stacks: &[Stack]) -> Depths {
        let queues = stacks.iter().flat_map(|stack| {
            let queues = stack
                .queues()
                .into_iter()
                .filter(|it| it.id != "EventsQueue");
            queues.map(|queue| Followed {
                stack: stack.name.clone(),
                queue,
                last: None,
            })
        });
        Depths {
            queues: queues.collect(),
        }
    }

    /// The queues that hold something else than last time, and whether a queue could not be asked.
    pub(super) async fn changes(
        &mut self,
        clients: &Clients,
    ) -> (Vec<Change>, Result<(), StackError>) {
        let asked = self
            .queues
            .iter()
            .map(|followed| followed.queue.depth(clients));
        let depths = join_all(asked).await;
        let at = Clock::system().now().unix_millis();
        let mut failure = Ok(());
        let mut changes = Vec::new();
        for (followed, depth) in self.queues.iter_mut().zip(depths) {
            match depth {
                Ok(depth) => changes.extend(followed.change(depth, at)),
                Err(error) => failure = failure.and(Err(error)),
            }
        }
        (changes, failure)
    }
}

impl Followed {
    fn change(&mut self, depth: Option<Depth>, at: i64) -> Option<Change> {
        let has_changed = self.last != Some(depth);
        self.last = Some(depth);
        has_changed.then(|| Change {
            at,
            stack: self.stack.clone(),
            queue: self.queue.label().to_owned(),
            holds_failures: self.queue.holds_failures(),
            depth,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

    use super::*;
    use crate::stack::tests::stack;

    #[test]
    fn a_queue_is_told_when_it_changes() {
        const QUEUE: &str = "AWS::SQS::Queue";
        let stack = stack(
            "CREATE_COMPLETE",
            &[
                ("EventsQueue", QUEUE, "https://sqs/1/events.fifo"),
                ("QuarantineQueue", QUEUE, "https://sqs/1/quarantine"),
            ],
        );
        let mut depths = Depths::new(&[stack]);
        let [quarantine] = depths.queues.as_mut_slice() else {
            unreachable!("one queue besides that of events");
        };
        let waiting = |waiting| {
            Some(Depth {
                waiting,
                ..Depth::default()
            })
        };
        let cases = [
            (waiting(0), true),
            (waiting(0), false),
            (waiting(2), true),
            (waiting(2), false),
            (None, true),
            (None, false),
        ];
        for (depth, is_told) in cases {
            let change = quarantine.change(depth, 7);
            assert_eq!(change.is_some(), is_told, "{depth:?}");
            if let Some(change) = change {
                assert_eq!((change.depth, change.at), (depth, 7));
                assert_eq!(
                    (change.stack.as_str(), change.queue.as_str()),
                    ("relay", "quarantine")
                );
            }
        }
    }
}
