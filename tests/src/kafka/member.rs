//! Another member of a group, by a client that has nothing in common with the one under test.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use krafka::consumer::{AutoOffsetReset, Consumer, PartitionAssignmentStrategy};

use super::{Kafka, Place};

/// How long it waits for records before it looks around.
const POLL: Duration = Duration::from_millis(100);

/// A member of a group.
pub struct Member {
    consumer: Consumer,
    /// What has come and is not committed yet.
    open: Mutex<Vec<Place>>,
}

impl Member {
    /// Joins a group that reads a topic.
    ///
    /// # Panics
    ///
    /// If the broker refuses it.
    pub async fn join(kafka: &Kafka, group: &str, topic: &str) -> Self {
        let consumer = kafka
            .connect()
            .await
            .consumer(group)
            .auto_offset_reset(AutoOffsetReset::Earliest)
            .enable_auto_commit(false)
            .partition_assignment_strategy(PartitionAssignmentStrategy::Range)
            .session_timeout(Duration::from_secs(30))
            .heartbeat_interval(Duration::from_secs(1))
            .build()
            .await
            .expect("a consumer");
        consumer.subscribe([topic]).await.expect("a topic");
        Member {
            consumer,
            open: Mutex::default(),
        }
    }

    /// Where the records stand that have come and are committed by now. One that cannot be
    /// committed, because the group has distributed them again, is whose its partition is then.
    ///
    /// # Panics
    ///
    /// If the broker fails.
    pub async fn receive(&self) -> Vec<Place> {
        let records = self.consumer.poll(POLL).await.expect("records, or none");
        let places = records.iter().map(|record| Place {
            partition: record.partition,
            offset: record.offset,
        });
        let has_open = {
            let mut open = self.open();
            open.extend(places);
            !open.is_empty()
        };
        if !has_open || self.consumer.commit().await.is_err() {
            return Vec::new();
        }
        let partitions = self.partitions().await;
        let mut committed = std::mem::take(&mut *self.open());
        committed.retain(|place| partitions.contains(&place.partition));
        committed
    }

    /// The partitions that the group has given it.
    pub async fn partitions(&self) -> BTreeSet<i32> {
        let assignment = self.consumer.assignment().await;
        assignment.into_values().flatten().collect()
    }

    /// Leaves the group.
    ///
    /// # Panics
    ///
    /// If the broker fails.
    pub async fn leave(self) {
        self.consumer.close().await.expect("a member leaves");
    }

    fn open(&self) -> MutexGuard<'_, Vec<Place>> {
        self.open.lock().expect("no holder panics")
    }
}
