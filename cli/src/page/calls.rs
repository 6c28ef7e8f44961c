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
/// How many messages are remembered at least, so that their repeats are recognised.
const MOST_STAGED: usize = 2_000;
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
    /// The keys of `staged`, from the oldest.
    staged_order: VecDeque<(Instant, String)>,
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
            staged_order: VecDeque::new(),
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
    }

    /// Remembers the first call of a message, and forgets those whose repeats are not dropped any more.
    fn remember(&mut self, key: &str, number: u64) {
        let now = Instant::now();
        let most = MOST_STAGED.max(2 * self.keep);
        self.staged.insert(key.to_owned(), (number, now));
        self.staged_order.push_back((now, key.to_owned()));
        while let Some((at, _)) = self.staged_order.front()
            && (now.duration_since(*at) >= REPEAT_WINDOW || self.staged_order.len() > most)
            && let Some((at, key)) = self.staged_order.pop_front()
        {
            if self.staged.get(&key).is_some_and(|(_, last)| *last == at) {
                self.staged.remove(&key);
            }
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
            self.remember(key, number);
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
            } else if matches!(call.outcome, Outcome::Arrived | Outcome::Waiting)
                && call.attempts == 0
            {
                call.outcome = Outcome::Staged;
                call.detail = None;
            }
        });
    }

    /// The consumer has read a record, which makes these events.
    pub(crate) fn read(&mut self, id: &str, body: &str, events: Vec<Event>) {
        let number = match self.by_id.get(id) {
            Some(number) if self.get(*number).is_some() => *number,
            _ => self.unknown_record(id, body),
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

    /// Adds a call for a message of the staging queue that is not known. Returns its number.
    fn unknown_record(&mut self, id: &str, body: &str) -> u64 {
        let number = self.without_request(body, Way::Staging);
        self.by_id.insert(id.to_owned(), number);
        self.change(number, |call| {
            call.id = Some(id.to_owned());
            call.outcome = Outcome::Staged;
            call.stations.staged = Some(0);
        });
        number
    }

    /// Adds a call for a message that no request has brought. Returns its number.
    fn without_request(&mut self, body: &str, way: Way) -> u64 {
        let staged = Staged::from_body(body).ok();
        let number = self.arrived(Arrival {
            way,
            source: staged.as_ref().map(|staged| staged.source.to_string()),
            platform: staged.as_ref().map(|staged| staged.platform),
            request: None,
        });
        self.change(number, |call| {
            call.original = staged.map_or_else(
                || body.as_bytes().to_vec(),
                |staged| staged.original.into_owned(),
            );
        });
        number
    }

    /// A message was pulled and is about to be staged, perhaps after it could not be. Returns the number
    /// of its call.
    pub(crate) fn pulled(&mut self, message: &Message) -> u64 {
        let known = id_of(message).and_then(|id| self.by_id.get(&id).copied());
        let is_unstaged = |call: &Call| call.way == Way::Pull && call.stations.staged.is_none();
        if let Some(known) = known.filter(|known| self.get(*known).is_some_and(is_unstaged)) {
            return known;
        }
        let number = self.without_request(&message.body, Way::Pull);
        self.verified(number, message);
        number
    }

    /// The staging queue does not take a pulled message for now.
    pub(crate) fn not_staged(&mut self, number: u64, detail: String) {
        self.change(number, |call| {
            call.outcome = Outcome::Waiting;
            call.detail = Some(detail);
        });
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
mod tests;
