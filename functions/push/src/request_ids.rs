//! Tells unsigned requests apart.

use std::{
    collections::hash_map::RandomState,
    hash::BuildHasher,
    sync::atomic::{AtomicU64, Ordering},
};
use thingrelay_core::timestamp::Timestamp;

/// Numbers the requests of this process. A random number keeps them apart from those of other
/// processes.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: [u64; 2],
    count: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new() -> Self {
        RequestIds {
            // The keys of the hash come from the system's source of randomness.
            process: [0, 1].map(|half: u64| RandomState::new().hash_one(half)),
            count: AtomicU64::new(0),
        }
    }

    /// Bytes that no other request has, in this process or in another.
    pub(crate) fn next(&self, now: Timestamp) -> Vec<u8> {
        let [a, b] = self.process;
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let now = now.unix_millis().cast_unsigned();
        [now, a, b, count].map(u64::to_be_bytes).concat()
    }
}
