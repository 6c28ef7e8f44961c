//! Internal events: each has its log line and its counter in one place. [`webhook`] has those of the
//! function `webhook`.
//!
//! The level depends on the consequence: DEBUG for normal work, WARN for a message that is refused
//! or tried again (nothing is lost), ERROR for what an operator must look at.
//!
//! Counted in messages, over all functions: `received` = `rejected` + `unavailable` + `accepted`,
//! and `accepted` + `replayed` = duplicates that the staging queue drops + `forwarded` + `quarantined` +
//! dead letters + messages that are under way. What was staged again is `replayed` when it is done. Two faults leave a difference: if the queue accepted a
//! send and its answer was lost, the message counts as `unavailable`; and if the queue delivers a
//! message again that was already processed, it is processed twice.
//!
//! Counted in events, for each target: `matched` = `delivered` + `refused` + `postponed`. A postponed
//! event comes again, and is matched again. At each webhook: `webhook_received` =
//! `webhook_delivered` + `webhook_given_up` + `webhook_waiting`; an event that waits comes again, and
//! is received again.

pub mod webhook;

pub use webhook::WebhookEvent;

use crate::endpoint::RequestError;
use metrics::{counter, gauge};
use thingrelay_core::{event::EventType, source::SourceName};
use tracing::{debug, error, warn};

/// The source of messages to a name that is not configured, in counters and lines.
pub const UNKNOWN_SOURCE: &str = "unknown";

/// An internal event. [`InternalEvent::emit`] counts it and writes its line.
///
/// A source is `None` if it is not in the configuration: names that anybody can think up must not
/// become counters.
#[derive(Debug, Clone, Copy)]
pub enum InternalEvent<'a> {
    /// A message reached `push`, or was pulled and staged.
    Received { source: Option<&'a SourceName> },
    /// A message was refused: permanently, unless its source is misconfigured.
    Rejected {
        source: Option<&'a SourceName>,
        refusal: RequestError,
    },
    /// The staging queue did not accept a message. The platform was told to try again.
    Unavailable {
        source: &'a SourceName,
        id: &'a str,
        /// The queue's error.
        error: &'a str,
    },
    /// The staging queue accepted a message.
    Accepted { source: &'a SourceName, id: &'a str },
    /// A platform checked a push URL and got its answer.
    UrlChecked { source: &'a SourceName },
    /// The check of a push URL was refused.
    UrlCheckRefused {
        source: Option<&'a SourceName>,
        refusal: RequestError,
    },
    /// A request was signed with the previous token: the rotation is not finished.
    PreviousToken {
        source: &'a SourceName,
        /// The message's id; empty for a URL check.
        id: &'a str,
    },
    /// Each target whose filters an event of the message passes has accepted that event.
    Forwarded {
        source: Option<&'a SourceName>,
        id: &'a str,
        /// The number of the message's events that have a target.
        events: usize,
        /// The type of the first of them.
        kind: Option<EventType>,
        /// Its subject.
        subject: Option<&'a str>,
    },
    /// A message that an operator had staged again is forwarded or in quarantine.
    Replayed {
        source: Option<&'a SourceName>,
        id: &'a str,
    },
    /// Events of a forwarded message pass the filters of no target.
    Unrouted {
        /// The source.
        source: Option<&'a SourceName>,
        /// The message's id.
        id: &'a str,
        /// How many events.
        events: usize,
    },
    /// Events were sent to a target.
    Sent {
        /// The target's name.
        target: &'a str,
        /// How many events of the messages at work pass the target's filters.
        matched: usize,
        /// How many of them the target took.
        delivered: usize,
        /// How many it will never take.
        refused: usize,
        /// How many come again.
        postponed: usize,
    },
    /// A message went to quarantine.
    Quarantined {
        source: Option<&'a SourceName>,
        id: &'a str,
        /// The stable code of the reason.
        reason: &'static str,
    },
    /// A message was returned to the queue, which delivers it again.
    HandedBack {
        id: &'a str,
        /// The stable code of the reason.
        reason: &'static str,
        /// Details for people; never content of a message.
        detail: &'a str,
    },
    /// The visibility of records on the staging queue could not be changed: they come again after
    /// the queue's own time.
    NotHidden {
        /// The queue's error.
        error: &'a str,
    },
    /// A pull has connected to a broker.
    Connected {
        source: &'a SourceName,
        /// The topic.
        topic: &'a str,
    },
    /// A broker refused the credentials of a source.
    Refused {
        source: &'a SourceName,
        /// What to check.
        detail: &'a str,
    },
    /// A broker cannot be reached, or the connection to it broke. The pull tries again.
    Unreachable {
        source: &'a SourceName,
        /// The error.
        detail: &'a str,
    },
    /// A pull is connected, and nothing came for as long as the source's own limit.
    Silent {
        source: &'a SourceName,
        /// The length of the silence.
        minutes: u64,
    },
    /// A broker has deleted messages of a source that were not read yet. The pull continues with
    /// the earliest message that exists.
    Expired {
        source: &'a SourceName,
        /// Which messages, in the client's words.
        detail: &'a str,
    },
    /// A broker reported how many records of a source are waiting.
    Lag {
        source: &'a SourceName,
        /// The records that are stored and not acknowledged.
        records: u64,
    },
    /// A message could not be decrypted or parsed at the edge. It is staged as it came.
    DecryptionFailed {
        source: &'a SourceName,
        id: &'a str,
        /// The stable code of the reason.
        reason: &'static str,
    },
    /// A message's sign is wrong, and the source's policy is to check signs.
    BadSign { source: &'a SourceName, id: &'a str },
    /// A message has no sign, and the source's policy is to check signs.
    MissingSign { source: &'a SourceName, id: &'a str },
    /// A broker sent something that is not a message and cannot be acknowledged. It is skipped.
    OddFrame {
        source: &'a SourceName,
        /// What it looks like; never content of a message.
        detail: &'a str,
    },
    /// The staging queue did not accept pulled messages. They are kept and sent again.
    StagingRetried {
        source: &'a SourceName,
        /// The queue's error.
        error: &'a str,
    },
    /// The documents of the configuration cannot be read or parsed. The earlier ones stay in use.
    SettingsUnavailable {
        /// The error; never content of a document.
        detail: &'a str,
    },
    /// A part of the settings or secrets is wrong. It is out of use, and the rest is used.
    Misconfigured {
        part: SettingsPart<'a>,
        /// Whether the part's last good settings are still in use.
        kept: bool,
        /// The place and the problem; never a secret.
        detail: &'a str,
    },
}

/// A part of the settings that can be wrong on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsPart<'a> {
    /// A source.
    Source(&'a SourceName),
    /// A target.
    Target,
    /// Anything else.
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
    /// Counts the event and writes its line.
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
            InternalEvent::Forwarded {
                source,
                id,
                events,
                kind,
                subject,
            } => {
                let source = name(source);
                counter!("forwarded", "source" => source.to_owned()).increment(1);
                counter!("events", "source" => source.to_owned()).increment(count(events));
                let kind = kind.map(EventType::as_str);
                debug!(source, id, events, "type" = kind, subject, "forwarded");
            }
            InternalEvent::Replayed { source, id } => {
                let source = name(source);
                counter!("replayed", "source" => source.to_owned()).increment(1);
                debug!(source, id, "staged again, and done");
            }
            InternalEvent::Unrouted { source, id, events } => {
                let source = name(source);
                counter!("unrouted", "source" => source.to_owned()).increment(count(events));
                debug!(source, id, events, "no target takes these events");
            }
            InternalEvent::Sent {
                target,
                matched,
                delivered,
                refused,
                postponed,
            } => {
                counter!("matched", "target" => target.to_owned()).increment(count(matched));
                counter!("delivered", "target" => target.to_owned()).increment(count(delivered));
                counter!("refused", "target" => target.to_owned()).increment(count(refused));
                counter!("postponed", "target" => target.to_owned()).increment(count(postponed));
                debug!(
                    to = target,
                    matched, delivered, refused, postponed, "sent to a target"
                );
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
                warn!(%source, id, "the sign is wrong");
            }
            InternalEvent::MissingSign { source, id } => {
                counter!("missing_sign", "source" => source.to_string()).increment(1);
                warn!(%source, id, "the sign is missing");
            }
            InternalEvent::OddFrame { source, detail } => {
                counter!("odd_frames", "source" => source.to_string()).increment(1);
                warn!(%source, detail, "the broker sent something that is not a message");
            }
            InternalEvent::StagingRetried { source, error } => {
                counter!("staging_retried", "source" => source.to_string()).increment(1);
                error!(%source, error, "staging failed, the pulled messages are kept");
            }
            InternalEvent::SettingsUnavailable { detail } => {
                counter!("settings_unavailable").increment(1);
                error!(
                    detail,
                    "new settings cannot be used, the old ones stay in use"
                );
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

fn count(events: usize) -> u64 {
    u64::try_from(events).unwrap_or(u64::MAX)
}

fn name(source: Option<&SourceName>) -> &str {
    source.map_or(UNKNOWN_SOURCE, SourceName::as_str)
}

#[cfg(test)]
mod tests;
