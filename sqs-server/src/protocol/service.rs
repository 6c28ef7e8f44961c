//! The queues and their URLs, for the actions.

use std::sync::Arc;

use crate::broker::Broker;

/// The queues, and the address in their URLs.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) broker: Arc<Broker>,
    pub(crate) endpoint: String,
}

impl Service {
    /// The URL of the queue with this name.
    pub(super) fn queue_url(&self, name: &str) -> String {
        let account = self
            .broker
            .look(|registry| registry.identity().account.clone());
        format!("{}/{account}/{name}", self.endpoint)
    }
}
