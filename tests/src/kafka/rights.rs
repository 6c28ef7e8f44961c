//! Actions that the user is forbidden.

use std::time::Duration;

use krafka::admin::{
    AclBinding, AclFilter, AclOperation, AclPatternType, AclPermissionType, AclResourceType,
};

use super::{Kafka, USER};
use crate::deadline::until;

/// How long the broker may take to apply a rule.
const LIMIT: Duration = Duration::from_secs(60);

impl Kafka {
    /// Forbids the user all operations on a group.
    ///
    /// # Panics
    ///
    /// If the broker does not apply the rule soon.
    pub async fn forbid_group(&self, group: &str) {
        let all = AclOperation::All;
        self.forbid(AclResourceType::Group, group, all).await;
    }

    /// Forbids the user all operations on a topic.
    ///
    /// # Panics
    ///
    /// As [`Kafka::forbid_group`].
    pub async fn forbid_topic(&self, topic: &str) {
        let all = AclOperation::All;
        self.forbid(AclResourceType::Topic, topic, all).await;
    }

    /// Forbids the user to read a topic, and still lets the user see that the topic exists.
    ///
    /// # Panics
    ///
    /// As [`Kafka::forbid_group`].
    pub async fn forbid_reading(&self, topic: &str) {
        let read = AclOperation::Read;
        self.forbid(AclResourceType::Topic, topic, read).await;
    }

    async fn forbid(&self, kind: AclResourceType, name: &str, what: AclOperation) {
        let admin = self.connect().await.admin();
        let mut rule = AclBinding::new(
            kind,
            name,
            format!("User:{USER}"),
            "*",
            what,
            AclPermissionType::Deny,
        );
        // For `Literal`, the client sends another number than the protocol has. `Prefixed` is
        // equivalent for a name that is not the prefix of another.
        rule.pattern_type = AclPatternType::Prefixed;
        let created = admin.create_acls(vec![rule], Default::default()).await;
        for (_, result) in created.expect("a controller answers") {
            result.expect("a rule");
        }
        // The broker decides by the rules that it has received from the controller.
        until(LIMIT, "a rule that holds", || async {
            let filter = AclFilter::for_resource(kind, name);
            let rules = admin.describe_acls(filter, Default::default()).await;
            (!rules.expect("a broker answers").is_empty()).then_some(())
        })
        .await;
    }
}
