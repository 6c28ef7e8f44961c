//! What is to be run.

use crate::fault::FaultId;
use crate::planted::Planted;

/// A run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Decides every choice.
    pub seed: u64,
    /// How many messages the sources send.
    pub messages: usize,
    /// Faults that do not happen, though the seed has them.
    pub left_out: Vec<FaultId>,
    /// A mistake in the functions.
    pub planted: Option<Planted>,
    /// Whether there are no faults at all.
    pub is_calm: bool,
}

impl Plan {
    /// The run of a seed.
    pub fn of(seed: u64) -> Plan {
        Plan {
            seed,
            messages: 100,
            left_out: Vec::new(),
            planted: None,
            is_calm: false,
        }
    }

    /// The same with a mistake.
    pub fn with(self, planted: Planted) -> Plan {
        Plan {
            planted: Some(planted),
            ..self
        }
    }
}
