//! Recently seen ids, in a bounded memory.

use std::{
    collections::{HashSet, VecDeque},
    hash::{BuildHasher, RandomState},
};

/// The last ids, each as 128 bits of a keyed hash.
#[derive(Debug)]
pub(crate) struct Recent {
    capacity: usize,
    keys: [RandomState; 2],
    known: HashSet<u128>,
    oldest_first: VecDeque<u128>,
}

impl Recent {
    /// Remembers as many ids as `capacity`.
    pub(crate) fn new(capacity: usize) -> Recent {
        Recent {
            capacity,
            keys: [RandomState::new(), RandomState::new()],
            known: HashSet::new(),
            oldest_first: VecDeque::new(),
        }
    }

    /// Adds an id. Returns whether the id is new, among the ids that are remembered.
    pub(crate) fn insert(&mut self, id: &str) -> bool {
        let [high, low] = self.keys.each_ref().map(|key| key.hash_one(id));
        let hash = u128::from(high) << 64 | u128::from(low);
        if !self.known.insert(hash) {
            return false;
        }
        self.oldest_first.push_back(hash);
        if self.oldest_first.len() > self.capacity
            && let Some(oldest) = self.oldest_first.pop_front()
        {
            self.known.remove(&oldest);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_is_new_unless_it_is_among_the_last_new_ones(
            ids in proptest::collection::vec(0_u8..12, 0..60),
            capacity in 1_usize..8,
        ) {
            let mut recent = Recent::new(capacity);
            let mut model: Vec<u8> = Vec::new();
            for id in ids {
                let remembered = &model[model.len().saturating_sub(capacity)..];
                let expected = !remembered.contains(&id);
                prop_assert_eq!(recent.insert(&id.to_string()), expected);
                if expected {
                    model.push(id);
                }
                prop_assert!(recent.known.len() <= capacity);
            }
        }
    }
}
