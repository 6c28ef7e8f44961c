//! Reads and normalises one record, and catches a panic.

use crate::batch::{Batch, GroupRecord};
use thingrelay_core::{
    config::ConsumerConfig,
    identity::MessageId,
    normalize::{self, NormalizeError, OutgoingEvent},
    panics::{PanicError, catch_panic},
    source::{Decoding, SourceName},
    staged::{EdgeError, Staged, StagedError},
};

/// Turns a staged message into events.
pub type Normalizer = fn(&Staged<'_>, Decoding) -> Result<Vec<OutgoingEvent>, NormalizeError>;

/// A record and its verdict.
pub(crate) struct Prepared {
    head: GroupRecord,
    /// The provenance, if the record can be read.
    provenance: Option<Provenance>,
    pub(crate) verdict: Verdict,
}

struct Provenance {
    id: MessageId,
    source: SourceName,
    is_configured: bool,
    /// Whether the message was staged again.
    is_again: bool,
    /// Whether the archive has the message already.
    is_archived: bool,
}

/// What is to be done with a message, before a target is asked.
#[derive(Debug)]
pub enum Verdict {
    /// These events go to the targets that take them.
    Forward(Vec<OutgoingEvent>),
    /// The message goes to quarantine.
    Quarantine {
        /// The stable code.
        reason: &'static str,
        detail: String,
    },
    /// The message waits on the staging queue.
    HandBack {
        /// The stable code.
        reason: &'static str,
        detail: String,
    },
}

/// The verdict on a message of the staging queue with this body.
pub fn verdict(body: &str, config: &ConsumerConfig) -> Verdict {
    read(body, config, normalize::normalize).1
}

pub(crate) fn prepare(
    head: GroupRecord,
    config: &ConsumerConfig,
    normalizer: Normalizer,
) -> Prepared {
    let body = head.message.body.as_deref().unwrap_or_default();
    let (provenance, verdict) = read(body, config, normalizer);
    Prepared {
        head,
        provenance,
        verdict,
    }
}

/// The provenance, if the message can be read, and the verdict.
fn read(
    body: &str,
    config: &ConsumerConfig,
    normalizer: Normalizer,
) -> (Option<Provenance>, Verdict) {
    match catch_panic(|| Staged::from_body(body)) {
        Err(panicked) => (None, panicked.into()),
        Ok(Err(error @ StagedError::NewerVersion(_))) => (
            None,
            Verdict::HandBack {
                reason: "newer_version",
                detail: error.to_string(),
            },
        ),
        Ok(Err(error)) => (
            None,
            Verdict::Quarantine {
                reason: "unreadable_record",
                detail: error.to_string(),
            },
        ),
        Ok(Ok(staged)) => {
            let configured = config.sources.get(&staged.source);
            let broken = config.broken.sources.get(&staged.source);
            let provenance = Provenance {
                id: staged.id.clone(),
                source: staged.source.clone(),
                is_configured: configured.is_some() || broken.is_some(),
                is_again: staged.replay.is_some(),
                is_archived: staged.replay.as_ref().is_some_and(|replay| replay.archived),
            };
            // A source that was removed from the settings is read with the default decoding.
            let decoding = configured.map(|source| source.decoding).unwrap_or_default();
            let verdict = match (staged.error, broken) {
                (Some(error), _) => Verdict::Quarantine {
                    reason: error.code(),
                    detail: error.to_string(),
                },
                // Nobody knows how its payloads have to be read.
                (None, Some(broken)) => Verdict::HandBack {
                    reason: "misconfigured",
                    detail: broken.problems.on_one_line(),
                },
                (None, None) => normalized(&staged, decoding, normalizer),
            };
            (Some(provenance), verdict)
        }
    }
}

fn normalized(staged: &Staged<'_>, decoding: Decoding, normalizer: Normalizer) -> Verdict {
    match catch_panic(|| normalizer(staged, decoding)) {
        Ok(Ok(events)) => Verdict::Forward(events),
        Ok(Err(error)) => Verdict::Quarantine {
            reason: error.code(),
            detail: error.to_string(),
        },
        Err(panicked) => panicked.into(),
    }
}

impl From<PanicError> for Verdict {
    fn from(panicked: PanicError) -> Self {
        Verdict::Quarantine {
            reason: EdgeError::Panic.code(),
            detail: panicked.to_string(),
        }
    }
}

impl Prepared {
    /// The message's id, for counters and lines.
    pub(crate) fn id(&self) -> &str {
        self.known_id().unwrap_or_else(|| self.head.id())
    }

    pub(crate) fn known_id(&self) -> Option<&str> {
        let provenance = self.provenance.as_ref()?;
        Some(provenance.id.as_str())
    }

    pub(crate) fn source(&self) -> Option<&str> {
        let provenance = self.provenance.as_ref()?;
        Some(provenance.source.as_str())
    }

    /// The source, if it is in the configuration.
    pub(crate) fn configured_source(&self) -> Option<&SourceName> {
        let provenance = self.provenance.as_ref()?;
        provenance.is_configured.then_some(&provenance.source)
    }

    /// Whether the message was staged again.
    pub(crate) fn is_again(&self) -> bool {
        self.provenance.as_ref().is_some_and(|it| it.is_again)
    }

    /// Whether the record is about to be done, and is not in the archive.
    pub(crate) fn is_to_be_archived(&self) -> bool {
        let is_archived = self.provenance.as_ref().is_some_and(|it| it.is_archived);
        !is_archived && !matches!(self.verdict, Verdict::HandBack { .. })
    }

    /// The staging queue's fact of that name about the record.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.head.message.attributes.get(name).map(String::as_str)
    }

    pub(crate) fn body(&self) -> &str {
        self.head.message.body.as_deref().unwrap_or_default()
    }

    /// The events, if they are to be forwarded.
    pub(crate) fn events(&self) -> &[OutgoingEvent] {
        match &self.verdict {
            Verdict::Forward(events) => events,
            Verdict::Quarantine { .. } | Verdict::HandBack { .. } => &[],
        }
    }

    /// Notes the result of the record in the batch.
    pub(crate) fn settle(self, batch: &mut Batch) {
        let id = self.id().to_owned();
        match self.verdict {
            Verdict::Forward(_) | Verdict::Quarantine { .. } => batch.done(self.head),
            Verdict::HandBack { reason, detail } => {
                batch.hand_back_group(self.head, &id, reason, &detail);
            }
        }
    }
}
