//! The internal events of the function `webhook`.

use super::count;
use metrics::{counter, histogram};
use tracing::{debug, error, warn};

/// An internal event of the function `webhook`. [`WebhookEvent::emit`] counts it and writes its line.
#[derive(Debug, Clone, Copy)]
pub enum WebhookEvent<'a> {
    /// An event was sent to the receiver of a webhook.
    Attempted {
        /// The target's name.
        target: &'a str,
        /// The event's id.
        id: &'a str,
        /// The status, if there was an answer.
        status: Option<u16>,
        /// Why there was no answer, for people; else empty.
        detail: &'a str,
        /// What becomes of the event.
        verdict: &'static str,
        /// The time until the answer or the failure.
        millis: u64,
    },
    /// An event of a webhook waits in its queue.
    Waiting {
        /// The target's name.
        target: &'a str,
        /// The event's id.
        id: &'a str,
        /// The stable code of the reason.
        reason: &'static str,
        /// For how long.
        seconds: u64,
    },
    /// An event of a webhook went to the dead letters.
    GivenUp {
        /// The target's name.
        target: &'a str,
        /// The event's id.
        id: &'a str,
        /// The stable code of the reason.
        reason: &'static str,
        /// The last status, or the code of the last failure.
        last: &'a str,
    },
    /// The events of a batch of a webhook, and what became of them.
    Batch {
        /// The target's name.
        target: &'a str,
        /// How many events came.
        received: usize,
        /// How many the receiver took.
        delivered: usize,
        /// How many went to the dead letters.
        given_up: usize,
        /// How many come again.
        waiting: usize,
    },
    /// The receiver of a webhook fails for several devices: all events wait, and one at a time is a
    /// probe.
    CircuitOpened {
        /// The target's name.
        target: &'a str,
        /// The last status, or the code of the last failure.
        last: &'a str,
    },
    /// The receiver of a webhook was still failing at the end of a batch.
    CircuitOpen {
        /// The target's name.
        target: &'a str,
    },
    /// The settings or secrets of a webhook do not allow to send. Its events wait.
    Unusable {
        /// The target's name.
        target: &'a str,
        /// What is missing or wrong; never a secret.
        detail: &'a str,
    },
}

impl WebhookEvent<'_> {
    /// Counts the event and writes its line.
    pub fn emit(self) {
        match self {
            WebhookEvent::Attempted {
                target,
                id,
                status,
                detail,
                verdict,
                millis,
            } => {
                let of = target.to_owned();
                match status.map(|status| status / 100) {
                    Some(2) => counter!("webhook_answers_2xx", "target" => of).increment(1),
                    Some(3) => counter!("webhook_answers_3xx", "target" => of).increment(1),
                    Some(4) => counter!("webhook_answers_4xx", "target" => of).increment(1),
                    Some(5) => counter!("webhook_answers_5xx", "target" => of).increment(1),
                    Some(_) => counter!("webhook_answers_other", "target" => of).increment(1),
                    None => counter!("webhook_no_answer", "target" => of).increment(1),
                }
                #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 milliseconds")]
                histogram!("webhook_latency", "target" => target.to_owned()).record(millis as f64);
                debug!(
                    to = target,
                    id, status, detail, verdict, millis, "attempted"
                );
            }
            WebhookEvent::Waiting {
                target,
                id,
                reason,
                seconds,
            } => debug!(to = target, id, reason, seconds, "the event waits"),
            WebhookEvent::GivenUp {
                target,
                id,
                reason,
                last,
            } => error!(to = target, id, reason, last, "the event is a dead letter"),
            WebhookEvent::Batch {
                target,
                received,
                delivered,
                given_up,
                waiting,
            } => {
                counter!("webhook_received", "target" => target.to_owned())
                    .increment(count(received));
                counter!("webhook_delivered", "target" => target.to_owned())
                    .increment(count(delivered));
                counter!("webhook_given_up", "target" => target.to_owned())
                    .increment(count(given_up));
                counter!("webhook_waiting", "target" => target.to_owned())
                    .increment(count(waiting));
                debug!(
                    to = target,
                    received, delivered, given_up, waiting, "batch done"
                );
            }
            WebhookEvent::CircuitOpened { target, last } => {
                warn!(
                    to = target,
                    last, "the receiver fails: one event at a time is tried"
                );
            }
            WebhookEvent::CircuitOpen { target } => {
                counter!("webhook_circuit_open", "target" => target.to_owned()).increment(1);
                debug!(to = target, "the receiver still fails");
            }
            WebhookEvent::Unusable { target, detail } => {
                counter!("webhook_unusable", "target" => target.to_owned()).increment(1);
                error!(
                    to = target,
                    detail, "the webhook cannot be used, its events wait"
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::{
        Counters, Format,
        captured::{lines, object},
    };
    use serde_json::{Value, json};

    const TARGET: &str = "crm";

    fn attempted(status: Option<u16>) -> WebhookEvent<'static> {
        WebhookEvent::Attempted {
            target: TARGET,
            id: "e-0",
            status,
            detail: "",
            verdict: "retry",
            millis: 7,
        }
    }

    #[test]
    fn each_event_is_counted_by_its_target_and_has_one_line() {
        let (target, id, last) = (TARGET, "e-0", "503");
        let batch = WebhookEvent::Batch {
            target,
            received: 4,
            delivered: 2,
            given_up: 1,
            waiting: 1,
        };
        type Case<'c> = (WebhookEvent<'c>, &'c [(&'c str, u64)], &'c str, Value);
        let cases: [Case<'_>; 12] = [
            (
                attempted(Some(204)),
                &[("webhook_answers_2xx", 1)],
                "DEBUG",
                json!({"status": 204, "verdict": "retry", "millis": 7, "id": "e-0"}),
            ),
            (
                attempted(Some(302)),
                &[("webhook_answers_3xx", 1)],
                "DEBUG",
                json!({}),
            ),
            (
                attempted(Some(404)),
                &[("webhook_answers_4xx", 1)],
                "DEBUG",
                json!({}),
            ),
            (
                attempted(Some(503)),
                &[("webhook_answers_5xx", 1)],
                "DEBUG",
                json!({}),
            ),
            (
                attempted(Some(999)),
                &[("webhook_answers_other", 1)],
                "DEBUG",
                json!({}),
            ),
            (
                attempted(None),
                &[("webhook_no_answer", 1)],
                "DEBUG",
                json!({}),
            ),
            (
                WebhookEvent::Waiting {
                    target,
                    id,
                    reason: "retry",
                    seconds: 5,
                },
                &[],
                "DEBUG",
                json!({"reason": "retry", "seconds": 5}),
            ),
            (
                WebhookEvent::GivenUp {
                    target,
                    id,
                    reason: "refused",
                    last,
                },
                &[],
                "ERROR",
                json!({"reason": "refused", "last": "503"}),
            ),
            (
                batch,
                &[
                    ("webhook_delivered", 2),
                    ("webhook_given_up", 1),
                    ("webhook_received", 4),
                    ("webhook_waiting", 1),
                ],
                "DEBUG",
                json!({"received": 4}),
            ),
            (
                WebhookEvent::CircuitOpened { target, last },
                &[],
                "WARN",
                json!({"last": "503"}),
            ),
            (
                WebhookEvent::CircuitOpen { target },
                &[("webhook_circuit_open", 1)],
                "DEBUG",
                json!({}),
            ),
            (
                WebhookEvent::Unusable {
                    target,
                    detail: "no secrets",
                },
                &[("webhook_unusable", 1)],
                "ERROR",
                json!({"detail": "no secrets"}),
            ),
        ];
        for (event, counts, level, fields) in cases {
            let counters = Counters::default();
            let written = metrics::with_local_recorder(&counters, || {
                lines(Format::Json, "debug", || event.emit())
            });
            let counted: Vec<_> = counters.counted();
            let found: Vec<(&str, u64)> = counted
                .iter()
                .map(|(row, count)| {
                    assert_eq!(row.target.as_deref(), Some(TARGET));
                    (row.name.as_str(), *count)
                })
                .collect();
            assert_eq!(found, counts, "{event:?}");
            assert_eq!(written.len(), 1, "{event:?}");
            let line = object(&written[0]);
            assert_eq!(line["level"], level, "{line:?}");
            assert_eq!(line["to"], TARGET, "{line:?}");
            for (name, value) in fields.as_object().unwrap() {
                assert_eq!(&line[name], value, "{line:?}");
            }
        }
    }

    #[test]
    fn each_attempt_is_a_duration() {
        let counters = Counters::default();
        metrics::with_local_recorder(&counters, || {
            attempted(Some(200)).emit();
            attempted(None).emit();
        });
        let samples = counters.take_samples();
        let [(row, millis)] = samples.as_slice() else {
            panic!("{samples:?}");
        };
        assert_eq!(
            (row.name.as_str(), row.target.as_deref()),
            ("webhook_latency", Some(TARGET))
        );
        assert_eq!(millis, &[7, 7]);
        assert!(counters.take_samples().is_empty());
    }
}
