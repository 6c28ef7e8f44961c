//! Records what happens to each call, cheaply: nothing is written as JSON before a page asks.

use super::{
    call::{Answer, DeliveryState, Event, RequestHead, Way},
    calls::{Arrival, Calls},
};
use consumer::Observer;
use http::{Method, Request, Response};
use lambda_http::Body;
use rand::RngExt;
use serde::Deserialize;
use std::sync::{Mutex, MutexGuard, PoisonError};
use thingrelay::{clock::Clock, send_error::SendError};
use thingrelay_core::{
    message::{EventMessage, Message},
    normalize::OutgoingEvent,
    source::Platform,
    timestamp::Timestamp,
};
use tokio::sync::watch;

tokio::task_local! {
    /// The call at work in this task.
    pub(crate) static AT_WORK: CallNumber;
}

/// The number of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CallNumber(u64);

/// Records calls, unless nothing is to be kept.
#[derive(Debug)]
pub(crate) struct Recorder {
    calls: Option<Mutex<Calls>>,
    changed: watch::Sender<()>,
    boot: String,
}

impl Recorder {
    /// Keeps the last calls, as many as this.
    pub(crate) fn keeping(keep: usize) -> Recorder {
        Recorder {
            calls: Some(Mutex::new(Calls::new(keep, Clock::system()))),
            ..Recorder::off()
        }
    }

    /// Keeps nothing.
    pub(crate) fn off() -> Recorder {
        Recorder {
            calls: None,
            changed: watch::Sender::new(()),
            boot: format!("{:08x}", rand::rng().random::<u32>()),
        }
    }

    /// Tells this run from others.
    pub(crate) fn boot(&self) -> &str {
        &self.boot
    }

    /// Is told of each change.
    pub(crate) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// The kept calls; `None` if nothing is kept.
    pub(crate) fn calls(&self) -> Option<MutexGuard<'_, Calls>> {
        let calls = self.calls.as_ref()?;
        Some(calls.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn record<T>(&self, record: impl FnOnce(&mut Calls) -> T) -> Option<T> {
        let recorded = record(&mut *self.calls()?);
        self.changed.send_replace(());
        Some(recorded)
    }

    /// A request has come, without its body. The source is one of the configuration.
    pub(crate) fn arrived<B>(
        &self,
        request: &Request<B>,
        source: Option<(&str, Platform)>,
        at: Timestamp,
    ) -> Option<CallNumber> {
        self.calls.as_ref()?;
        let arrival = Arrival {
            way: if request.method() == Method::GET {
                Way::Check
            } else {
                Way::Push
            },
            source: source.map(|(name, _)| name.to_owned()),
            platform: source.map(|(_, platform)| platform),
            request: Some(RequestHead::of(request, at)),
        };
        self.record(|calls| calls.arrived(arrival)).map(CallNumber)
    }

    /// The request has its whole body.
    pub(crate) fn complete(&self, call: CallNumber, body: &[u8]) {
        self.record(|calls| calls.complete(call.0, body));
    }

    /// The request was answered.
    pub(crate) fn answered(&self, call: Option<CallNumber>, response: &Response<Body>) {
        #[derive(Deserialize)]
        struct Refusal {
            error: String,
            message: String,
        }
        let Some(CallNumber(call)) = call else {
            return;
        };
        let refusal = match response.status().as_u16() {
            200 => None,
            _ => serde_json::from_slice::<Refusal>(response.body()).ok(),
        };
        let (code, message) = refusal.map(|it| (it.error, it.message)).unzip();
        let answer = Answer {
            status: response.status().as_u16(),
            code,
            message,
        };
        self.record(|calls| calls.answered(call, answer));
    }

    /// The message of the call at work is genuine.
    pub(crate) fn verified(&self, message: &Message) {
        if let Ok(call) = AT_WORK.try_get() {
            self.record(|calls| calls.verified(call.0, message));
        }
    }

    /// The staging queue has the message of the call at work.
    pub(crate) fn staged(&self, message: &Message) {
        if let Ok(call) = AT_WORK.try_get() {
            self.record(|calls| calls.staged(call.0, message));
        }
    }

    /// Stages pulled messages. The consumer may read them before the queue has answered.
    pub(crate) async fn pulled<'a>(
        &self,
        messages: &[&'a Message],
        stage: impl AsyncFnOnce(&[&'a Message]) -> Vec<Result<(), SendError>>,
    ) -> Vec<Result<(), SendError>> {
        let numbers = self.record(|calls| {
            let numbers = messages.iter().map(|message| calls.pulled(message));
            numbers.collect::<Vec<_>>()
        });
        let results = stage(messages).await;
        if let Some(numbers) = numbers {
            self.record(|calls| {
                for ((number, message), result) in numbers.into_iter().zip(messages).zip(&results) {
                    match result {
                        Ok(()) => calls.staged(number, message),
                        Err(error) => calls.not_staged(number, error.to_string()),
                    }
                }
            });
        }
        results
    }

    /// Events were sent to a target.
    pub(crate) fn sent(
        &self,
        target: &str,
        messages: &[&EventMessage],
        results: &[Result<(), SendError>],
    ) {
        self.record(|calls| {
            for (message, result) in messages.iter().zip(results) {
                let Some(fifo) = &message.message.fifo else {
                    continue;
                };
                let (state, detail) = match result {
                    Ok(()) => (DeliveryState::Sent, None),
                    Err(error @ SendError::Transient(_)) => {
                        (DeliveryState::Waiting, Some(error.to_string()))
                    }
                    Err(error @ SendError::Permanent(_)) => {
                        (DeliveryState::Refused, Some(error.to_string()))
                    }
                };
                calls.sent(target, &fifo.deduplication, state, detail);
            }
        });
    }

    /// A webhook's receiver has answered, or not.
    pub(crate) fn attempted(&self, target: &str, event: &str, outcome: &str, is_well: bool) {
        let state = if is_well {
            DeliveryState::Delivered
        } else {
            DeliveryState::Waiting
        };
        self.record(|calls| calls.delivered(target, event, state, outcome.to_owned()));
    }

    /// An event for a webhook is a dead letter.
    pub(crate) fn given_up(&self, target: &str, event: &str, outcome: &str) {
        let dead = DeliveryState::Dead;
        self.record(|calls| calls.delivered(target, event, dead, outcome.to_owned()));
    }
}

impl Observer for Recorder {
    fn read(&self, id: &str, body: &str, events: &[OutgoingEvent]) {
        self.record(|calls| calls.read(id, body, events.iter().map(Event::of).collect()));
    }

    fn forwarded(&self, event: &OutgoingEvent) {
        self.record(|calls| calls.forwarded(&event.id));
    }

    fn unrouted(&self, event: &OutgoingEvent) {
        self.record(|calls| calls.unrouted(&event.id));
    }

    fn quarantined(&self, id: &str, reason: &str, detail: &str) {
        self.record(|calls| calls.quarantined(id, reason, detail));
    }

    fn handed_back(&self, id: &str, reason: &str, detail: &str) {
        self.record(|calls| calls.handed_back(id, reason, detail));
    }
}
