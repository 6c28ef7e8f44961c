//! A member of the consumer group: receives records, commits offsets.

use crate::{
    client::{Client, ClientError},
    offset_tracker::TrackedOffset,
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
/// How long to wait for a place in the group if a topic is missing or forbidden: there may be other
/// topics.
const UNREAD_TOPIC_LIMIT: Duration = Duration::from_secs(3);
/// How long to wait before asking again for a topic that is not read.
const UNREAD_TOPIC_RETRY: Duration = Duration::from_secs(300);
/// How often a passing error is logged. The client reports it many times a second.
const LOG_INTERVAL: Duration = Duration::from_secs(30);

/// The records of one membership.
pub struct CkafkaSubscription {
    client: Client,
    context: SourceContext,
    /// The number of topics that should exist.
    topics: usize,
    /// Records that came before a caller asked for them: while joining, and while there is no room
    /// for more.
    buffered: VecDeque<Delivery<AckToken>>,
    paused: bool,
    /// The topic that is not read while others are, and since when.
    unread_topic: Option<(UnreadTopic, Instant)>,
    unreachable_log: LogLimit,
    unread_topic_log: LogLimit,
}

/// Why a topic is not read, in the client's words.
#[derive(Debug, Clone)]
enum UnreadTopic {
    /// It does not exist.
    Missing(String),
    /// The user may not read it.
    Forbidden(String),
}

/// Why the group was not joined.
#[derive(Debug, thiserror::Error)]
pub(crate) enum JoinError {
    /// See [`ConnectError`].
    #[error(transparent)]
    Connect(ConnectError),
    /// The brokers require another session time-out.
    #[error("{0}")]
    Session(String),
}

/// When something was last logged.
#[derive(Debug, Default)]
struct LogLimit(Option<Instant>);

/// The source of the records.
#[derive(Debug, Clone)]
pub(crate) struct SourceContext {
    pub(crate) source: SourceName,
    pub(crate) platform: Platform,
    pub(crate) clock: Clock,
}

/// The events while joining the group.
#[derive(Default)]
struct Joined {
    first: Option<Delivery<AckToken>>,
    /// The topic that is not read; there are others.
    unread_topic: Option<UnreadTopic>,
}

/// The token that acknowledges a record.
#[derive(Debug, Clone)]
pub struct AckToken(TrackedOffset);

impl CkafkaSubscription {
    /// Waits until the group has given the member a place.
    pub(crate) async fn join(
        client: Client,
        context: SourceContext,
        topics: usize,
    ) -> Result<Self, JoinError> {
        let mut subscription = CkafkaSubscription {
            client,
            context,
            topics,
            buffered: VecDeque::new(),
            paused: false,
            unread_topic: None,
            unreachable_log: LogLimit::default(),
            unread_topic_log: LogLimit::default(),
        };
        let mut last = "no broker answered".to_owned();
        let joined = tokio::time::timeout(JOIN_LIMIT, subscription.joined(&mut last)).await;
        match joined {
            Ok(Ok(Joined {
                first,
                unread_topic,
            })) => {
                subscription.buffered.extend(first);
                if let Some(unread_topic) = unread_topic {
                    subscription.note_unread_topic(unread_topic);
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
        let mut wait = pin!(sleep(UNREAD_TOPIC_LIMIT));
        loop {
            let received = tokio::select! {
                biased;
                () = self.client.assigned() => return Ok(joined),
                () = &mut wait, if joined.unread_topic.is_some() => {
                    return Err(JoinError::Connect(match joined.unread_topic {
                        Some(UnreadTopic::Forbidden(text)) => ConnectError::Refused(text),
                        Some(UnreadTopic::Missing(text)) => ConnectError::Missing(text),
                        None => ConnectError::Missing(String::new()),
                    }));
                }
                received = consumer.recv() => received,
            };
            let unread_topic = match received {
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
                    ClientError::Forbidden(text) => UnreadTopic::Forbidden(text),
                    ClientError::Missing(text) => UnreadTopic::Missing(text),
                    ClientError::Passing(text) => {
                        *last = text;
                        continue;
                    }
                },
            };
            if joined.unread_topic.is_none() {
                wait.set(sleep(UNREAD_TOPIC_LIMIT));
            }
            joined.unread_topic = Some(unread_topic);
        }
    }

    /// Handles an error of the client while records come.
    fn handle_error(&mut self, error: ClientError) -> Result<(), SubscriptionError> {
        match error {
            // If there are several topics, the others exist.
            ClientError::Missing(text) => self.note_unread_topic(UnreadTopic::Missing(text)),
            ClientError::Forbidden(text) => self.note_unread_topic(UnreadTopic::Forbidden(text)),
            ClientError::Passing(text) => self.report_unreachable(&text),
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

    /// Lets the client work while no records are requested. A member that does not call it for five
    /// minutes is removed from the group.
    fn poll_client(&mut self) -> Result<(), SubscriptionError> {
        if !self.buffered.is_empty() {
            self.client.pause();
            self.paused = true;
        }
        loop {
            let gone = || SubscriptionError("the client is gone".to_owned());
            let consumer = self.client.consumer().ok_or_else(gone)?;
            let error = match consumer.recv().now_or_never() {
                None => return Ok(()),
                Some(Ok(message)) => {
                    let delivery = self.delivery(&message);
                    drop(message);
                    self.buffered.push_back(delivery);
                    return Ok(());
                }
                Some(Err(error)) => self.client.error_of(&error),
            };
            self.handle_error(error)?;
        }
    }

    fn delivery(&self, message: &BorrowedMessage<'_>) -> Delivery<AckToken> {
        let SourceContext {
            source,
            platform,
            clock,
        } = &self.context;
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
        let entry = match self.client.offset_tracker() {
            Some(mut offset_tracker) => {
                offset_tracker.received(record.topic, record.partition, record.offset)
            }
            None => TrackedOffset::default(),
        };
        Delivery {
            id,
            message: staged,
            ack_token: AckToken(entry),
        }
    }

    /// Logs that the broker is unreachable, but not too often.
    fn report_unreachable(&mut self, detail: &str) {
        if self.unreachable_log.is_due() {
            let source = &self.context.source;
            InternalEvent::Unreachable { source, detail }.emit();
        }
    }

    fn note_unread_topic(&mut self, unread_topic: UnreadTopic) {
        self.unread_topic = Some((unread_topic, Instant::now()));
        self.report_unread_topic();
    }

    /// Logs that a topic is not read, but not too often, for as long as that lasts.
    fn report_unread_topic(&mut self) {
        let Some((unread_topic, _)) = &self.unread_topic else {
            return;
        };
        if self.unread_topic_log.is_due() {
            let source = &self.context.source;
            match unread_topic {
                UnreadTopic::Missing(detail) => {
                    InternalEvent::Unreachable { source, detail }.emit()
                }
                UnreadTopic::Forbidden(detail) => self.refused(detail),
            }
        }
    }

    /// Checks whether the topic exists now. The client reports once that it is missing, and does
    /// not report when it appears.
    fn check_unread_topic(&mut self) -> Result<(), SubscriptionError> {
        match &self.unread_topic {
            Some((UnreadTopic::Missing(_), _)) if self.client.topics() >= self.topics => {
                self.unread_topic = None;
            }
            Some((_, since)) if since.elapsed() >= UNREAD_TOPIC_RETRY => {
                return Err(SubscriptionError(
                    "a topic is not read, joining the group again".to_owned(),
                ));
            }
            _ => {}
        }
        self.report_unread_topic();
        Ok(())
    }

    fn refused(&self, detail: &str) {
        let source = &self.context.source;
        InternalEvent::Refused { source, detail }.emit();
    }
}

impl LogLimit {
    fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|logged| logged.elapsed() >= LOG_INTERVAL);
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
        if let Some(delivery) = self.buffered.pop_front() {
            return Ok(delivery);
        }
        if std::mem::take(&mut self.paused) {
            self.client.resume();
        }
        loop {
            let error = {
                let gone = || SubscriptionError("the client is gone".to_owned());
                let consumer = self.client.consumer().ok_or_else(gone)?;
                match consumer.recv().await {
                    Ok(message) => return Ok(self.delivery(&message)),
                    Err(error) => self.client.error_of(&error),
                }
            };
            self.handle_error(error)?;
        }
    }

    async fn acknowledge(&mut self, ack_tokens: Vec<AckToken>) -> Result<(), SubscriptionError> {
        if let Some(mut offset_tracker) = self.client.offset_tracker() {
            for AckToken(entry) in &ack_tokens {
                offset_tracker.staged(entry);
            }
        }
        Ok(())
    }

    async fn tick(&mut self) -> Result<(), SubscriptionError> {
        self.client.commit();
        if let Some(reason) = self.client.uncommitted() {
            self.report_unreachable(&format!("offsets cannot be committed: {reason}"));
        }
        self.check_unread_topic()?;
        self.poll_client()
    }

    fn has_lost(&mut self) -> bool {
        let has_lost = self.client.has_lost();
        if has_lost && let Some(offset_tracker) = self.client.offset_tracker() {
            self.buffered
                .retain(|Delivery { ack_token, .. }| offset_tracker.is_current(&ack_token.0));
        }
        has_lost
    }

    fn is_current(&self, AckToken(entry): &AckToken) -> bool {
        let offset_tracker = self.client.offset_tracker();
        offset_tracker.is_none_or(|offset_tracker| offset_tracker.is_current(entry))
    }

    async fn close(self) {
        self.client.leave().await;
    }
}
