//! Which offsets may be committed: those before which every record is staged.

use std::collections::{HashMap, VecDeque};

/// The records of each partition that were received and are not yet committed.
#[derive(Debug, Default)]
pub struct OffsetTracker {
    partitions: HashMap<(String, i32), Partition>,
    /// Counts the assignments, to tell a record of an earlier assignment from one of the current.
    assignment: u64,
}

/// The place of a record in the tracker, which acknowledges the record.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrackedOffset {
    topic: String,
    partition: i32,
    offset: i64,
    assignment: u64,
}

/// The offset from which a partition has to be read next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub topic: String,
    pub partition: i32,
    /// The offset after the last record that is done.
    pub next: i64,
}

#[derive(Debug, Default)]
struct Partition {
    /// Records that were received and that the position has not passed, in the order of their
    /// offsets.
    open: VecDeque<Open>,
    /// The offset after the last received record.
    next: i64,
    /// The assignment of the next record.
    assignment: u64,
    /// The position that may be committed, once it has moved.
    position: Option<i64>,
    committed: Option<i64>,
}

#[derive(Debug)]
struct Open {
    offset: i64,
    assignment: u64,
    is_staged: bool,
}

impl Partition {
    fn find(&self, entry: &TrackedOffset) -> Option<usize> {
        let index = self
            .open
            .binary_search_by_key(&entry.offset, |open| open.offset);
        index.ok().filter(|index| {
            let open = self.open.get(*index);
            open.is_some_and(|open| open.assignment == entry.assignment)
        })
    }

    /// The log was cut and continues from an offset that already existed. Records below the offset
    /// are unchanged. From there on there are other records, and no position may have passed them.
    fn cut(&mut self, offset: i64, assignment: u64) {
        let kept = self.open.partition_point(|open| open.offset < offset);
        self.open.truncate(kept);
        self.assignment = assignment;
        self.position = self.position.map(|position| position.min(offset));
    }
}

impl OffsetTracker {
    /// Notes a record that was received.
    pub fn received(&mut self, topic: &str, partition: i32, offset: i64) -> TrackedOffset {
        let key = (topic.to_owned(), partition);
        let known = self.partitions.entry(key).or_insert_with(|| Partition {
            assignment: self.assignment,
            ..Partition::default()
        });
        if offset < known.next {
            self.assignment += 1;
            known.cut(offset, self.assignment);
        }
        known.next = offset.saturating_add(1);
        known.open.push_back(Open {
            offset,
            assignment: known.assignment,
            is_staged: false,
        });
        TrackedOffset {
            topic: topic.to_owned(),
            partition,
            offset,
            assignment: known.assignment,
        }
    }

    /// Notes that a record is staged. A record of an earlier assignment, or one that was cut off
    /// the log, changes nothing.
    pub fn staged(&mut self, entry: &TrackedOffset) {
        let key = (entry.topic.clone(), entry.partition);
        let Some(known) = self.partitions.get_mut(&key) else {
            return;
        };
        if let Some(index) = known.find(entry)
            && let Some(open) = known.open.get_mut(index)
        {
            open.is_staged = true;
        }
        while let Some(&Open {
            offset,
            is_staged: true,
            ..
        }) = known.open.front()
        {
            known.position = Some(offset.saturating_add(1));
            known.open.pop_front();
        }
    }

    /// Whether a record that is not staged yet belongs to the current assignment.
    pub fn is_current(&self, entry: &TrackedOffset) -> bool {
        let key = (entry.topic.clone(), entry.partition);
        let known = self.partitions.get(&key);
        known.is_some_and(|known| known.find(entry).is_some())
    }

    /// The positions that have moved since they were last committed.
    pub fn to_commit(&self) -> Vec<Position> {
        let moved = self.partitions.iter().filter_map(|(key, known)| {
            let next = known.position?;
            (known.committed != Some(next)).then(|| Position {
                topic: key.0.clone(),
                partition: key.1,
                next,
            })
        });
        let mut moved: Vec<Position> = moved.collect();
        moved.sort();
        moved
    }

    /// Notes that positions are committed.
    pub fn committed(&mut self, positions: &[Position]) {
        for position in positions {
            let key = (position.topic.clone(), position.partition);
            if let Some(known) = self.partitions.get_mut(&key) {
                known.committed = Some(position.next);
            }
        }
    }

    /// Forgets partitions that other members have from now on. Returns their positions to commit.
    pub fn revoked<'a>(
        &mut self,
        partitions: impl IntoIterator<Item = (&'a str, i32)>,
    ) -> Vec<Position> {
        let to_commit = self.to_commit();
        let mut last = Vec::new();
        for (topic, partition) in partitions {
            self.partitions.remove(&(topic.to_owned(), partition));
            let of_it = to_commit
                .iter()
                .filter(|position| position.topic == topic && position.partition == partition);
            last.extend(of_it.cloned());
        }
        self.assignment += 1;
        last
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use proptest::prelude::*;

    fn positions(offset_tracker: &OffsetTracker) -> Vec<(String, i32, i64)> {
        let positions = offset_tracker.to_commit().into_iter();
        positions
            .map(|position| (position.topic, position.partition, position.next))
            .collect()
    }

    fn of_a(partition: i32, next: i64) -> (String, i32, i64) {
        ("a".to_owned(), partition, next)
    }

    #[test]
    fn a_position_moves_over_the_unbroken_staged_prefix() {
        let mut offset_tracker = OffsetTracker::default();
        // Offsets have gaps if a topic is compacted.
        let entries = [3, 4, 9, 10].map(|offset| offset_tracker.received("a", 0, offset));
        assert_eq!(positions(&offset_tracker), []);
        offset_tracker.staged(&entries[1]);
        assert_eq!(positions(&offset_tracker), []);
        offset_tracker.staged(&entries[0]);
        assert_eq!(positions(&offset_tracker), [of_a(0, 5)]);
        offset_tracker.staged(&entries[3]);
        assert_eq!(positions(&offset_tracker), [of_a(0, 5)]);
        offset_tracker.staged(&entries[2]);
        assert_eq!(positions(&offset_tracker), [of_a(0, 11)]);
        let committed = offset_tracker.to_commit();
        offset_tracker.committed(&committed);
        assert_eq!(positions(&offset_tracker), []);
    }

    #[test]
    fn partitions_and_topics_are_apart() {
        let mut offset_tracker = OffsetTracker::default();
        let first = offset_tracker.received("a", 0, 1);
        let second = offset_tracker.received("a", 1, 1);
        let third = offset_tracker.received("b", 0, 1);
        for entry in [&second, &third] {
            offset_tracker.staged(entry);
        }
        assert_eq!(
            positions(&offset_tracker),
            [of_a(1, 2), ("b".to_owned(), 0, 2)]
        );
        offset_tracker.staged(&first);
        assert_eq!(positions(&offset_tracker).len(), 3);
        let revoked = offset_tracker.revoked([("a", 0)]).into_iter();
        let revoked: Vec<_> = revoked
            .map(|position| (position.topic, position.partition, position.next))
            .collect();
        assert_eq!(revoked, [of_a(0, 2)]);
    }

    #[test]
    fn what_was_revoked_is_committed_once_and_then_forgotten() {
        let mut offset_tracker = OffsetTracker::default();
        let entries = [1, 2].map(|offset| offset_tracker.received("a", 0, offset));
        let other = offset_tracker.received("a", 1, 7);
        offset_tracker.staged(&entries[0]);
        let last = offset_tracker.revoked([("a", 0)]);
        assert_eq!(last.len(), 1);
        assert_eq!(last[0].next, 2);
        // The partition comes back, and records that were received before do not count any more.
        let again = offset_tracker.received("a", 0, 2);
        offset_tracker.staged(&entries[1]);
        assert_eq!(positions(&offset_tracker), []);
        offset_tracker.staged(&again);
        offset_tracker.staged(&other);
        assert_eq!(positions(&offset_tracker), [of_a(0, 3), of_a(1, 8)]);
    }

    #[test]
    fn an_offset_that_repeats_cuts_off_what_stands_from_there_on() {
        let mut offset_tracker = OffsetTracker::default();
        let before = [3, 4, 5, 6].map(|offset| offset_tracker.received("a", 0, offset));
        // The log was cut after an unclean election, and continues at 5 with other records.
        let again = [5, 6].map(|offset| offset_tracker.received("a", 0, offset));
        let current = before
            .each_ref()
            .map(|entry| offset_tracker.is_current(entry));
        assert_eq!(current, [true, true, false, false]);
        // A record that was cut off and is staged nevertheless moves nothing.
        offset_tracker.staged(&before[2]);
        offset_tracker.staged(&again[0]);
        offset_tracker.staged(&again[1]);
        assert_eq!(positions(&offset_tracker), []);
        offset_tracker.staged(&before[1]);
        offset_tracker.staged(&before[0]);
        assert_eq!(positions(&offset_tracker), [of_a(0, 7)]);
    }

    #[test]
    fn a_position_that_has_passed_a_cut_goes_back_to_it() {
        let mut offset_tracker = OffsetTracker::default();
        let before = [5, 6, 7].map(|offset| offset_tracker.received("a", 0, offset));
        before.iter().for_each(|entry| offset_tracker.staged(entry));
        offset_tracker.committed(&offset_tracker.to_commit());
        // Nothing is open, but 6 repeats: a member that starts now must not begin at 8.
        let again = offset_tracker.received("a", 0, 6);
        assert_eq!(positions(&offset_tracker), [of_a(0, 6)]);
        offset_tracker.staged(&again);
        assert_eq!(positions(&offset_tracker), [of_a(0, 7)]);
    }

    proptest! {
        /// Records may be staged in any order: a position is never committed while a record before
        /// it is not staged, and in the end every record is committed.
        #[test]
        fn nothing_is_committed_before_it_is_staged(order in Just((0..40_usize).collect::<Vec<_>>()).prop_shuffle()) {
            let mut offset_tracker = OffsetTracker::default();
            let entries: Vec<TrackedOffset> = (0..40).map(|offset| offset_tracker.received("a", 0, offset * 3)).collect();
            let mut staged = [false; 40];
            for index in order {
                offset_tracker.staged(&entries[index]);
                staged[index] = true;
                let prefix = staged.iter().take_while(|staged| **staged).count();
                let expected = prefix.checked_sub(1).map(|last| last as i64 * 3 + 1);
                let found = offset_tracker.to_commit().first().map(|position| position.next);
                prop_assert_eq!(found, expected);
            }
        }
    }
}
