//! The calls to the staging queue, several at a time, and their results.

use super::{
    backlog::{Backlog, InFlight},
    limits::Limits,
    shutdown::Shutdown,
    subscription::{Broker, Delivery, Subscription},
    summary::PullSummary,
};
use crate::{
    internal_event::InternalEvent,
    ordered::Sender,
    queue::{MAX_BATCH, SendError},
};
use futures::{
    FutureExt,
    stream::{FuturesUnordered, StreamExt},
};
use std::{future::pending, pin::Pin};
use thingrelay_core::{message::Message, source::SourceName};
use tokio::time::{Instant, sleep_until};

type AckTokenOf<B> = <<B as Broker>::Subscription as Subscription>::AckToken;
type Call<'a, R> = Pin<Box<dyn Future<Output = Answer<R>> + Send + 'a>>;

/// The messages that have arrived, the calls that stage them, and the ack tokens of the staged
/// ones.
pub(super) struct Staging<'a, B: Broker, S> {
    broker: &'a B,
    sender: &'a S,
    limits: &'a Limits,
    backlog: Backlog<AckTokenOf<B>>,
    calls: FuturesUnordered<Call<'a, AckTokenOf<B>>>,
    ack_tokens: Vec<AckTokenOf<B>>,
    sorting: Sorting,
    /// Consecutive rounds in which the queue accepted nothing.
    failures: u32,
    /// When a call may begin again after such a round.
    paused_until: Option<Instant>,
    pub(super) jitter: fastrand::Rng,
    pub(super) tally: PullSummary,
}

/// Whether the held messages have to be sorted out, as the broker gave some of them to another
/// consumer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sorting {
    Needless,
    Due,
    /// Until a message that was under way comes back into line.
    Done,
}

struct Answer<R> {
    heads: Vec<InFlight<R>>,
    results: Vec<Result<(), SendError>>,
    /// The value of `failures` when the call began.
    failures: u32,
}

impl<'a, B: Broker, S: Sender + Sync> Staging<'a, B, S> {
    pub(super) fn new(broker: &'a B, sender: &'a S, limits: &'a Limits) -> Self {
        Staging {
            broker,
            sender,
            limits,
            backlog: Backlog::new(),
            calls: FuturesUnordered::new(),
            ack_tokens: Vec::new(),
            sorting: Sorting::Needless,
            failures: 0,
            paused_until: None,
            jitter: fastrand::Rng::with_seed(limits.seed),
            tally: PullSummary::default(),
        }
    }

    pub(super) fn source(&self) -> &'a SourceName {
        self.broker.source()
    }

    pub(super) fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// Whether another message may be received.
    pub(super) fn has_room(&self) -> bool {
        self.backlog.messages() < self.limits.messages.max(1)
            && self.backlog.bytes() < self.limits.bytes.max(1)
    }

    /// Whether a call could carry more messages than are ready.
    pub(super) fn has_room_in_call(&self) -> bool {
        self.backlog.ready() < MAX_BATCH && self.has_room()
    }

    /// Adds a message.
    pub(super) fn push(&mut self, delivery: Delivery<AckTokenOf<B>>) {
        self.tally.received += 1;
        self.tally.given_back += 1;
        self.backlog.push(delivery);
    }

    /// Begins as many calls as may be under way.
    pub(super) fn begin(&mut self) {
        if self.calls.len() >= self.most_calls() {
            return;
        }
        if self.backlog.ready() == 0 && self.backlog.next_ready().is_none() {
            return;
        }
        let now = Instant::now();
        if self.paused_until.is_some_and(|until| until > now) {
            return;
        }
        self.backlog.wake(now);
        while self.calls.len() < self.most_calls() {
            let heads = self.backlog.take_batch();
            if heads.is_empty() {
                return;
            }
            self.calls
                .push(Box::pin(send(self.sender, heads, self.failures)));
        }
    }

    /// While the queue accepts nothing, one call at a time finds out whether it accepts messages
    /// again.
    fn most_calls(&self) -> usize {
        match self.failures {
            0 => self.limits.calls.max(1),
            _ => 1,
        }
    }

    /// Waits until a call has ended, or until a call may begin that had to wait; for ever if there
    /// is nothing to wait for. The future may be dropped at any time.
    pub(super) async fn progress(&mut self) {
        let begins = self.next_begin();
        tokio::select! {
            biased;
            Some(answer) = self.calls.next() => {
                self.settle(answer);
                while let Some(Some(answer)) = self.calls.next().now_or_never() {
                    self.settle(answer);
                }
            }
            () = sleep_until(begins.unwrap_or_else(Instant::now)), if begins.is_some() => {}
            else => pending().await,
        }
    }

    /// When the next of the calls may begin that [`Self::begin`] left for later.
    fn next_begin(&self) -> Option<Instant> {
        if self.calls.len() >= self.most_calls() {
            return None;
        }
        match self.backlog.ready() {
            0 => self
                .backlog
                .next_ready()
                .max(self.paused_until_if_resting()),
            _ => self.paused_until,
        }
    }

    fn paused_until_if_resting(&self) -> Option<Instant> {
        self.backlog.next_ready().and(self.paused_until)
    }

    /// Waits for the calls under way and begins no others. At the end of the grace it drops them.
    pub(super) async fn finish(&mut self, shutdown: &mut Shutdown<'_>) {
        while !self.calls.is_empty() {
            tokio::select! {
                biased;
                Some(answer) = self.calls.next() => self.settle(answer),
                () = shutdown.wait_out() => self.calls.clear(),
            }
        }
    }

    /// The ack tokens of messages that are staged and not acknowledged yet.
    pub(super) fn take_ack_tokens(&mut self) -> Vec<AckTokenOf<B>> {
        std::mem::take(&mut self.ack_tokens)
    }

    /// From now on, another consumer has some of the held messages.
    pub(super) fn begin_to_sort_out(&mut self) {
        self.sorting = Sorting::Due;
    }

    /// Forgets the messages that another consumer has, except those that are under way.
    pub(super) fn sort_out(&mut self, is_kept: impl Fn(&AckTokenOf<B>) -> bool) {
        if self.sorting == Sorting::Due {
            self.backlog.keep(is_kept);
            self.sorting = Sorting::Done;
        }
    }

    /// Forgets everything, as the connection has ended. No call may be under way.
    pub(super) fn forget(&mut self) {
        self.backlog.clear();
        self.ack_tokens.clear();
        self.sorting = Sorting::Needless;
    }

    fn settle(&mut self, answer: Answer<AckTokenOf<B>>) {
        if self.sorting == Sorting::Done && answer.results.iter().any(Result::is_err) {
            self.sorting = Sorting::Due;
        }
        let mut results = answer.results.into_iter();
        let mut failed = Vec::new();
        let mut first_error = None;
        let mut took_nothing = true;
        for head in answer.heads {
            let result = results
                .next()
                .unwrap_or_else(|| Err(SendError::Transient("no answer for the message".into())));
            took_nothing &= matches!(result, Err(SendError::Transient(_)));
            match result {
                Ok(()) => self.staged(head),
                Err(error) => match self.stand_in(&head, &error) {
                    Some(message) => self.backlog.replace(head, message),
                    None => {
                        first_error.get_or_insert(error);
                        failed.push(head);
                    }
                },
            }
        }
        if let Some(error) = first_error {
            let (source, error) = (self.source(), error.to_string());
            InternalEvent::StagingRetried {
                source,
                error: &error,
            }
            .emit();
        }
        if took_nothing {
            // All failures of calls that were under way together count as one.
            self.failures = self.failures.max(answer.failures.saturating_add(1));
            self.paused_until =
                Some(Instant::now() + self.limits.unstaged.wait(self.failures, &mut self.jitter));
            for head in failed {
                self.backlog.put_back(head);
            }
        } else {
            self.failures = 0;
            self.paused_until = None;
            for head in failed {
                let (waits, jitter) = (self.limits.unstaged, &mut self.jitter);
                self.backlog.rest(head, |failures| {
                    Instant::now() + waits.wait(failures, jitter)
                });
            }
        }
    }

    fn staged(&mut self, head: InFlight<AckTokenOf<B>>) {
        let source = self.source();
        InternalEvent::Received {
            source: Some(source),
        }
        .emit();
        InternalEvent::Accepted {
            source,
            id: head.delivery.id.as_str(),
        }
        .emit();
        self.tally.staged += 1;
        self.tally.given_back -= 1;
        self.ack_tokens.push(self.backlog.staged(head));
    }

    fn stand_in(&self, head: &InFlight<AckTokenOf<B>>, error: &SendError) -> Option<Message> {
        match error {
            SendError::Permanent(_) if !head.replaced => {
                let delivery = &head.delivery;
                self.broker.stand_in(&delivery.message)
            }
            _ => None,
        }
    }
}

async fn send<R>(sender: &impl Sender, heads: Vec<InFlight<R>>, failures: u32) -> Answer<R> {
    let messages: Vec<&Message> = heads.iter().map(|head| &head.delivery.message).collect();
    let results = sender.send_batch(&messages).await;
    Answer {
        heads,
        results,
        failures,
    }
}
