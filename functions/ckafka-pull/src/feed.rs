//! A member of the consumer group: records come, offsets are committed.

use crate::{
    client::{Client, Trouble},
    ledger::Entry,
};
use rdkafka::{
    Message as _,
    message::{BorrowedMessage, Timestamp as RecordTime},
};
use std::{
    pin::pin,
    time::{Duration, Instant},
};
use thingrelay::{
    clock::Clock,
    kafka::{self, Record},
    occurrence::Occurrence,
    pull::{Arrival, Broken, ConnectError, Feed},
    source::{Platform, SourceName},
};
use tokio::time::sleep;

/// How long joining the group may take.
const JOIN_LIMIT: Duration = Duration::from_secs(12);
/// How long a place in the group is waited for when a topic is missing: there may be others.
const MISSING_LIMIT: Duration = Duration::from_secs(3);
/// How often trouble that passes by itself is told of: the client reports it many times a second.
const TOLD_EVERY: Duration = Duration::from_secs(30);

/// The records of one membership.
pub struct CkafkaFeed {
    client: Client,
    origin: Origin,
    /// What came while joining.
    first: Option<Arrival<Receipt>>,
    told: Option<Instant>,
}

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
    first: Option<Arrival<Receipt>>,
    /// That a topic is missing, in the client's words; there are others.
    missing: Option<String>,
}

/// What acknowledges a record.
#[derive(Debug, Clone)]
pub struct Receipt(Entry);

impl CkafkaFeed {
    /// Waits until the group has a place for the member.
    pub(crate) async fn join(client: Client, origin: Origin) -> Result<Self, ConnectError> {
        let mut feed = CkafkaFeed {
            client,
            origin,
            first: None,
            told: None,
        };
        let mut last = "no broker answered".to_owned();
        let joined = tokio::time::timeout(JOIN_LIMIT, feed.joined(&mut last)).await;
        match joined {
            Ok(Ok(Joined { first, missing })) => {
                feed.first = first;
                if let Some(text) = missing {
                    feed.tell(&text);
                }
                Ok(feed)
            }
            Ok(Err(error)) => Err(error),
            Err(_) => Err(ConnectError::Unreachable(format!(
                "not a member of the group within {} s: {last}",
                JOIN_LIMIT.as_secs()
            ))),
        }
    }

    async fn joined(&self, last: &mut String) -> Result<Joined, ConnectError> {
        let gone = || ConnectError::Unreachable("the client is gone".to_owned());
        let consumer = self.client.consumer().ok_or_else(gone)?;
        let mut joined = Joined::default();
        let mut patience = pin!(sleep(MISSING_LIMIT));
        loop {
            let received = tokio::select! {
                biased;
                () = self.client.assigned() => return Ok(joined),
                () = &mut patience, if joined.missing.is_some() => {
                    return Err(ConnectError::Missing(joined.missing.unwrap_or_default()));
                }
                received = consumer.recv() => received,
            };
            match received {
                Ok(message) => {
                    joined.first = Some(self.arrival(&message));
                    return Ok(joined);
                }
                Err(error) => match self.client.trouble(&error) {
                    Trouble::Refused(text) => return Err(ConnectError::Refused(text)),
                    Trouble::Missing(text) => {
                        if joined.missing.is_none() {
                            patience.set(sleep(MISSING_LIMIT));
                        }
                        joined.missing = Some(text);
                    }
                    Trouble::Fatal(text) => return Err(ConnectError::Unreachable(text)),
                    Trouble::Passing(text) => *last = text,
                },
            }
        }
    }

    fn arrival(&self, message: &BorrowedMessage<'_>) -> Arrival<Receipt> {
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
        Arrival {
            id,
            message: staged,
            receipt: Receipt(entry),
        }
    }

    /// Says that the broker is away, now and then.
    fn tell(&mut self, detail: &str) {
        if self.told.is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            self.told = Some(Instant::now());
            let source = &self.origin.source;
            Occurrence::Unreachable { source, detail }.record();
        }
    }
}

impl Feed for CkafkaFeed {
    type Receipt = Receipt;

    async fn next(&mut self) -> Result<Arrival<Receipt>, Broken> {
        if let Some(first) = self.first.take() {
            return Ok(first);
        }
        loop {
            let trouble = {
                let gone = || Broken("the client is gone".to_owned());
                let consumer = self.client.consumer().ok_or_else(gone)?;
                match consumer.recv().await {
                    Ok(message) => return Ok(self.arrival(&message)),
                    Err(error) => self.client.trouble(&error),
                }
            };
            match trouble {
                // Of several topics, the others are there.
                Trouble::Passing(text) | Trouble::Missing(text) => self.tell(&text),
                Trouble::Refused(text) | Trouble::Fatal(text) => return Err(Broken(text)),
            }
        }
    }

    async fn acknowledge(&mut self, receipts: Vec<Receipt>) -> Result<(), Broken> {
        if let Some(mut ledger) = self.client.ledger() {
            for Receipt(entry) in &receipts {
                ledger.staged(entry);
            }
        }
        Ok(())
    }

    async fn tick(&mut self) -> Result<(), Broken> {
        self.client.commit();
        Ok(())
    }

    async fn close(self) {
        self.client.leave().await;
    }
}
