//! What happens, each with its log line and its counter, from one place.
//!
//! Levels by consequence: DEBUG for what goes as it should, WARN for what is refused or tried
//! again (nothing is lost), ERROR for what an operator must look at.
//!
//! Counted in messages, over all functions:
//! `received` = `rejected` + `unavailable` + `accepted`, and `accepted` = duplicates that the
//! staging queue drops + `forwarded` + `quarantined` + dead letters + what is under way. Two faults
//! leave a difference: a send that the queue took, and whose answer was lost, is `unavailable`; and
//! a message that the queue brings again, though it was done with, is done with twice.

use crate::endpoint::RequestError;
use metrics::{counter, gauge};
use thingrelay_core::source::SourceName;
use tracing::{debug, error, warn};

/// The source of what comes to a name that is not configured, in counters and lines.
pub const UNKNOWN_SOURCE: &str = "unknown";

/// Something that happened. [`InternalEvent::emit`] counts it and writes its line.
///
/// A source is `None` where it is none of the configuration's: names that anybody can think up
/// must not become counters.
#[derive(Debug, Clone, Copy)]
pub enum InternalEvent<'a> {
    /// A message reached `push`, or was pulled and staged.
    Received {
        /// The source.
        source: Option<&'a SourceName>,
    },
    /// A message was refused: for good, unless its source is misconfigured.
    Rejected {
        /// The source.
        source: Option<&'a SourceName>,
        /// Why.
        refusal: RequestError,
    },
    /// The staging queue did not take a message: the platform was told to try again.
    Unavailable {
        /// The source.
        source: &'a SourceName,
        /// The message's id.
        id: &'a str,
        /// What the queue said.
        error: &'a str,
    },
    /// The staging queue took a message.
    Accepted {
        /// The source.
        source: &'a SourceName,
        /// The message's id.
        id: &'a str,
    },
    /// A platform checked a push URL, and was answered.
    UrlChecked {
        /// The source.
        source: &'a SourceName,
    },
    /// The check of a push URL was refused.
    UrlCheckRefused {
        /// The source.
        source: Option<&'a SourceName>,
        /// Why.
        refusal: RequestError,
    },
    /// A request was signed with the previous token: the rotation is not finished.
    PreviousToken {
        /// The source.
        source: &'a SourceName,
        /// The message's id; empty where the request is the check of a URL.
        id: &'a str,
    },
    /// Every target took every event of a message.
    Forwarded {
        /// The source.
        source: Option<&'a SourceName>,
        /// The message's id.
        id: &'a str,
        /// How many events it gave.
        events: usize,
    },
    /// A message went to quarantine.
    Quarantined {
        /// The source.
        source: Option<&'a SourceName>,
        /// The message's id.
        id: &'a str,
        /// The stable word of the reason.
        reason: &'static str,
    },
    /// A message was handed back to the queue, which brings it again.
    HandedBack {
        /// The message's id.
        id: &'a str,
        /// The stable word of the reason.
        reason: &'static str,
        /// More, for people; never content of a message.
        detail: &'a str,
    },
    /// The staging queue could not be told for how long records rest: they come again after the
    /// queue's own time.
    NotHidden {
        /// What the queue said.
        error: &'a str,
    },
    /// A pull has connected to a broker.
    Connected {
        /// The source.
        source: &'a SourceName,
        /// What is pulled from.
        topic: &'a str,
    },
    /// A broker refused the credentials of a source.
    Refused {
        /// The source.
        source: &'a SourceName,
        /// What to check.
        detail: &'a str,
    },
    /// A broker cannot be reached, or the connection to it broke: it is tried again.
    Unreachable {
        /// The source.
        source: &'a SourceName,
        /// What went wrong.
        detail: &'a str,
    },
    /// A pull is connected and nothing came for as long as the source's own limit.
    Silent {
        /// The source.
        source: &'a SourceName,
        /// For how many minutes.
        minutes: u64,
    },
    /// A broker had deleted messages of a source that were not read yet: the pull goes
    /// on with the earliest that is there.
    Expired {
        /// The source.
        source: &'a SourceName,
        /// Which, in the client's words.
        detail: &'a str,
    },
    /// A broker said how much waits for a source.
    Lag {
        /// The source.
        source: &'a SourceName,
        /// How many records are stored and not acknowledged.
        records: u64,
    },
    /// A message could not be decrypted or taken apart at the edge: it is staged as it came.
    DecryptionFailed {
        /// The source.
        source: &'a SourceName,
        /// The message's id.
        id: &'a str,
        /// The stable word of the reason.
        reason: &'static str,
    },
    /// A message's sign does not fit, and the source's policy is to look at signs.
    BadSign {
        /// The source.
        source: &'a SourceName,
        /// The message's id.
        id: &'a str,
    },
    /// A message has no sign, and the source's policy is to look at signs.
    MissingSign {
        /// The source.
        source: &'a SourceName,
        /// The message's id.
        id: &'a str,
    },
    /// A broker sent something that is not a message and could not be acknowledged: it is passed over.
    OddFrame {
        /// The source.
        source: &'a SourceName,
        /// What it looked like; never content of a message.
        detail: &'a str,
    },
    /// The staging queue did not take pulled messages: they are kept and sent again.
    StagingRetried {
        /// The source.
        source: &'a SourceName,
        /// What the queue said.
        error: &'a str,
    },
    /// The documents of the configuration cannot be read, or do not parse: those read before stay
    /// in use.
    SettingsUnavailable {
        /// What is wrong; never content of a document.
        detail: &'a str,
    },
    /// A part of the settings or secrets is wrong: it is out of use, and the rest is used.
    Misconfigured {
        /// Which part.
        part: SettingsPart<'a>,
        /// Whether its last good settings are still in use.
        kept: bool,
        /// Where and what; never a secret.
        detail: &'a str,
    },
}

/// A part of the settings that can be wrong alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsPart<'a> {
    /// A source.
    Source(&'a SourceName),
    /// A target.
    Target,
    /// What belongs to neither.
    Rest,
}

impl SettingsPart<'_> {
    fn code(self) -> &'static str {
        match self {
            SettingsPart::Source(_) => "source",
            SettingsPart::Target => "target",
            SettingsPart::Rest => "rest",
        }
    }
}

impl InternalEvent<'_> {
    /// Counts it and writes its line.
    pub fn emit(self) {
        match self {
            InternalEvent::Received { source } => {
                let source = name(source);
                counter!("received", "source" => source.to_owned()).increment(1);
                debug!(source, "received");
            }
            InternalEvent::Rejected { source, refusal } => {
                let (source, reason) = (name(source), refusal.code());
                counter!("rejected", "source" => source.to_owned(), "reason" => reason)
                    .increment(1);
                warn!(source, reason, detail = %refusal, "message rejected");
            }
            InternalEvent::Unavailable { source, id, error } => {
                counter!("unavailable", "source" => source.to_string()).increment(1);
                error!(%source, id, error, "staging failed, the platform tries again");
            }
            InternalEvent::Accepted { source, id } => {
                counter!("accepted", "source" => source.to_string()).increment(1);
                debug!(%source, id, "accepted");
            }
            InternalEvent::UrlChecked { source } => {
                counter!("url_checks", "source" => source.to_string()).increment(1);
                debug!(%source, "URL checked");
            }
            InternalEvent::UrlCheckRefused { source, refusal } => {
                let (source, reason) = (name(source), refusal.code());
                counter!("url_checks_refused", "source" => source.to_owned(), "reason" => reason)
                    .increment(1);
                warn!(source, reason, detail = %refusal, "URL check refused");
            }
            InternalEvent::PreviousToken { source, id } => {
                counter!("previous_token", "source" => source.to_string()).increment(1);
                debug!(%source, id, "signed with the previous token");
            }
            InternalEvent::Forwarded { source, id, events } => {
                let source = name(source);
                counter!("forwarded", "source" => source.to_owned()).increment(1);
                counter!("events", "source" => source.to_owned())
                    .increment(u64::try_from(events).unwrap_or(u64::MAX));
                debug!(source, id, events, "forwarded");
            }
            InternalEvent::Quarantined { source, id, reason } => {
                let source = name(source);
                counter!("quarantined", "source" => source.to_owned(), "reason" => reason)
                    .increment(1);
                error!(source, id, reason, "quarantined");
            }
            InternalEvent::HandedBack { id, reason, detail } => {
                counter!("handed_back", "reason" => reason).increment(1);
                warn!(id, reason, detail, "handed back to the queue");
            }
            InternalEvent::NotHidden { error } => {
                counter!("not_hidden").increment(1);
                warn!(error, "records come again after the queue's own time");
            }
            InternalEvent::Connected { source, topic } => {
                counter!("connected", "source" => source.to_string()).increment(1);
                debug!(%source, topic, "connected");
            }
            InternalEvent::Refused { source, detail } => {
                counter!("credentials_refused", "source" => source.to_string()).increment(1);
                error!(%source, detail, "credentials refused");
            }
            InternalEvent::Unreachable { source, detail } => {
                counter!("unreachable", "source" => source.to_string()).increment(1);
                warn!(%source, detail, "broker unreachable");
            }
            InternalEvent::Silent { source, minutes } => {
                counter!("silent", "source" => source.to_string()).increment(1);
                warn!(%source, minutes, "connected, nothing received");
            }
            InternalEvent::Expired { source, detail } => {
                counter!("expired", "source" => source.to_string()).increment(1);
                error!(%source, detail, "records were deleted before they were read");
            }
            InternalEvent::Lag { source, records } => {
                #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 records")]
                gauge!("lag", "source" => source.to_string()).set(records as f64);
                debug!(%source, records, "lag");
            }
            InternalEvent::DecryptionFailed { source, id, reason } => {
                counter!("decryption_failed", "source" => source.to_string(), "reason" => reason)
                    .increment(1);
                error!(%source, id, reason, "decryption failed");
            }
            InternalEvent::BadSign { source, id } => {
                counter!("bad_sign", "source" => source.to_string()).increment(1);
                warn!(%source, id, "the sign does not fit");
            }
            InternalEvent::MissingSign { source, id } => {
                counter!("missing_sign", "source" => source.to_string()).increment(1);
                warn!(%source, id, "the sign is missing");
            }
            InternalEvent::OddFrame { source, detail } => {
                counter!("odd_frames", "source" => source.to_string()).increment(1);
                warn!(%source, detail, "the broker sent what is no message");
            }
            InternalEvent::StagingRetried { source, error } => {
                counter!("staging_retried", "source" => source.to_string()).increment(1);
                error!(%source, error, "staging failed, what was pulled is kept");
            }
            InternalEvent::SettingsUnavailable { detail } => {
                counter!("settings_unavailable").increment(1);
                error!(detail, "new settings cannot be used, the old ones stay");
            }
            InternalEvent::Misconfigured { part, kept, detail } => {
                let reason = part.code();
                if let SettingsPart::Source(source) = part {
                    counter!("misconfigured", "source" => source.to_string(), "reason" => reason)
                        .increment(1);
                    error!(%source, reason, kept, detail, "misconfigured");
                } else {
                    counter!("misconfigured", "reason" => reason).increment(1);
                    error!(reason, kept, detail, "misconfigured");
                }
            }
        }
    }
}

fn name(source: Option<&SourceName>) -> &str {
    source.map_or(UNKNOWN_SOURCE, SourceName::as_str)
}

#[cfg(test)]
mod tests;
