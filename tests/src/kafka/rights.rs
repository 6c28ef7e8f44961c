//! What the user may not do.

use std::time::Duration;

use krafka::admin::{
    AclBinding, AclFilter, AclOperation, AclPatternType, AclPermissionType, AclResourceType,
};

use super::{Kafka, USER};
use crate::deadline::until;

/// How long a rule may take until the broker goes by it.
const LIMIT: Duration = Duration::from_secs(60);

impl Kafka {
    /// Forbids the user all that has to do with a group.
    ///
    /// # Panics
    ///
    /// If the broker does not go by it soon.
    pub async fn forbid_group(&self, group: &str) {
        let all = AclOperation::All;
        self.forbid(AclResourceType::Group, group, all).await;
    }

    /// Forbids the user all that has to do with a topic.
    ///
    /// # Panics
    ///
    /// As [`Kafka::forbid_group`].
    pub async fn forbid_topic(&self, topic: &str) {
        let all = AclOperation::All;
        self.forbid(AclResourceType::Topic, topic, all).await;
    }

    /// Forbids the user to read a topic, and lets him see that it is there.
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
        // The client sends another number for `Literal` than the protocol has. Of names that nothing
        // else begins with, this is the same.
        rule.pattern_type = AclPatternType::Prefixed;
        let created = admin.create_acls(vec![rule], Default::default()).await;
        for (_, result) in created.expect("a controller answers") {
            result.expect("a rule");
        }
        // The broker answers by what it has learnt from the controller.
        until(LIMIT, "a rule that holds", || async {
            let filter = AclFilter::for_resource(kind, name);
            let rules = admin.describe_acls(filter, Default::default()).await;
            (!rules.expect("a broker answers").is_empty()).then_some(())
        })
        .await;
    }
}
