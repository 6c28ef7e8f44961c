//! Where the other servers are known to differ from the embedded one, and what AWS documents.

use std::cmp::Ordering;

use crate::call::Call;
use crate::history::{Command, Hidden, History, Id, Queue, Settings};
use crate::server::{Answer, Part};
use crate::step::Step;

/// Something that servers do otherwise than the embedded one.
#[derive(Debug)]
pub(crate) struct Deviation {
    /// The servers that do so.
    pub(crate) servers: &'static [&'static str],
    /// What they do.
    pub(crate) instead: &'static str,
    /// What the embedded server follows: a sentence or the name of an error.
    pub(crate) documented: &'static str,
    /// The page that has it.
    pub(crate) page: &'static str,
    pub(crate) effect: Effect,
    /// A history that shows it.
    pub(crate) witness: fn() -> History,
}

/// What a deviation does to the rest of a history.
#[derive(Debug)]
pub(crate) enum Effect {
    /// The server only answers something else. The function makes its answer of ours.
    Says(fn(&Step<'_>, &mut Answer)),
    /// From then on the server has other messages, or messages in other states. The function
    /// recognises the difference.
    Does(fn(&Step<'_>) -> bool),
}

pub(crate) const MINISTACK: &str = "ministack";
pub(crate) const ELASTICMQ: &str = "elasticmq";
const BOTH: &[&str] = &[MINISTACK, ELASTICMQ];

macro_rules! api {
    ($page:literal) => {
        concat!(
            "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_",
            $page,
            ".html"
        )
    };
}

macro_rules! guide {
    ($page:literal) => {
        concat!(
            "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/",
            $page,
            ".html"
        )
    };
}

/// Everything that is known of ministack 1.5.33 and ElasticMQ 1.7.1.
pub(crate) const KNOWN: &[Deviation] = &[
    Deviation {
        servers: &[ELASTICMQ],
        instead: "gives no SequenceNumber to the entries of a batch",
        documented: "The large, non-consecutive number that Amazon SQS assigns to each message.",
        page: api!("SendMessageBatchResultEntry"),
        effect: Effect::Says(|step, answer| {
            if matches!(step.call, Call::SendBatch(_)) {
                for part in parts(answer) {
                    if let Some(sequence) = part.values.get_mut("sequence") {
                        "missing".clone_into(sequence);
                    }
                }
            }
        }),
        witness: || {
            history(
                Settings::default(),
                [Command::SendBatch(vec![Id::Fresh.to(0)])],
            )
        },
    },
    Deviation {
        servers: &[MINISTACK],
        instead: "leaves the deduplication id of a dead letter as it was",
        documented: "the deduplication ID is replaced with the original message's ID",
        page: guide!("sqs-configure-dead-letter-queue-redrive"),
        effect: Effect::Says(|step, answer| {
            if step.receives_from(Queue::DeadLetters) {
                for part in parts(answer) {
                    let is_id = part.values.get_mut("deduplication is the id");
                    "false".clone_into(is_id.expect("a dead letter"));
                }
            }
        }),
        witness: || {
            history(
                ONE_RECEIVE,
                [SEND, receive(10, Hidden::NotAtAll), RECEIVE, RECEIVE_DEAD],
            )
        },
    },
    Deviation {
        servers: BOTH,
        instead: "refuse the receipt of a deleted message with ReceiptHandleIsInvalid",
        documented: "If you use an old ReceiptHandle, the request will succeed, but the message \
                     might not be deleted.",
        page: api!("DeleteMessage"),
        effect: Effect::Says(|step, answer| {
            const INVALID: &str = "ReceiptHandleIsInvalid";
            let refuses = |part: &Part| part.values.get("error").is_some_and(|it| it == INVALID);
            match (step.theirs, &mut *answer) {
                (Err(theirs), _) if theirs == INVALID && step.is_stale(0) => {
                    *answer = Err(INVALID.to_owned());
                }
                (Ok(theirs), Ok(ours)) => {
                    for (place, (ours, theirs)) in ours.iter_mut().zip(theirs).enumerate() {
                        if refuses(theirs) && step.is_stale(place) {
                            ours.values.insert("error", INVALID.to_owned());
                        }
                    }
                }
                _ => {}
            }
        }),
        witness: || {
            let delete = || Command::Delete(0.into());
            history(Settings::default(), [SEND, RECEIVE, delete(), delete()])
        },
    },
    Deviation {
        servers: BOTH,
        instead: "refuse only that entry of a batch that has no deduplication id",
        documented: "If you don't provide one and the queue doesn't have \
                     ContentBasedDeduplication set, the action fails with an error.",
        page: api!("SendMessageBatchRequestEntry"),
        effect: Effect::Does(|step| {
            let refused = matches!(step.ours, Err(code) if code == "InvalidParameterValue");
            matches!(step.call, Call::SendBatch(_)) && refused && step.theirs.is_ok()
        }),
        witness: || {
            let batch = vec![Id::Fresh.to(0), Id::Content(0).to(0)];
            history(Settings::default(), [Command::SendBatch(batch)])
        },
    },
    Deviation {
        servers: BOTH,
        instead: "give a repeated attempt other messages or other receipts",
        documented: "During a visibility timeout, subsequent calls with the same \
                     ReceiveRequestAttemptId return the same messages and receipt handles.",
        page: api!("ReceiveMessage"),
        effect: Effect::Does(|step| {
            let attempt = step.call.attempt();
            attempt.is_some() && step.earlier.iter().any(|call| call.attempt() == attempt)
        }),
        witness: || {
            let attempt = || Command::Receive {
                from: Queue::Source,
                max: 10,
                hidden: Hidden::Long,
                attempt: Some(0),
            };
            history(Settings::default(), [SEND, attempt(), attempt()])
        },
    },
    Deviation {
        servers: &[ELASTICMQ],
        instead: "ignores DeduplicationScope",
        documented: "Specifies whether message deduplication occurs at the message group or queue \
                     level.",
        page: api!("SetQueueAttributes"),
        effect: Effect::Does(|step| {
            let sends = matches!(step.call, Call::Send(_) | Call::SendBatch(_));
            sends && step.history.settings.by_group
        }),
        witness: || {
            let settings = Settings {
                by_group: true,
                ..Settings::default()
            };
            let send = |group| Command::Send(Id::Shared(0).to(group));
            history(settings, [send(0), send(1)])
        },
    },
    Deviation {
        servers: BOTH,
        instead: "delete a message that is visible again",
        documented: "If you try to delete the message outside of the visibility timeout period, \
                     then you see an error similar to the following: [...] The receipt handle has \
                     expired.",
        page: "https://repost.aws/knowledge-center/sqs-receipt-handle-error",
        effect: Effect::Does(|step| {
            matches!(step.call, Call::Delete(_) | Call::DeleteBatch(..))
                && step.takes_stale("InvalidParameterValue")
        }),
        witness: || {
            let released = receive(10, Hidden::NotAtAll);
            history(
                Settings::default(),
                [SEND, released, Command::Delete(0.into())],
            )
        },
    },
    Deviation {
        servers: BOTH,
        instead: "hide a message that is visible again",
        documented: "MessageNotInflight: The specified message isn't in flight.",
        page: api!("ChangeMessageVisibility"),
        effect: Effect::Does(|step| {
            matches!(step.call, Call::Hide(..) | Call::HideBatch(..))
                && step.takes_stale("MessageNotInflight")
        }),
        witness: || {
            let released = receive(10, Hidden::NotAtAll);
            let hide = Command::Hide(0.into(), Hidden::Long);
            history(Settings::default(), [SEND, released, hide])
        },
    },
    Deviation {
        servers: &[MINISTACK],
        instead: "locks a whole group while any of it is in flight",
        documented: "the issue shows SQS itself: what stands before the first in flight is free",
        page: "https://github.com/localstack/localstack/issues/12457",
        effect: Effect::Does(|step| {
            step.receives_from(Queue::Source)
                && step.gives_fewer(|part| step.is_released(&part.values["message"]))
        }),
        witness: || {
            let release = Command::Hide(1.into(), Hidden::NotAtAll);
            history(Settings::default(), [SEND, SEND, RECEIVE, release, RECEIVE])
        },
    },
    Deviation {
        servers: BOTH,
        instead: "begin with other groups",
        documented: "left open; Amazon SQS first attempts to return as many messages with the same \
                     message group ID as possible",
        page: guide!("FIFO-queues-understanding-logic"),
        effect: Effect::Does(|step| {
            let (Call::Receive { max, .. }, Ok(ours), Ok(theirs)) =
                (step.call, step.ours, step.theirs)
            else {
                return false;
            };
            let group = |part: &Part| part.values["group"].clone();
            let is_full = |parts: &[Part]| parts.len() == usize::from(*max);
            is_full(ours)
                && is_full(theirs)
                && (ours.iter().map(group)).ne(theirs.iter().map(group))
        }),
        witness: || {
            let send = |group| Command::Send(Id::Fresh.to(group));
            let delete = Command::DeleteBatch(vec![0.into(), 1.into()]);
            let commands = [
                send(0),
                send(1),
                send(0),
                receive(2, Hidden::Long),
                delete,
                send(0),
                receive(1, Hidden::Long),
            ];
            history(Settings::default(), commands)
        },
    },
    Deviation {
        servers: &[MINISTACK],
        instead: "moves dead letters without a receive, out of a locked group too",
        documented: "When the ReceiveCount for a message exceeds the maxReceiveCount for a queue, \
                     Amazon SQS moves the message to the dead-letter queue.",
        page: guide!("sqs-dead-letter-queues"),
        effect: Effect::Does(|step| step.shows_dead_letters(Ordering::Greater)),
        witness: || {
            let release = Command::Hide(0.into(), Hidden::NotAtAll);
            let count = Command::Count(Queue::DeadLetters);
            history(ONE_RECEIVE, [SEND, SEND, RECEIVE, release, RECEIVE, count])
        },
    },
    Deviation {
        servers: &[ELASTICMQ],
        instead: "counts the dead letters that it meets as received",
        documented: "left open; Amazon SQS never returns more messages than this value (however, \
                     fewer messages might be returned)",
        page: api!("ReceiveMessage"),
        effect: Effect::Does(|step| {
            let leaves_it = step.takes_stale("InvalidParameterValue")
                || step.receives_from(Queue::Source) && step.gives_fewer(|_| true);
            step.shows_dead_letters(Ordering::Less) || step.has_dead_letters() && leaves_it
        }),
        witness: || {
            let both = receive(10, Hidden::NotAtAll);
            let one = receive(1, Hidden::Long);
            let count = Command::Count(Queue::DeadLetters);
            history(ONE_RECEIVE, [SEND, SEND, both, one, count])
        },
    },
    Deviation {
        servers: &[ELASTICMQ],
        instead: "forgets deduplication ids with a purge",
        documented: "Amazon SQS continues to keep track of the message deduplication ID even after \
                     the message is received and deleted.",
        page: guide!("using-messagededuplicationid-property"),
        effect: Effect::Does(|step| {
            let sends = matches!(step.call, Call::Send(_) | Call::SendBatch(_));
            sends && step.earlier.iter().any(|call| matches!(call, Call::Purge))
        }),
        witness: || {
            let send = || Command::Send(Id::Shared(0).to(0));
            history(Settings::default(), [send(), Command::Purge, send()])
        },
    },
    Deviation {
        servers: BOTH,
        instead: "purge a second time within a minute",
        documented: "PurgeQueueInProgress: Indicates that the specified queue previously received \
                     a PurgeQueue request within the last 60 seconds",
        page: api!("PurgeQueue"),
        effect: Effect::Does(|step| {
            let refused = matches!(step.ours, Err(code) if code == "PurgeQueueInProgress");
            matches!(step.call, Call::Purge) && refused && step.theirs.is_ok()
        }),
        witness: || history(Settings::default(), [Command::Purge, Command::Purge]),
    },
];

/// The deviations that make a difference, in which case the last one may be of the kind that
/// [`Does`](Effect::Does); `None` if something else does.
pub(crate) fn explain(server: &str, step: &Step<'_>) -> Option<Vec<&'static Deviation>> {
    let known = || KNOWN.iter().filter(|known| known.servers.contains(&server));
    let mut ours = step.ours.clone();
    let mut seen = Vec::new();
    for known in known() {
        if ours == *step.theirs {
            break;
        }
        if let Effect::Says(says) = known.effect {
            let before = ours.clone();
            says(step, &mut ours);
            if ours != before {
                seen.push(known);
            }
        }
    }
    if ours != *step.theirs {
        let step = Step {
            ours: &ours,
            ..*step
        };
        let does = |known: &&Deviation| matches!(known.effect, Effect::Does(does) if does(&step));
        seen.push(known().find(does)?);
    }
    Some(seen)
}

impl Deviation {
    /// Whether the server has other messages from then on, or messages in other states.
    pub(crate) fn ends_the_comparison(&self) -> bool {
        matches!(self.effect, Effect::Does(_))
    }
}

impl Step<'_> {
    fn receives_from(&self, queue: Queue) -> bool {
        matches!(self.call, Call::Receive { from, .. } if *from == queue)
    }

    /// The deliveries whose receipts are in the call.
    fn picked(&self) -> &[usize] {
        match self.call {
            Call::Delete(delivery) | Call::Hide(delivery, _) => std::slice::from_ref(delivery),
            Call::DeleteBatch(_, picked) | Call::HideBatch(_, picked, _) => picked,
            _ => &[],
        }
    }

    /// Whether the message of a receipt in the call is not in flight by that receipt any more.
    fn is_stale(&self, place: usize) -> bool {
        let delivery = self.picked().get(place);
        delivery.is_some_and(|delivery| self.deliveries[*delivery].hidden.is_none())
    }

    /// Whether the difference is that the server takes stale receipts, which ours refuses.
    fn takes_stale(&self, error: &str) -> bool {
        match (self.ours, self.theirs) {
            (Err(ours), Ok(_)) => ours == error && self.is_stale(0),
            (Ok(ours), Ok(theirs)) => {
                let mut pairs = ours.iter().zip(theirs).enumerate();
                pairs.all(|(place, (ours, theirs))| {
                    let refused = ours.values.get("error").is_some_and(|it| it == error);
                    ours == theirs || refused && theirs.values.is_empty() && self.is_stale(place)
                })
            }
            _ => false,
        }
    }

    /// Whether the server only gives fewer messages, and all that it does not give are of a kind.
    fn gives_fewer(&self, kind: impl Fn(&Part) -> bool) -> bool {
        let (Ok(ours), Ok(theirs)) = (self.ours, self.theirs) else {
            return false;
        };
        let body = |part: &Part| part.name.clone();
        let given: Vec<String> = theirs.iter().map(body).collect();
        let missing = |part: &&Part| !given.contains(&part.name);
        theirs.len() < ours.len() && ours.iter().filter(missing).all(kind)
    }

    /// Whether a message was received before, and is visible again.
    fn is_released(&self, message: &str) -> bool {
        let of_source = self.deliveries.iter().filter(|it| it.from == Queue::Source);
        let mut found = of_source.filter(|it| it.message == message).peekable();
        found.peek().is_some() && found.all(|delivery| delivery.hidden.is_none())
    }

    /// Whether a message was received so often that it may be a dead letter.
    fn has_dead_letters(&self) -> bool {
        let Some(most) = self.history.settings.receives else {
            return false;
        };
        let of_source = || self.deliveries.iter().filter(|it| it.from == Queue::Source);
        of_source().any(|delivery| {
            let same = of_source().filter(|it| it.message == delivery.message);
            same.count() >= most.into()
        })
    }

    /// Whether the difference may be that the server has moved more or fewer dead letters.
    fn shows_dead_letters(&self, than_ours: Ordering) -> bool {
        let (Ok(ours), Ok(theirs)) = (self.ours, self.theirs) else {
            return false;
        };
        let all = |parts: &[Part]| -> usize {
            let counts = parts.iter().flat_map(|part| part.values.values());
            counts.filter_map(|count| count.parse::<usize>().ok()).sum()
        };
        let found = match self.call {
            Call::Count(Queue::DeadLetters) => all(theirs).cmp(&all(ours)),
            Call::Count(Queue::Source) | Call::AwaitTimeouts => all(ours).cmp(&all(theirs)),
            Call::Receive {
                from: Queue::DeadLetters,
                ..
            } => theirs.len().cmp(&ours.len()),
            _ => Ordering::Equal,
        };
        found == than_ours && self.has_dead_letters()
    }
}

fn parts(answer: &mut Answer) -> &mut [Part] {
    answer.as_mut().map_or(&mut [], |parts| parts)
}

const SEND: Command = Command::Send(Id::Fresh.to(0));

const RECEIVE: Command = receive(10, Hidden::Long);

const RECEIVE_DEAD: Command = Command::Receive {
    from: Queue::DeadLetters,
    max: 10,
    hidden: Hidden::Long,
    attempt: None,
};

/// A message is received once before it is a dead letter.
const ONE_RECEIVE: Settings = Settings {
    by_content: false,
    by_group: false,
    receives: Some(1),
};

const fn receive(max: u8, hidden: Hidden) -> Command {
    Command::Receive {
        from: Queue::Source,
        max,
        hidden,
        attempt: None,
    }
}

fn history<const COUNT: usize>(settings: Settings, commands: [Command; COUNT]) -> History {
    History {
        settings,
        commands: commands.into(),
    }
}
