//! What becomes of a message's sign.

use serde::{Deserialize, Serialize};

/// What is done about the signs of a source's messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignaturePolicy {
    /// They are not looked at.
    Off,
    /// One that does not fit is told of, and its message is taken all the same.
    Log,
    /// A message whose sign does not fit is not taken for genuine: it goes to quarantine.
    Enforce,
}

/// What was found about a message's sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignVerdict {
    /// It fits.
    Valid,
    /// It does not fit.
    Invalid,
    /// There is none.
    Absent,
    /// It was not looked at.
    Unchecked,
}

impl SignVerdict {
    /// The word for it in staged records and events.
    pub fn as_str(self) -> &'static str {
        match self {
            SignVerdict::Valid => "valid",
            SignVerdict::Invalid => "invalid",
            SignVerdict::Absent => "absent",
            SignVerdict::Unchecked => "unchecked",
        }
    }
}
