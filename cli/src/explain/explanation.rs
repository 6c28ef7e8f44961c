//! All that is known of a request, as text and as JSON.

use super::{
    advice::advice,
    answer::{self, Answer},
    capture::{Capture, TimeFrom},
    fate::{Fate, Outcome},
    signature::{Signature, window},
};
use crate::output::printable::printable;
use futures::FutureExt;
use metrics::NoopRecorder;
use serde_json::{Value, json};
use std::fmt;
use thingrelay::clock::Clock;
use thingrelay_core::{
    config::{ConsumerConfig, EdgeConfig},
    source::SourceName,
    timestamp::Timestamp,
};
use tracing::subscriber::NoSubscriber;

/// All that is known of a request.
#[derive(Debug)]
pub(crate) struct Explanation<'a> {
    capture: &'a Capture,
    at: Timestamp,
    time_from: TimeFrom,
    signature: Signature<'a>,
    /// How far the timestamp may be from the clock, if the source is signed.
    window: Option<i64>,
    answer: Answer,
    advice: Option<String>,
    /// `None` if nothing is staged, or if the body is not known.
    fate: Option<Fate>,
}

impl<'a> Explanation<'a> {
    pub(crate) async fn of(
        capture: &'a Capture,
        edge: &'a EdgeConfig,
        consumer: &ConsumerConfig,
    ) -> Explanation<'a> {
        let signature = Signature::of(&capture.headers, edge);
        let (at, time_from) = capture.time.unwrap_or_else(|| {
            let signed = signature.timestamp.map(|it| it.saturating_mul(1000));
            let signed = signed.map(Timestamp::from_unix_millis);
            let at = signed.unwrap_or_else(|| Clock::system().now());
            (at, TimeFrom::Assumed)
        });
        let answer = answer::answer(capture, edge, at).await;
        let source = SourceName::parse(answer::source(capture));
        let source = source.and_then(|name| edge.sources.get(&name));
        let staged = answer.staged.as_ref().filter(|_| capture.body.is_some());
        Explanation {
            advice: advice(capture, edge, &signature, &answer),
            window: source.and_then(window),
            fate: staged.map(|message| Fate::of(&message.body, consumer)),
            capture,
            at,
            time_from,
            signature,
            answer,
        }
    }

    /// The explanation, without the lines and counts of the functions that answer. They wait for nothing;
    /// `None` if they do.
    pub(crate) fn unseen(
        capture: &'a Capture,
        edge: &'a EdgeConfig,
        consumer: &ConsumerConfig,
    ) -> Option<Explanation<'a>> {
        let explain = || Explanation::of(capture, edge, consumer).now_or_never();
        metrics::with_local_recorder(&NoopRecorder, || {
            tracing::subscriber::with_default(NoSubscriber::default(), explain)
        })
    }

    /// The clock minus the timestamp, in seconds; `None` if one of them is not known.
    fn skew_seconds(&self) -> Option<i64> {
        let timestamp = self.signature.timestamp?;
        let is_known = self.time_from != TimeFrom::Assumed;
        is_known.then(|| self.at.unix_seconds().saturating_sub(timestamp))
    }

    /// The status in the capture, if it is another.
    fn other_status(&self) -> Option<u16> {
        self.capture.status.filter(|it| *it != self.answer.status)
    }

    /// How many bytes the head announces, if the body has another number.
    fn announced(&self) -> Option<usize> {
        let length = self.capture.headers.get(http::header::CONTENT_LENGTH)?;
        let length: usize = length.to_str().ok()?.parse().ok()?;
        let body = self.capture.body.as_ref()?;
        (body.len() != length).then_some(length)
    }

    pub(crate) fn to_json(&self) -> Value {
        let signers = self.signature.signers.iter();
        let signers = signers
            .map(|signer| json!({"source": signer.source.as_str(), "token": signer.place()}));
        let refusal = self.answer.refusal.as_ref();
        json!({
            "request": {
                "method": self.capture.method.as_str(),
                "path": self.capture.path,
                "source": answer::source(self.capture),
                "body_bytes": self.capture.body.as_ref().map(Vec::len),
            },
            "time": {"at": self.at.to_string(), "from": self.time_from.as_str()},
            "signature": {
                "headers": self.signature.family.as_str(),
                "timestamp": self.signature.timestamp,
                "skew_seconds": self.skew_seconds(),
                "freshness_seconds": self.window,
                "signers": signers.collect::<Vec<_>>(),
            },
            "answer": {
                "status": self.answer.status,
                "code": refusal.map(|refusal| &refusal.code),
                "message": refusal.map(|refusal| &refusal.message),
            },
            "captured_status": self.capture.status,
            "advice": self.advice,
            "message": self.fate.as_ref().map(Fate::to_json),
        })
    }

    fn clock(&self) -> Option<String> {
        let timestamp = self.signature.timestamp?;
        let allowed = match self.window {
            Some(0) => ", which does not matter to this source".to_owned(),
            Some(seconds) => format!("; up to {seconds} s are allowed"),
            None => String::new(),
        };
        let signed = match self.skew_seconds() {
            None => {
                let signed = Timestamp::from_unix_millis(timestamp.saturating_mul(1000));
                return Some(format!(
                    "signed at {signed}; the time of the call is not known, so the clocks are not judged (see --at)"
                ));
            }
            Some(0) => "signed at that time".to_owned(),
            Some(skew) if skew > 0 => format!(
                "signed {skew} s before that time: the sender's clock is behind, or this one ahead"
            ),
            Some(skew) => format!(
                "signed {} s after that time: the sender's clock is ahead, or this one behind",
                skew.unsigned_abs()
            ),
        };
        Some(signed + &allowed)
    }

    fn tokens(&self) -> String {
        let places = self.signature.signers.iter().map(|signer| {
            let age = match signer.is_previous() {
                true => "previous",
                false => "current",
            };
            format!("{}, the {age} token of {}", signer.place(), signer.source)
        });
        match places.collect::<Vec<_>>() {
            places if places.is_empty() => "none of this configuration signs it".to_owned(),
            places => places.join("; "),
        }
    }
}

impl TimeFrom {
    fn as_str(self) -> &'static str {
        match self {
            TimeFrom::Given => "at",
            TimeFrom::Date => "date",
            TimeFrom::Started => "started",
            TimeFrom::Arrived => "arrived",
            TimeFrom::Assumed => "assumed",
        }
    }

    fn words(self) -> &'static str {
        match self {
            TimeFrom::Given => "--at",
            TimeFrom::Date => "the header Date of the answer",
            TimeFrom::Started => "startedDateTime, the sender's clock",
            TimeFrom::Arrived => "the clock of the endpoint",
            TimeFrom::Assumed => "assumed",
        }
    }
}

impl fmt::Display for Explanation<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &str, value: &str| writeln!(f, "{name:<10} {}", printable(value));
        let Capture {
            method, path, body, ..
        } = self.capture;
        let body = body
            .as_ref()
            .map_or("a body that the capture does not have".to_owned(), |body| {
                format!("{} bytes", body.len())
            });
        line("request", &format!("{method} {path}, {body}"))?;
        if let Some(announced) = self.announced() {
            line(
                "",
                &format!(
                    "its Content-Length is {announced}: the body is not the one that was sent"
                ),
            )?;
        }
        line("time", &format!("{} ({})", self.at, self.time_from.words()))?;
        line("headers", &self.signature.family.words())?;
        if self.signature.timestamp.is_some() {
            line("token", &self.tokens())?;
        }
        if let Some(clock) = self.clock() {
            line("clock", &clock)?;
        }
        match &self.answer.refusal {
            None if self.capture.method == http::Method::GET => {
                line("answer", &format!("{}, the Echostr", self.answer.status))?;
            }
            None => line(
                "answer",
                &format!("{}, the message is staged", self.answer.status),
            )?,
            Some(refusal) => line(
                "answer",
                &format!(
                    "{} {}: {}",
                    self.answer.status, refusal.code, refusal.message
                ),
            )?,
        }
        if let Some(other) = self.other_status() {
            line(
                "",
                &format!(
                    "the capture has {other}: it was another configuration, another time, or something in front of thingrelay that answered"
                ),
            )?;
        }
        if let Some(advice) = &self.advice {
            line("advice", advice)?;
        }
        match &self.fate {
            Some(fate) => fate.write(&mut line),
            None if self.answer.staged.is_some() => {
                line("message", "not known without the body: give it with --body")
            }
            None => Ok(()),
        }
    }
}

impl Fate {
    pub(super) fn to_json(&self) -> Value {
        let (outcome, reason, detail) = match &self.outcome {
            Outcome::Forwarded(_) => ("forwarded", None, None),
            Outcome::Quarantined { reason, detail } => ("quarantined", Some(reason), Some(detail)),
            Outcome::Waiting { reason, detail } => ("waiting", Some(reason), Some(detail)),
        };
        let events = match &self.outcome {
            Outcome::Forwarded(events) => events.as_slice(),
            _ => &[],
        };
        let events = events.iter().map(|(event, takers)| {
            let takers = takers.iter().map(
                |taker| json!({"target": taker.name, "takes": taker.takes, "filter": taker.filter}),
            );
            let event: Option<Value> = serde_json::from_str(&event.json).ok();
            json!({"event": event, "targets": takers.collect::<Vec<_>>()})
        });
        json!({
            "id": self.id,
            "outcome": outcome,
            "reason": reason,
            "detail": detail,
            "events": events.collect::<Vec<_>>(),
        })
    }

    pub(super) fn write(&self, line: &mut impl FnMut(&str, &str) -> fmt::Result) -> fmt::Result {
        line("message", self.id.as_deref().unwrap_or_default())?;
        let events = match &self.outcome {
            Outcome::Quarantined { reason, detail } => {
                return line("", &format!("goes to quarantine, {reason}: {detail}"));
            }
            Outcome::Waiting { reason, detail } => {
                return line(
                    "",
                    &format!("waits on the staging queue, {reason}: {detail}"),
                );
            }
            Outcome::Forwarded(events) => events,
        };
        for (event, takers) in events {
            line("event", &event.json)?;
            for taker in takers {
                let takes = match taker.takes {
                    true => "takes it",
                    false => "does not take it",
                };
                line(
                    "target",
                    &format!("{} {takes}: {}", taker.name, taker.filter),
                )?;
            }
            if takers.iter().all(|taker| !taker.takes) {
                line("", "no target takes the event: it is counted as Unrouted")?;
            }
        }
        Ok(())
    }
}
