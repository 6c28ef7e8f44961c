//! Another member of a group, by a client that has nothing in common with the one under test.

use std::time::Duration;

use krafka::consumer::{AutoOffsetReset, Consumer, PartitionAssignmentStrategy};

use super::{Kafka, Place};

/// How long it waits for records before it looks around.
const POLL: Duration = Duration::from_millis(100);

/// A member of a group.
pub struct Member(Consumer);

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
            .session_timeout(Duration::from_secs(6))
            .heartbeat_interval(Duration::from_secs(1))
            .build()
            .await
            .expect("a consumer");
        consumer.subscribe([topic]).await.expect("a topic");
        Member(consumer)
    }

    /// Where the records stand that have come by now, all of them committed.
    ///
    /// # Panics
    ///
    /// If the broker fails.
    pub async fn receive(&self) -> Vec<Place> {
        let records = self.0.poll(POLL).await.expect("records, or none");
        if !records.is_empty() {
            self.0.commit().await.expect("a commit");
        }
        let places = records.iter().map(|record| Place {
            partition: record.partition,
            offset: record.offset,
        });
        places.collect()
    }

    /// Leaves the group.
    ///
    /// # Panics
    ///
    /// If the broker fails.
    pub async fn leave(self) {
        self.0.close().await.expect("a member leaves");
    }
}
