//! Topics, records, and the committed offsets of groups, with a client that shares no code with the
//! client under test.

use std::collections::BTreeMap;
use std::time::Duration;

use krafka::Compression;
use krafka::Record;
use krafka::admin::{AdminClient, NewTopic, OffsetSpec, TopicPartition};
use krafka::error::{ErrorCode, KrafkaError};
use krafka::producer::{Acks, DeliveryHandle};
use tokio::time::{sleep, timeout};

use super::Kafka;
use crate::deadline::{until, within};

/// How long storing a set of records may take.
const PRODUCE_LIMIT: Duration = Duration::from_secs(120);

/// How long creating a topic may take.
const CREATE_LIMIT: Duration = Duration::from_secs(60);

/// How long a broker may take to answer that it is ready.
const READY_LIMIT: Duration = Duration::from_secs(5);

/// The pause before the broker is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// The largest record that the broker accepts, and some room.
const LARGEST: usize = 9 << 20;

/// A record to produce.
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    /// The partition; without a partition, the key decides.
    pub partition: Option<i32>,
    /// The key.
    pub key: Option<Vec<u8>>,
    /// The value; a tombstone has no value.
    pub value: Option<Vec<u8>>,
    /// The time of the record, in milliseconds since 1970; without it, the current time.
    pub timestamp: Option<i64>,
    /// The headers, whose values may be missing.
    pub headers: Vec<(String, Option<Vec<u8>>)>,
}

/// The place at which a record was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub partition: i32,
    /// The offset in the partition.
    pub offset: i64,
}

impl Outgoing {
    /// A record of a device, whose name decides the partition.
    pub fn of(device: &str, value: Vec<u8>) -> Self {
        Outgoing {
            key: Some(device.as_bytes().to_vec()),
            value: Some(value),
            ..Outgoing::default()
        }
    }

    /// A record in a partition, without a key.
    pub fn at(partition: i32, value: Vec<u8>) -> Self {
        Outgoing {
            partition: Some(partition),
            value: Some(value),
            ..Outgoing::default()
        }
    }

    fn record(&self, topic: &str) -> Record {
        let mut record = Record::new(topic, self.value.clone().unwrap_or_default());
        if let Some(partition) = self.partition {
            record = record.partition(partition);
        }
        if let Some(key) = &self.key {
            record = record.key(key.clone());
        }
        if self.value.is_none() {
            record = record.without_value();
        }
        if let Some(timestamp) = self.timestamp {
            record = record.timestamp(timestamp);
        }
        for (name, value) in &self.headers {
            record = match value {
                Some(value) => record.header(name, value.clone()),
                None => record.null_header(name),
            };
        }
        record
    }
}

impl Kafka {
    /// Creates a topic.
    ///
    /// # Panics
    ///
    /// If the broker refuses, for example because the topic exists.
    pub async fn create_topic(&self, name: &str, partitions: i32) {
        let admin = self.connect().await.admin();
        let topic = NewTopic::new(name, partitions, 1)
            .expect("a topic")
            .with_config("max.message.bytes", LARGEST.to_string());
        let what = format!("the topic {name}");
        until(CREATE_LIMIT, &what, || async {
            let created = admin.create_topics([topic.clone()], Default::default());
            let mut created = created.await.expect("a controller answers").into_values();
            match created.next() {
                Some(Ok(_)) => Some(()),
                // The broker was too busy for the controller to hear from it.
                Some(Err(KrafkaError::Broker {
                    code: ErrorCode::InvalidReplicationFactor,
                    ..
                })) => None,
                other => panic!("{what}: {other:?}"),
            }
        })
        .await;
    }

    /// Raises the number of a topic's partitions to this total.
    ///
    /// # Panics
    ///
    /// If the broker refuses.
    pub async fn grow_topic(&self, name: &str, partitions: i32) {
        let admin = self.connect().await.admin();
        let grown = admin.create_partitions([(name, partitions)], Default::default());
        for (_, result) in grown.await.expect("a controller answers") {
            result.expect("more partitions");
        }
        until(CREATE_LIMIT, "a topic that has grown", || async {
            let there = ends(&admin, name).await.len();
            (i32::try_from(there) == Ok(partitions)).then_some(())
        })
        .await;
    }

    /// Produces records in order, and waits until all are stored. Returns their places.
    ///
    /// # Panics
    ///
    /// If a record is not stored.
    pub async fn produce(&self, topic: &str, records: &[Outgoing]) -> Vec<Place> {
        self.produce_compressed(topic, records, Compression::None)
            .await
    }

    /// Like [`Kafka::produce`], with compression.
    ///
    /// # Panics
    ///
    /// As [`Kafka::produce`].
    pub async fn produce_compressed(
        &self,
        topic: &str,
        records: &[Outgoing],
        compression: Compression,
    ) -> Vec<Place> {
        within(PRODUCE_LIMIT, "records are stored", async {
            let producer = self
                .connect()
                .await
                .producer()
                .acks(Acks::All)
                .compression(compression)
                .linger(Duration::from_millis(5))
                .max_request_size(LARGEST)
                .build()
                .await
                .expect("a producer");
            let mut handles: Vec<DeliveryHandle> = Vec::with_capacity(records.len());
            for record in records {
                let queued = producer.enqueue(record.record(topic)).await;
                handles.push(queued.expect("a record is queued"));
            }
            let mut places = Vec::with_capacity(records.len());
            for handle in handles {
                let stored = handle.await.expect("a record is stored");
                places.push(Place {
                    partition: stored.partition,
                    offset: stored.offset,
                });
            }
            producer.close().await.expect("a producer ends");
            places
        })
        .await
    }

    /// Deletes the records of a partition before an offset, as the end of their retention would.
    ///
    /// # Panics
    ///
    /// If the broker refuses.
    pub async fn delete_before(&self, topic: &str, place: Place) {
        let admin = self.connect().await.admin();
        let before = [(TopicPartition::new(topic, place.partition), place.offset)];
        let deleted = admin.delete_records(before, Default::default()).await;
        for (_, earliest) in deleted.expect("a broker answers") {
            assert_eq!(earliest.expect("records are deleted"), place.offset);
        }
    }

    /// The offsets that a group has committed for a topic: the next offset of each partition.
    ///
    /// # Panics
    ///
    /// If the broker does not answer.
    pub async fn committed(&self, group: &str, topic: &str) -> BTreeMap<i32, i64> {
        committed(&self.connect().await.admin(), group, topic).await
    }

    /// Waits until a group has committed all of a topic.
    ///
    /// # Panics
    ///
    /// If the group takes longer than `limit`.
    pub async fn until_committed(&self, group: &str, topic: &str, limit: Duration) {
        let admin = self.connect().await.admin();
        until(limit, "everything is committed", || async {
            if has_committed(&admin, group, topic).await {
                return Some(());
            }
            sleep(PAUSE).await;
            None
        })
        .await;
    }

    /// Whether a group has committed all of a topic.
    ///
    /// # Panics
    ///
    /// If the broker does not answer.
    pub async fn has_committed(&self, group: &str, topic: &str) -> bool {
        has_committed(&self.connect().await.admin(), group, topic).await
    }

    /// The number of members of a group.
    ///
    /// # Panics
    ///
    /// If the broker does not answer.
    pub async fn members(&self, group: &str) -> usize {
        let admin = self.connect().await.admin();
        let described = admin.describe_consumer_groups([group], Default::default());
        let described = described.await.expect("a broker answers");
        // A group that never had a member is unknown.
        described
            .into_values()
            .filter_map(Result::ok)
            .map(|group| group.members.len())
            .sum()
    }

    /// Whether the broker accepts and delivers records.
    pub(super) async fn is_ready(&self) -> bool {
        let asked = async {
            let kafka = krafka::Kafka::builder(self.internal().to_string());
            let admin = kafka.connect().await?.admin();
            admin.describe_cluster(Default::default()).await
        };
        matches!(timeout(READY_LIMIT, asked).await, Ok(Ok(_)))
    }

    pub(super) async fn connect(&self) -> krafka::Kafka {
        // Each call has its own client: the tests that share a broker have different runtimes.
        let builder = krafka::Kafka::builder(self.internal().to_string());
        builder.connect().await.expect("a broker that runs")
    }
}

async fn has_committed(admin: &AdminClient, group: &str, topic: &str) -> bool {
    let mut ends = ends(admin, topic).await;
    ends.retain(|_, end| *end > 0);
    committed(admin, group, topic).await == ends
}

async fn committed(admin: &AdminClient, group: &str, topic: &str) -> BTreeMap<i32, i64> {
    let offsets = admin.list_consumer_group_offsets(group, Default::default());
    let offsets = offsets.await.expect("a coordinator answers").into_iter();
    offsets
        .filter(|(place, _)| place.topic == topic)
        .filter_map(|(place, offset)| {
            let offset = offset.expect("an offset").offset?;
            Some((place.partition, offset))
        })
        .collect()
}

async fn ends(admin: &AdminClient, topic: &str) -> BTreeMap<i32, i64> {
    let described = admin.describe_topics([topic], Default::default()).await;
    let topics = described.expect("a broker answers").into_values();
    let partitions = topics.flat_map(|topic| topic.expect("a topic").partitions);
    let latest = partitions.map(|partition| {
        let place = TopicPartition::new(topic, partition.partition);
        (place, OffsetSpec::Latest)
    });
    let latest: Vec<_> = latest.collect();
    let offsets = admin.list_offsets(latest, Default::default()).await;
    let offsets = offsets.expect("a broker answers").into_iter();
    offsets
        .map(|(place, end)| (place.partition, end.expect("an offset").offset))
        .collect()
}
