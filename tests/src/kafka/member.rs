//! Another member of a group, with a client that shares no code with the client under test.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use krafka::consumer::{AutoOffsetReset, Consumer, PartitionAssignmentStrategy};

use super::{Kafka, Place};

/// How long a poll waits for records.
const POLL: Duration = Duration::from_millis(100);

/// A member of a group.
pub struct Member {
    consumer: Consumer,
    /// The records that have come and are not committed yet.
    open: Mutex<Vec<Place>>,
}

impl Member {
    /// Joins a group that reads a topic.
    ///
    /// # Panics
    ///
    /// If the broker refuses the member.
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

    /// Receives and commits records. Returns the places of the committed records. A record cannot
    /// be committed if the group has reassigned its partition; the new owner of the partition then
    /// gets it.
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

    /// The partitions that the group has assigned to this member.
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
