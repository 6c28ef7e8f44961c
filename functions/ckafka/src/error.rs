//! Why a batch has to come again.

use thingrelay::queue::SendError;

/// Why a batch has to come again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The settings have no source for a topic, or several and no way to choose: an operator has to
    /// correct them.
    #[error(
        "no source with channel = \"ckafka\" and without problems has the topic {0}, or several have \
         it and none names a broker of this cluster"
    )]
    UnknownTopic(String),
    /// The staging queue did not accept every record.
    #[error("{failed} of {records} records could not be staged: {source}")]
    NotStaged {
        /// The most records that may not be staged.
        failed: usize,
        records: usize,
        /// The queue's error.
        source: SendError,
    },
}
