//! What a store keeps of a queue besides its messages.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Millis;
use super::settings::Settings;

/// A queue without its messages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct QueueRecord {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) settings: Settings,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) created: Millis,
    pub(crate) modified: Millis,
}
