//! What chance decides. Each choice is drawn from a hash of the seed, the place where it is made, and
//! how many were made there before: leaving a fault out shifts no choice at another place.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use fastrand::Rng;

/// The choices of a run.
#[derive(Debug)]
pub struct Choices {
    seed: u64,
    made: Mutex<BTreeMap<String, u64>>,
}

/// The chance for one choice, or for several that belong together.
#[derive(Debug)]
pub struct Chance {
    /// How many choices were made at the place before.
    pub nth: u64,
    /// Random numbers.
    pub rng: Rng,
}

impl Choices {
    /// The choices of a seed.
    pub fn new(seed: u64) -> Self {
        Choices {
            seed,
            made: Mutex::default(),
        }
    }

    /// The next choice at a place.
    pub fn at(&self, place: &str) -> Chance {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let count = match made.get_mut(place) {
            Some(count) => count,
            None => made.entry(place.to_owned()).or_default(),
        };
        let nth = *count;
        *count += 1;
        Chance {
            nth,
            rng: rng(self.seed, place, nth),
        }
    }
}

impl Chance {
    /// Whether something of that probability happens.
    pub fn happens(&mut self, probability: f64) -> bool {
        self.rng.f64() < probability
    }

    /// One of some values.
    pub fn of<T: Copy>(&mut self, values: &[T]) -> T {
        values[self.rng.usize(..values.len())]
    }
}

/// The generator of a choice.
fn rng(seed: u64, place: &str, nth: u64) -> Rng {
    // FNV-1a, then the finaliser of SplitMix64: the same in every build, unlike the hashes of `std`.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let bytes = seed.to_le_bytes().into_iter().chain(place.bytes());
    for byte in bytes.chain(nth.to_le_bytes()) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    Rng::with_seed(hash ^ (hash >> 31))
}
