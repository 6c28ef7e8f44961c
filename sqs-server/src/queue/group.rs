//! The id of a message group. The group's messages share one copy.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// A `MessageGroupId`; cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub(crate) struct GroupId(Arc<str>);

impl GroupId {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for GroupId {
    fn from(id: String) -> GroupId {
        GroupId(Arc::from(id))
    }
}

impl From<GroupId> for String {
    fn from(id: GroupId) -> String {
        id.0.as_ref().to_owned()
    }
}
