//! A member of the consumer group: records come, offsets are committed.

use crate::{
    client::{Client, ClientError},
    ledger::Entry,
};
use futures::FutureExt;
use rdkafka::{
    Message as _,
    message::{BorrowedMessage, Timestamp as RecordTime},
};
use std::{
    collections::VecDeque,
    pin::pin,
    time::{Duration, Instant},
};
use thingrelay::{
    clock::Clock,
    internal_event::InternalEvent,
    pull::{ConnectError, Delivery, Subscription, SubscriptionError},
};
use thingrelay_core::{
    kafka::{self, Record},
    source::{Platform, SourceName},
};
use tokio::time::sleep;

/// How long joining the group may take.
const JOIN_LIMIT: Duration = Duration::from_secs(12);
/// How long a place in the group is waited for when a topic is missing or forbidden: there may be
/// others.
const LACKING_LIMIT: Duration = Duration::from_secs(3);
/// After how long a topic that is not read is asked for anew.
const LACKING_AGAIN: Duration = Duration::from_secs(300);
/// How often trouble that passes by itself is told of: the client reports it many times a second.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// The records of one membership.
pub struct CkafkaSubscription {
    client: Client,
    origin: Origin,
    /// How many topics there should be.
    topics: usize,
    /// What came though nobody asked for it: while joining, and while there is no room for more.
    ahead: VecDeque<Delivery<AckToken>>,
    paused: bool,
    /// The topic that is not read while others are, and since when.
    lacking: Option<(Lacking, Instant)>,
    told: Told,
    told_of_lacking: Told,
}

/// Why a topic is not read, in the client's words.
#[derive(Debug, Clone)]
enum Lacking {
    /// It is not there.
    Missing(String),
    /// It may not be read.
    Forbidden(String),
}

/// Why the group was not joined.
#[derive(Debug)]
pub(crate) enum JoinError {
    /// See there.
    Connect(ConnectError),
    /// The brokers want another time-out of sessions.
    Session(String),
}

/// When something was told of last.
#[derive(Debug, Default)]
struct Told(Option<Instant>);

/// Whose records they are.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    pub(crate) source: SourceName,
    pub(crate) platform: Platform,
    pub(crate) clock: Clock,
}

/// What happened while joining the group.
#[derive(Default)]
struct Joined {
    first: Option<Delivery<AckToken>>,
    /// That a topic is not read; there are others.
    lacking: Option<Lacking>,
}

/// What acknowledges a record.
#[derive(Debug, Clone)]
pub struct AckToken(Entry);

impl CkafkaSubscription {
    /// Waits until the group has a place for the member.
    pub(crate) async fn join(
        client: Client,
        origin: Origin,
        topics: usize,
    ) -> Result<Self, JoinError> {
        let mut subscription = CkafkaSubscription {
            client,
            origin,
            topics,
            ahead: VecDeque::new(),
            paused: false,
            lacking: None,
            told: Told::default(),
            told_of_lacking: Told::default(),
        };
        let mut last = "no broker answered".to_owned();
        let joined = tokio::time::timeout(JOIN_LIMIT, subscription.joined(&mut last)).await;
        match joined {
            Ok(Ok(Joined { first, lacking })) => {
                subscription.ahead.extend(first);
                if let Some(lacking) = lacking {
                    subscription.lack(lacking);
                }
                Ok(subscription)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(unreachable(format!(
                "not a member of the group within {} s: {last}",
                JOIN_LIMIT.as_secs()
            ))),
        }
    }

    async fn joined(&self, last: &mut String) -> Result<Joined, JoinError> {
        let gone = || unreachable("the client is gone".to_owned());
        let consumer = self.client.consumer().ok_or_else(gone)?;
        let mut joined = Joined::default();
        let mut patience = pin!(sleep(LACKING_LIMIT));
        loop {
            let received = tokio::select! {
                biased;
                () = self.client.assigned() => return Ok(joined),
                () = &mut patience, if joined.lacking.is_some() => {
                    return Err(JoinError::Connect(match joined.lacking {
                        Some(Lacking::Forbidden(text)) => ConnectError::Refused(text),
                        Some(Lacking::Missing(text)) => ConnectError::Missing(text),
                        None => ConnectError::Missing(String::new()),
                    }));
                }
                received = consumer.recv() => received,
            };
            let lacking = match received {
                Ok(message) => {
                    joined.first = Some(self.delivery(&message));
                    return Ok(joined);
                }
                Err(error) => match self.client.error_of(&error) {
                    ClientError::Refused(text) => {
                        return Err(JoinError::Connect(ConnectError::Refused(text)));
                    }
                    ClientError::Session(text) => return Err(JoinError::Session(text)),
                    ClientError::Fatal(text) => return Err(unreachable(text)),
                    ClientError::Forbidden(text) => Lacking::Forbidden(text),
                    ClientError::Missing(text) => Lacking::Missing(text),
                    ClientError::Passing(text) => {
                        *last = text;
                        continue;
                    }
                },
            };
            if joined.lacking.is_none() {
                patience.set(sleep(LACKING_LIMIT));
            }
            joined.lacking = Some(lacking);
        }
    }

    /// An error of the client while records come.
    fn heed(&mut self, error: ClientError) -> Result<(), SubscriptionError> {
        match error {
            // Of several topics, the others are there.
            ClientError::Missing(text) => self.lack(Lacking::Missing(text)),
            ClientError::Forbidden(text) => self.lack(Lacking::Forbidden(text)),
            ClientError::Passing(text) => self.tell(&text),
            ClientError::Refused(text) => {
                self.refused(&text);
                return Err(SubscriptionError(text));
            }
            ClientError::Session(text) | ClientError::Fatal(text) => {
                return Err(SubscriptionError(text));
            }
        }
        Ok(())
    }

    /// Lets the client go on with its work while nobody asks for records: who does not call it for
    /// five minutes is put out of the group.
    fn attend(&mut self) -> Result<(), SubscriptionError> {
        if !self.ahead.is_empty() {
            self.client.pause();
            self.paused = true;
        }
        loop {
            let gone = || SubscriptionError("the client is gone".to_owned());
            let consumer = self.client.consumer().ok_or_else(gone)?;
            let trouble = match consumer.recv().now_or_never() {
                None => return Ok(()),
                Some(Ok(message)) => {
                    let delivery = self.delivery(&message);
                    drop(message);
                    self.ahead.push_back(delivery);
                    return Ok(());
                }
                Some(Err(error)) => self.client.error_of(&error),
            };
            self.heed(trouble)?;
        }
    }

    fn delivery(&self, message: &BorrowedMessage<'_>) -> Delivery<AckToken> {
        let Origin {
            source,
            platform,
            clock,
        } = &self.origin;
        let record = Record {
            topic: message.topic(),
            partition: message.partition(),
            offset: message.offset(),
            timestamp: match message.timestamp() {
                RecordTime::NotAvailable => None,
                RecordTime::CreateTime(millis) | RecordTime::LogAppendTime(millis) => Some(millis),
            },
            key: message.key(),
            value: message.payload(),
        };
        let received = clock.now();
        let (id, staged) = kafka::to_stage(source, *platform, &record, received);
        let entry = match self.client.ledger() {
            Some(mut ledger) => ledger.received(record.topic, record.partition, record.offset),
            None => Entry::default(),
        };
        Delivery {
            id,
            message: staged,
            ack_token: AckToken(entry),
        }
    }

    /// Says that the broker is away, now and then.
    fn tell(&mut self, detail: &str) {
        if self.told.is_due() {
            let source = &self.origin.source;
            InternalEvent::Unreachable { source, detail }.emit();
        }
    }

    fn lack(&mut self, lacking: Lacking) {
        self.lacking = Some((lacking, Instant::now()));
        self.tell_of_lacking();
    }

    /// Says that a topic is not read, now and then, as long as it is so.
    fn tell_of_lacking(&mut self) {
        let Some((lacking, _)) = &self.lacking else {
            return;
        };
        if self.told_of_lacking.is_due() {
            let source = &self.origin.source;
            match lacking {
                Lacking::Missing(detail) => InternalEvent::Unreachable { source, detail }.emit(),
                Lacking::Forbidden(detail) => self.refused(detail),
            }
        }
    }

    /// Looks whether the topic is there by now. The client tells of it once, and not of its end.
    fn look_for_lacking(&mut self) -> Result<(), SubscriptionError> {
        match &self.lacking {
            Some((Lacking::Missing(_), _)) if self.client.topics() >= self.topics => {
                self.lacking = None;
            }
            Some((_, since)) if since.elapsed() >= LACKING_AGAIN => {
                return Err(SubscriptionError(
                    "a topic is not read, the group is joined anew".to_owned(),
                ));
            }
            _ => {}
        }
        self.tell_of_lacking();
        Ok(())
    }

    fn refused(&self, detail: &str) {
        let source = &self.origin.source;
        InternalEvent::Refused { source, detail }.emit();
    }
}

impl Told {
    fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|told| told.elapsed() >= TOLD_EVERY);
        if is_due {
            self.0 = Some(Instant::now());
        }
        is_due
    }
}

fn unreachable(text: String) -> JoinError {
    JoinError::Connect(ConnectError::Unreachable(text))
}

impl Subscription for CkafkaSubscription {
    type AckToken = AckToken;

    async fn next(&mut self) -> Result<Delivery<AckToken>, SubscriptionError> {
        if let Some(ahead) = self.ahead.pop_front() {
            return Ok(ahead);
        }
        if std::mem::take(&mut self.paused) {
            self.client.resume();
        }
        loop {
            let trouble = {
                let gone = || SubscriptionError("the client is gone".to_owned());
                let consumer = self.client.consumer().ok_or_else(gone)?;
                match consumer.recv().await {
                    Ok(message) => return Ok(self.delivery(&message)),
                    Err(error) => self.client.error_of(&error),
                }
            };
            self.heed(trouble)?;
        }
    }

    async fn acknowledge(&mut self, ack_tokens: Vec<AckToken>) -> Result<(), SubscriptionError> {
        if let Some(mut ledger) = self.client.ledger() {
            for AckToken(entry) in &ack_tokens {
                ledger.staged(entry);
            }
        }
        Ok(())
    }

    async fn tick(&mut self) -> Result<(), SubscriptionError> {
        self.client.commit();
        if let Some(reason) = self.client.uncommitted() {
            self.tell(&format!("offsets cannot be committed: {reason}"));
        }
        self.look_for_lacking()?;
        self.attend()
    }

    fn has_lost(&mut self) -> bool {
        let has_lost = self.client.has_lost();
        if has_lost && let Some(ledger) = self.client.ledger() {
            self.ahead
                .retain(|Delivery { ack_token, .. }| ledger.is_current(&ack_token.0));
        }
        has_lost
    }

    fn is_current(&self, AckToken(entry): &AckToken) -> bool {
        let ledger = self.client.ledger();
        ledger.is_none_or(|ledger| ledger.is_current(entry))
    }

    async fn close(self) {
        self.client.leave().await;
    }
}
