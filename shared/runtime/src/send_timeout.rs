//! How long a sender waits for a receiver.

use aws_sdk_sqs::config::{retry::RetryConfig, timeout::TimeoutConfig};
use std::time::Duration;

/// How long a sender waits for a receiver, including all tries of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendTimeout {
    /// For a platform that waits for the answer: 2.5 s.
    Edge,
    /// For work that nobody waits for: 20 s.
    Background,
}

impl SendTimeout {
    pub(crate) fn config(self) -> TimeoutConfig {
        let (whole, attempt) = match self {
            SendTimeout::Edge => (Duration::from_millis(2500), Duration::from_millis(1200)),
            SendTimeout::Background => (Duration::from_secs(20), Duration::from_secs(6)),
        };
        TimeoutConfig::builder()
            .operation_timeout(whole)
            .operation_attempt_timeout(attempt)
            .build()
    }

    /// How a call is tried again within the time.
    pub(crate) fn retries() -> RetryConfig {
        RetryConfig::standard()
            .with_max_attempts(3)
            .with_initial_backoff(Duration::from_millis(50))
    }
}
