use super::*;
use crate::{aws::Aws, send_timeout::SendTimeout};
use proptest::prelude::*;
use std::sync::Mutex;
use thingrelay_core::{message::Fifo, queue_url::QueueUrl};

/// A queue that fails by a script, and keeps the messages that it accepted in their order.
struct Scripted {
    /// For each message in turn: 0 accepts it, 1 fails for now, 2 refuses it permanently.
    script: Mutex<Vec<u8>>,
    accepted: Mutex<Vec<(String, String)>>,
    /// The messages that it has refused permanently.
    refused: Mutex<Vec<String>>,
    /// The faults of the calls themselves.
    faults: Mutex<Vec<String>>,
    /// The number of messages in each call.
    calls: Mutex<Vec<usize>>,
    keeps_order: bool,
}

impl Scripted {
    fn new(script: Vec<u8>) -> Self {
        Scripted {
            script: Mutex::new(script),
            accepted: Mutex::default(),
            refused: Mutex::default(),
            faults: Mutex::default(),
            calls: Mutex::default(),
            keeps_order: true,
        }
    }
}

impl Sender for Scripted {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        self.calls.lock().unwrap().push(messages.len());
        let mut groups = HashSet::new();
        let bytes: usize = messages.iter().map(|message| message.body.len()).sum();
        if messages.is_empty()
            || messages.len() > MAX_BATCH
            || (bytes > MAX_BYTES && messages.len() > 1)
        {
            self.faults
                .lock()
                .unwrap()
                .push(format!("{} messages, {bytes} bytes", messages.len()));
        }
        messages
            .iter()
            .map(|message| {
                let group = message.fifo.as_ref().unwrap().group.clone();
                if !groups.insert(group.clone()) && self.keeps_order {
                    self.faults
                        .lock()
                        .unwrap()
                        .push(format!("two of {group} in one call"));
                }
                match self.script.lock().unwrap().pop().unwrap_or(0) {
                    1 => Err(SendError::Transient("later".into())),
                    2 => {
                        self.refused.lock().unwrap().push(message.body.clone());
                        Err(SendError::Permanent("never".into()))
                    }
                    _ => {
                        self.accepted
                            .lock()
                            .unwrap()
                            .push((group, message.body.clone()));
                        Ok(())
                    }
                }
            })
            .collect()
    }

    fn keeps_order(&self) -> bool {
        self.keeps_order
    }
}

fn message(group: u8, body: String) -> Message {
    Message {
        fifo: Some(Fifo {
            group: group.to_string(),
            deduplication: body.clone(),
        }),
        body,
    }
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    futures::executor::block_on(future)
}

#[test]
fn all_of_it_arrives_in_the_order_of_each_group() {
    let sequences: Vec<Sequence> = (0..30)
        .map(|n| Sequence {
            messages: vec![
                message(n % 3, format!("{n:02}a")),
                message(n % 3, format!("{n:02}b")),
                message(9, format!("{n:02}c")),
            ],
        })
        .collect();
    let queue = Scripted::new(Vec::new());
    let results = block_on(send_all(&queue, &sequences));
    assert!(results.iter().all(Result::is_ok));
    let accepted = queue.accepted.into_inner().unwrap();
    assert_eq!(accepted.len(), 90);
    for group in ["0", "1", "2", "9"] {
        let of_group: Vec<&String> = accepted
            .iter()
            .filter(|(g, _)| g == group)
            .map(|(_, body)| body)
            .collect();
        assert!(of_group.is_sorted(), "{group}: {of_group:?}");
    }
}

#[test]
fn a_transient_failure_stops_its_job_and_no_other() {
    // The script is taken from its end: the first message of the first round fails.
    let queue = Scripted::new(vec![1]);
    let sequences = [
        Sequence {
            messages: vec![message(1, "1a".into()), message(1, "1b".into())],
        },
        Sequence {
            messages: vec![message(2, "2a".into()), message(2, "2b".into())],
        },
    ];
    let results = block_on(send_all(&queue, &sequences));
    assert_eq!(results, [Err(SendError::Transient("later".into())), Ok(())]);
    let bodies: Vec<String> = queue
        .accepted
        .into_inner()
        .unwrap()
        .into_iter()
        .map(|(_, body)| body)
        .collect();
    assert_eq!(bodies, ["2a", "2b"]);
}

#[test]
fn calls_keep_to_the_limit_of_bytes() {
    let queue = Scripted::new(Vec::new());
    let sequences: Vec<Sequence> = (0..5)
        .map(|n| Sequence {
            messages: vec![message(n, "x".repeat(400_000))],
        })
        .collect();
    assert!(
        block_on(send_all(&queue, &sequences))
            .iter()
            .all(Result::is_ok)
    );
    assert_eq!(queue.faults.into_inner().unwrap(), Vec::<String>::new());
}

#[test]
fn messages_that_fit_share_a_call() {
    let queue = Scripted::new(Vec::new());
    let sequences: Vec<Sequence> = (0..10)
        .map(|n| Sequence {
            messages: vec![message(n, "x".repeat(2_000))],
        })
        .collect();
    let sent = block_on(send_all(&queue, &sequences));
    assert!(sent.iter().all(Result::is_ok));
    assert_eq!(queue.calls.into_inner().unwrap(), [10]);
}

/// A receiver that says nothing of order.
struct Plain;

impl Sender for Plain {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        vec![Ok(()); messages.len()]
    }
}

#[tokio::test]
async fn a_receiver_keeps_the_order_unless_it_says_otherwise_and_a_queue_says_so_by_its_name() {
    assert!(Plain.keeps_order());
    for (name, keeps_order) in [("events.fifo", true), ("events", false)] {
        let url = QueueUrl::parse(&format!("http://127.0.0.1:9/0/{name}"));
        let queue = Queue::open(&Aws::anywhere(), url.unwrap(), SendTimeout::Edge).await;
        assert_eq!(
            Sender::<Message>::keeps_order(&queue),
            keeps_order,
            "{name}"
        );
    }
}

#[test]
fn what_follows_a_message_that_was_not_taken_waits_for_it() {
    let sequence = |messages: &[(u8, &str)]| Sequence {
        messages: messages
            .iter()
            .map(|(group, body)| message(*group, (*body).to_owned()))
            .collect(),
    };
    // The first message of the first round fails.
    let queue = Scripted::new(vec![1]);
    let mut session = SendSession::default();
    let results = block_on(session.send_all(
        &queue,
        &[
            sequence(&[(1, "0: sub-device 1"), (2, "0: sub-device 2")]),
            sequence(&[(3, "1: sub-device 3")]),
            sequence(&[(2, "2: sub-device 2"), (4, "2: sub-device 4")]),
        ],
    ));
    let failed: Vec<bool> = results.iter().map(Result::is_err).collect();
    assert_eq!(failed, [true, false, false]);
    // Later in the same invocation: a message of another gateway about one of them.
    let results = block_on(session.send_all(
        &queue,
        &[
            sequence(&[(1, "3: sub-device 1"), (5, "3: sub-device 5")]),
            sequence(&[(5, "4: sub-device 5")]),
            sequence(&[(3, "5: sub-device 3")]),
        ],
    ));
    let failed: Vec<bool> = results.iter().map(Result::is_err).collect();
    // A sequence that waits also blocks later ones.
    assert_eq!(failed, [true, true, false]);
    let mut bodies: Vec<String> = queue
        .accepted
        .into_inner()
        .unwrap()
        .into_iter()
        .map(|(_, body)| body)
        .collect();
    bodies.sort();
    assert_eq!(
        bodies,
        [
            "0: sub-device 2",
            "1: sub-device 3",
            "2: sub-device 2",
            "2: sub-device 4",
            "5: sub-device 3",
        ]
    );
}

proptest! {
    /// Whatever fails: no call holds two messages of a group, each group's accepted messages are in
    /// order, a sequence is Ok exactly if all its messages were accepted, and no message overtakes
    /// one of its group that will be sent again.
    #[test]
    fn order_survives_any_failures(groups in prop::collection::vec(prop::collection::vec(0u8..4, 1..5), 1..8), script in prop::collection::vec(0u8..3, 0..40)) {
        let sequences: Vec<Sequence> = groups.iter().enumerate().map(|(sequence, groups)| Sequence {
            messages: groups.iter().enumerate().map(|(index, group)| message(*group, format!("{sequence:02}-{index:02}"))).collect(),
        }).collect();
        let queue = Scripted::new(script);
        let results = block_on(send_all(&queue, &sequences));
        prop_assert_eq!(queue.faults.into_inner().unwrap(), Vec::<String>::new());
        let refused = queue.refused.into_inner().unwrap();
        let accepted = queue.accepted.into_inner().unwrap();
        for (sequence, result) in results.iter().enumerate() {
            let prefix = format!("{sequence:02}-");
            let of_job: Vec<&(String, String)> = accepted.iter().filter(|(_, body)| body.starts_with(&prefix)).collect();
            prop_assert_eq!(result.is_ok(), of_job.len() == sequences[sequence].messages.len());
        }
        for group in 0u8..4 {
            let bodies: Vec<&String> = accepted.iter().filter(|(g, _)| *g == group.to_string()).map(|(_, body)| body).collect();
            prop_assert!(bodies.is_sorted(), "{:?}", bodies);
            let left = sequences.iter().zip(&results).filter(|(_, result)| matches!(result, Err(SendError::Transient(_))));
            let left = left.flat_map(|(sequence, _)| &sequence.messages);
            let mut left = left.filter(|message| message.fifo.as_ref().unwrap().group == group.to_string());
            if let Some(first) = left.find(|message| !bodies.contains(&&message.body) && !refused.contains(&message.body)) {
                prop_assert!(bodies.iter().all(|body| **body < first.body), "{:?} after {}", bodies, first.body);
            }
        }
    }
}

#[test]
fn a_queue_that_keeps_no_order_gets_full_calls() {
    let sequences: Vec<Sequence> = (0..25)
        .map(|number| Sequence {
            messages: vec![message(1, number.to_string())],
        })
        .collect();
    let calls = |keeps_order| {
        let queue = Scripted {
            keeps_order,
            ..Scripted::new(Vec::new())
        };
        let sent = block_on(send_all(&queue, &sequences));
        assert!(sent.iter().all(Result::is_ok));
        assert_eq!(queue.faults.into_inner().unwrap(), Vec::<String>::new());
        queue.calls.into_inner().unwrap()
    };
    assert_eq!(calls(false), [10, 10, 5]);
    assert_eq!(calls(true), [1; 25]);
}

#[test]
fn without_an_order_a_failure_holds_nothing_else_back() {
    // The script is taken from its end: the first message fails for now, the second permanently.
    let queue = Scripted {
        keeps_order: false,
        ..Scripted::new(vec![0, 2, 1])
    };
    let sequences: Vec<Sequence> = (0..3)
        .map(|number| Sequence {
            messages: vec![message(1, number.to_string())],
        })
        .collect();
    let mut session = SendSession::default();
    let sent = block_on(session.send_all(&queue, &sequences));
    let [first, second, third] = sent.as_slice() else {
        panic!("{sent:?}");
    };
    assert!(matches!(first, Err(SendError::Transient(_))));
    assert!(matches!(second, Err(SendError::Permanent(_))));
    assert_eq!(*third, Ok(()));
    let later = block_on(session.send_all(&queue, &sequences));
    assert!(later.iter().all(Result::is_ok), "{later:?}");
}
