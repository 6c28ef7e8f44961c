//! What happens, each with its log line and its counter, from one place.
//!
//! Levels by consequence: DEBUG for what goes as it should, WARN for what is refused or tried
//! again (nothing is lost), ERROR for what an operator must look at.

use crate::{endpoint::Refusal, source::SourceName};
use metrics::counter;
use tracing::{debug, error, warn};

/// Something that happened. [`Occurrence::record`] counts it and writes its line.
#[derive(Debug, Clone, Copy)]
pub enum Occurrence<'a> {
    /// A platform checked a push URL, and was answered.
    UrlChecked {
        /// The source.
        source: &'a SourceName,
    },
    /// A request was refused.
    Refused {
        /// The source, if it is one of ours.
        source: Option<&'a SourceName>,
        /// Why.
        refusal: Refusal,
    },
    /// A request was signed with the previous token: the rotation is not finished.
    PreviousToken {
        /// The source.
        source: &'a SourceName,
    },
    /// The staging queue took a message.
    Accepted {
        /// The source.
        source: &'a SourceName,
        /// The message's id.
        id: &'a str,
    },
    /// The staging queue did not take a message: the platform was told to try again.
    StagingFailed {
        /// The source.
        source: &'a SourceName,
        /// What the queue said.
        error: &'a str,
    },
    /// A target took every event of a message.
    Forwarded {
        /// The message's id.
        id: &'a str,
        /// How many events it gave.
        events: usize,
    },
    /// A message went to quarantine.
    Quarantined {
        /// The message's id; empty where it cannot be read.
        id: &'a str,
        /// The stable word of the reason.
        reason: &'a str,
    },
    /// A message was handed back to the queue, which brings it again.
    HandedBack {
        /// The message's id; empty where it cannot be read.
        id: &'a str,
        /// The stable word of the reason.
        reason: &'a str,
        /// More, for people; never content of a message.
        detail: &'a str,
    },
}

impl Occurrence<'_> {
    /// Counts it and writes its line.
    pub fn record(self) {
        match self {
            Occurrence::UrlChecked { source } => {
                counter!("url_checks", "source" => source.to_string()).increment(1);
                debug!(%source, "URL checked");
            }
            Occurrence::Refused { source, refusal } => {
                let name = source.map_or_else(|| "unknown".to_owned(), ToString::to_string);
                counter!("refused", "source" => name.clone(), "reason" => refusal.word())
                    .increment(1);
                warn!(source = name, reason = refusal.word(), detail = %refusal, "request refused");
            }
            Occurrence::PreviousToken { source } => {
                counter!("previous_token", "source" => source.to_string()).increment(1);
                debug!(%source, "signed with the previous token");
            }
            Occurrence::Accepted { source, id } => {
                counter!("accepted", "source" => source.to_string()).increment(1);
                debug!(%source, id, "accepted");
            }
            Occurrence::StagingFailed { source, error } => {
                counter!("staging_failed", "source" => source.to_string()).increment(1);
                error!(%source, error, "staging failed, the platform tries again");
            }
            Occurrence::Forwarded { id, events } => {
                counter!("forwarded").increment(1);
                counter!("events").increment(u64::try_from(events).unwrap_or(u64::MAX));
                debug!(id, events, "forwarded");
            }
            Occurrence::Quarantined { id, reason } => {
                counter!("quarantined", "reason" => reason.to_owned()).increment(1);
                error!(id, reason, "quarantined");
            }
            Occurrence::HandedBack { id, reason, detail } => {
                counter!("handed_back", "reason" => reason.to_owned()).increment(1);
                warn!(id, reason, detail, "handed back to the queue");
            }
        }
    }
}
