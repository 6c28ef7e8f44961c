//! The last calls, in a bounded memory.

use super::{
    call::{Answer, Call, Delivery, DeliveryState, Event, Outcome, RequestHead, Stations, Way},
    rates::Rates,
};
use std::{
    collections::{BTreeMap, HashMap, VecDeque},
    time::{Duration, Instant},
};
use thingrelay::clock::Clock;
use thingrelay_core::{identity::MessageId, message::Message, source::Platform, staged::Staged};

/// The most bytes of all calls together, about.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// How long the staging queue recognises a repeat.
const REPEAT_WINDOW: Duration = Duration::from_secs(300);
/// The characters of a message's id.
const ID_LENGTH: usize = 64;

/// The last calls.
#[derive(Debug)]
pub(crate) struct Calls {
    keep: usize,
    clock: Clock,
    /// Their numbers are consecutive.
    calls: VecDeque<Call>,
    next: u64,
    version: u64,
    bytes: usize,
    /// The numbers of the calls by their versions: the order of the last changes.
    changes: BTreeMap<u64, u64>,
    /// The last call with a message of this id that is not a repeat.
    by_id: HashMap<String, u64>,
    /// The call that was staged with this deduplication id, and when.
    staged: HashMap<String, (u64, Instant)>,
    pub(crate) rates: Rates,
}

/// What is known of a call when it arrives.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub(crate) way: Way,
    pub(crate) source: Option<String>,
    pub(crate) platform: Option<Platform>,
    pub(crate) request: Option<RequestHead>,
}

impl Calls {
    pub(crate) fn new(keep: usize, clock: Clock) -> Calls {
        Calls {
            keep,
            clock,
            calls: VecDeque::new(),
            next: 1,
            version: 0,
            bytes: 0,
            changes: BTreeMap::new(),
            by_id: HashMap::new(),
            staged: HashMap::new(),
            rates: Rates::default(),
        }
    }

    /// The version of the last change.
    pub(crate) fn version(&self) -> u64 {
        self.version
    }

    pub(crate) fn keep(&self) -> usize {
        self.keep
    }

    /// The kept calls, from the oldest.
    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Call> {
        self.calls.iter()
    }

    pub(crate) fn get(&self, number: u64) -> Option<&Call> {
        let first = self.calls.front()?.number;
        let position = usize::try_from(number.checked_sub(first)?).ok()?;
        self.calls.get(position)
    }

    /// The calls that changed after this version, in the order of their last changes.
    pub(crate) fn changed_after(&self, version: u64) -> impl Iterator<Item = &Call> {
        let changes = self.changes.range(version.saturating_add(1)..);
        changes.filter_map(|(_, number)| self.get(*number))
    }

    /// Changes a call, unless it is not kept any more.
    fn change(&mut self, number: u64, change: impl FnOnce(&mut Call)) {
        let Some(first) = self.calls.front().map(|call| call.number) else {
            return;
        };
        let position = number.checked_sub(first);
        let position = position.and_then(|position| usize::try_from(position).ok());
        let Some(call) = position.and_then(|position| self.calls.get_mut(position)) else {
            return;
        };
        let before = call.bytes();
        change(call);
        self.bytes = (self.bytes + call.bytes()).saturating_sub(before);
        self.version += 1;
        self.changes.remove(&call.version);
        call.version = self.version;
        self.changes.insert(self.version, number);
        self.drop_oldest();
    }

    /// Adds a call. Returns its number.
    pub(crate) fn arrived(&mut self, arrival: Arrival) -> u64 {
        let number = self.next;
        self.next += 1;
        self.version += 1;
        let call = Call {
            number,
            version: self.version,
            at: self.clock.now().unix_millis(),
            started: Instant::now(),
            way: arrival.way,
            source: arrival.source,
            platform: arrival.platform.map(Platform::as_str),
            request: arrival.request,
            id: None,
            original: Vec::new(),
            answer: None,
            outcome: Outcome::Arrived,
            code: None,
            detail: None,
            stations: Stations::default(),
            attempts: 0,
            events: Vec::new(),
            targets: BTreeMap::new(),
            repeat_of: None,
        };
        self.rates.arrived();
        self.bytes += call.bytes();
        self.changes.insert(self.version, number);
        self.calls.push_back(call);
        self.drop_oldest();
        number
    }

    fn drop_oldest(&mut self) {
        while self.calls.len() > self.keep || (self.bytes > MAX_BYTES && self.calls.len() > 1) {
            let Some(oldest) = self.calls.pop_front() else {
                return;
            };
            self.bytes = self.bytes.saturating_sub(oldest.bytes());
            self.changes.remove(&oldest.version);
            if let Some(id) = &oldest.id
                && self.by_id.get(id) == Some(&oldest.number)
            {
                self.by_id.remove(id);
            }
        }
        if self.staged.len() > 2 * self.keep.max(1000) {
            self.staged
                .retain(|_, (_, at)| at.elapsed() < REPEAT_WINDOW);
        }
    }

    /// A request has its whole body.
    pub(crate) fn complete(&mut self, number: u64, body: &[u8]) {
        self.change(number, |call| call.original = body.to_vec());
    }

    /// A request was answered.
    pub(crate) fn answered(&mut self, number: u64, answer: Answer) {
        let is_well = answer.status == 200;
        if !is_well {
            self.rates.refused();
        }
        self.change(number, |call| {
            if !is_well && call.attempts == 0 {
                call.outcome = Outcome::Refused;
                call.code.clone_from(&answer.code);
                call.detail.clone_from(&answer.message);
            } else if call.way == Way::Check {
                call.outcome = Outcome::Checked;
                call.stations.verified = Some(call.elapsed());
            }
            if call.outcome == Outcome::Refused || call.outcome == Outcome::Checked {
                call.stations.done = Some(call.elapsed());
            }
            call.answer = Some(answer);
        });
    }

    /// A message is genuine and about to be staged.
    pub(crate) fn verified(&mut self, number: u64, message: &Message) {
        let id = id_of(message);
        if let Some(id) = &id {
            // The staging queue may be quicker with the message than with its answer.
            let earlier = self.by_id.get(id).and_then(|earlier| self.get(*earlier));
            if earlier.is_none_or(|earlier| earlier.stations.staged.is_none()) {
                self.by_id.insert(id.clone(), number);
            }
        }
        self.change(number, |call| {
            call.id = id;
            call.stations.verified = Some(call.elapsed());
        });
    }

    /// The staging queue has a message.
    pub(crate) fn staged(&mut self, number: u64, message: &Message) {
        let key = message.fifo.as_ref().map(|fifo| &fifo.deduplication);
        let first = key.and_then(|key| self.staged.get(key));
        let first = first.filter(|(_, at)| at.elapsed() < REPEAT_WINDOW);
        // The queue may have taken the message of a call that got no answer in time.
        let unanswered = || {
            let earlier = self.get(*self.by_id.get(&id_of(message)?)?)?;
            (earlier.number < number && earlier.attempts > 0).then_some(earlier.number)
        };
        let repeat_of = first.map(|(first, _)| *first).or_else(unanswered);
        if let (Some(key), None) = (key, repeat_of) {
            self.staged.insert(key.clone(), (number, Instant::now()));
            if let Some(id) = id_of(message) {
                self.by_id.insert(id, number);
            }
        }
        self.change(number, |call| {
            let now = call.elapsed();
            call.stations.staged.get_or_insert(now);
            if repeat_of.is_some() {
                call.outcome = Outcome::Repeated;
                call.repeat_of = repeat_of;
                call.stations.done = call.stations.staged;
            } else if call.outcome == Outcome::Arrived {
                call.outcome = Outcome::Staged;
            }
        });
    }

    /// The consumer has read a record, which makes these events.
    pub(crate) fn read(&mut self, id: &str, body: &str, events: Vec<Event>) {
        let number = match self.by_id.get(id) {
            Some(number) if self.get(*number).is_some() => *number,
            _ => self.number_of_record(id, body, Way::Staging),
        };
        self.change(number, |call| {
            call.attempts += 1;
            let now = call.elapsed();
            // The queue has the message, even if its answer is still on the way.
            call.stations.staged.get_or_insert(now);
            call.stations.normalised = Some(now);
            call.events = events;
        });
    }

    /// Adds a call for a staged message. Returns its number.
    pub(crate) fn number_of_record(&mut self, id: &str, body: &str, way: Way) -> u64 {
        let staged = Staged::from_body(body).ok();
        let number = self.arrived(Arrival {
            way,
            source: staged.as_ref().map(|staged| staged.source.to_string()),
            platform: staged.as_ref().map(|staged| staged.platform),
            request: None,
        });
        self.by_id.insert(id.to_owned(), number);
        self.change(number, |call| {
            call.id = Some(id.to_owned());
            call.original = staged.map_or_else(
                || body.as_bytes().to_vec(),
                |staged| staged.original.into_owned(),
            );
            call.outcome = Outcome::Staged;
            call.stations.staged = Some(0);
        });
        number
    }

    /// Pulled messages were staged.
    pub(crate) fn pulled(&mut self, message: &Message) {
        let Some(id) = id_of(message) else {
            return;
        };
        let number = self.number_of_record(&id, &message.body, Way::Pull);
        self.staged(number, message);
    }

    /// A target took an event, or did not.
    pub(crate) fn sent(
        &mut self,
        target: &str,
        event: &str,
        state: DeliveryState,
        detail: Option<String>,
    ) {
        self.of_event(event, |call| {
            let after = call.elapsed();
            let delivery = call.targets.entry(target.to_owned()).or_default();
            *delivery = Delivery {
                state,
                after,
                tries: delivery.tries + 1,
                detail,
            };
        });
    }

    /// The targets have an event.
    pub(crate) fn forwarded(&mut self, event: &str) {
        let mut latency = None;
        self.of_event(event, |call| {
            if call.stations.done.is_none() || call.outcome != Outcome::Forwarded {
                call.stations.done = Some(call.elapsed());
                latency = call.stations.done;
            }
            call.code = None;
            call.detail = None;
            call.settle();
        });
        if let Some(latency) = latency {
            self.rates.forwarded(latency);
        }
    }

    /// No target takes an event.
    pub(crate) fn unrouted(&mut self, event: &str) {
        self.of_event(event, |call| {
            if call.outcome != Outcome::Forwarded {
                call.outcome = Outcome::Unrouted;
                call.stations.done = Some(call.elapsed());
            }
        });
    }

    /// A message is in quarantine.
    pub(crate) fn quarantined(&mut self, id: &str, reason: &str, detail: &str) {
        self.ended(id, Outcome::Quarantined, reason, detail);
    }

    /// A message comes again.
    pub(crate) fn handed_back(&mut self, id: &str, reason: &str, detail: &str) {
        self.ended(id, Outcome::Waiting, reason, detail);
    }

    fn ended(&mut self, id: &str, outcome: Outcome, reason: &str, detail: &str) {
        self.of_id(id, |call| {
            call.outcome = outcome;
            call.code = Some(reason.to_owned());
            call.detail = Some(detail.to_owned()).filter(|detail| !detail.is_empty());
            call.stations.done = (outcome != Outcome::Waiting).then(|| call.elapsed());
        });
    }

    /// A webhook's receiver has answered, or the event is a dead letter.
    pub(crate) fn delivered(
        &mut self,
        target: &str,
        event: &str,
        state: DeliveryState,
        detail: String,
    ) {
        self.sent(target, event, state, Some(detail));
        self.of_event(event, Call::settle);
    }

    fn of_event(&mut self, event: &str, change: impl FnOnce(&mut Call)) {
        self.of_id(event.get(..ID_LENGTH).unwrap_or(event), change);
    }

    fn of_id(&mut self, id: &str, change: impl FnOnce(&mut Call)) {
        if let Some(number) = self.by_id.get(id).copied() {
            self.change(number, change);
        }
    }
}

/// The id of a message for the staging queue: its line of provenance begins with the version and the id.
fn id_of(message: &Message) -> Option<String> {
    let beginning = message.body.get(..ID_LENGTH + 32)?;
    let (_, id) = beginning.split_once("\"id\":\"")?;
    MessageId::parse(id.get(..ID_LENGTH)?).map(|id| id.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    const UNAVAILABLE: Answer = Answer {
        status: 503,
        code: None,
        message: None,
    };

    fn arrival() -> Arrival {
        Arrival {
            way: Way::Push,
            source: Some("hub".to_owned()),
            platform: None,
            request: None,
        }
    }

    fn message(id: &str) -> Message {
        let line = r#"{"v":1,"id":"ID","source":"hub","platform":"tencent-iot-hub","channel":"http","received":0,"encoding":"text"}"#;
        Message {
            body: format!("{}\n{{}}", line.replace("ID", id)),
            fifo: Some(thingrelay_core::message::Fifo {
                group: "g".to_owned(),
                deduplication: id.to_owned(),
            }),
        }
    }

    fn staged(calls: &mut Calls, id: &str) -> u64 {
        let number = calls.arrived(arrival());
        calls.verified(number, &message(id));
        calls.staged(number, &message(id));
        number
    }

    fn outcome(calls: &Calls, number: u64) -> Outcome {
        calls.get(number).unwrap().outcome
    }

    #[test]
    fn a_repeat_is_a_call_of_its_own_and_the_first_is_forwarded() {
        let mut calls = Calls::new(10, Clock::system());
        let id = "a".repeat(ID_LENGTH);
        let failed = calls.arrived(arrival());
        calls.verified(failed, &message(&id));
        calls.answered(failed, UNAVAILABLE);
        let first = staged(&mut calls, &id);
        let repeat = staged(&mut calls, &id);
        assert_eq!(outcome(&calls, repeat), Outcome::Repeated);
        assert_eq!(calls.get(repeat).unwrap().repeat_of, Some(first));
        let event = format!("{id}-0");
        calls.read(&id, &message(&id).body, Vec::new());
        calls.sent("t", &event, DeliveryState::Waiting, None);
        calls.handed_back(&id, "target_unavailable", "");
        assert_eq!(outcome(&calls, first), Outcome::Waiting);
        calls.read(&id, &message(&id).body, Vec::new());
        calls.sent("t", &event, DeliveryState::Sent, None);
        calls.forwarded(&event);
        assert_eq!(outcome(&calls, first), Outcome::Forwarded);
        assert_eq!(outcome(&calls, failed), Outcome::Refused);
        assert_eq!(calls.get(first).unwrap().attempts, 2);
    }

    #[test]
    fn a_message_that_was_staged_without_an_answer_is_forwarded_once() {
        let mut calls = Calls::new(10, Clock::system());
        let id = "d".repeat(ID_LENGTH);
        let first = calls.arrived(arrival());
        calls.verified(first, &message(&id));
        calls.read(&id, &message(&id).body, Vec::new());
        calls.forwarded(&format!("{id}-0"));
        calls.answered(first, UNAVAILABLE);
        let second = staged(&mut calls, &id);
        assert_eq!(outcome(&calls, first), Outcome::Forwarded);
        assert_eq!(outcome(&calls, second), Outcome::Repeated);
    }

    #[test]
    fn a_message_without_a_known_call_is_one_from_the_staging_queue() {
        let mut calls = Calls::new(10, Clock::system());
        let id = "b".repeat(ID_LENGTH);
        calls.read(&id, &message(&id).body, Vec::new());
        let call = calls.get(1).unwrap();
        assert_eq!(call.way, Way::Staging);
        assert_eq!(call.original, b"{}");
    }

    #[test]
    fn a_webhook_s_answer_decides_after_its_queue_has_the_event() {
        let mut calls = Calls::new(10, Clock::system());
        let id = "c".repeat(ID_LENGTH);
        let number = staged(&mut calls, &id);
        let event = format!("{id}-0");
        calls.sent("t", &event, DeliveryState::Sent, None);
        calls.forwarded(&event);
        for (state, expected) in [
            (DeliveryState::Waiting, Outcome::Waiting),
            (DeliveryState::Delivered, Outcome::Forwarded),
            (DeliveryState::Dead, Outcome::Dead),
        ] {
            calls.delivered("t", &event, state, String::new());
            assert_eq!(outcome(&calls, number), expected);
        }
    }

    proptest! {
        #[test]
        fn a_client_that_reads_the_changes_has_what_is_kept(
            steps in proptest::collection::vec((0_u64..12, 0_u8..3, any::<bool>()), 0..80),
            keep in 1_usize..6,
        ) {
            let mut calls = Calls::new(keep, Clock::system());
            let mut client: BTreeMap<u64, u64> = BTreeMap::new();
            let mut version = 0;
            for (number, step, is_read) in steps {
                match step {
                    0 => _ = calls.arrived(arrival()),
                    1 => calls.complete(number, b"body"),
                    _ => calls.answered(number, Answer { status: 401, code: None, message: None }),
                }
                if is_read {
                    for call in calls.changed_after(version) {
                        prop_assert!(call.version > version);
                        version = call.version;
                        client.insert(call.number, call.version);
                    }
                    while client.len() > keep {
                        client.pop_first();
                    }
                    let kept: BTreeMap<u64, u64> =
                        calls.iter().map(|call| (call.number, call.version)).collect();
                    prop_assert_eq!(&client, &kept);
                }
                prop_assert!(calls.iter().count() <= keep);
                prop_assert_eq!(calls.changes.len(), calls.calls.len());
                let bytes: usize = calls.iter().map(Call::bytes).sum();
                prop_assert_eq!(calls.bytes, bytes);
            }
        }
    }
}
