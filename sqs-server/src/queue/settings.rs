//! The attributes that the owner of a queue sets, parsed once. (API reference, CreateQueue and
//! SetQueueAttributes, "Attributes".)

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use super::Kind;
use super::redrive::{RedriveAllowPolicy, RedrivePolicy};
use super::setting_error::SettingError;

/// The largest message and the largest batch that SQS accepts: 1 MiB of body and attributes. (SQS
/// Developer Guide, "Amazon SQS message quotas".)
pub(crate) const MAXIMUM_MESSAGE_SIZE: u32 = 1_048_576;

/// The longest visibility timeout, and the longest time in flight: 12 hours in seconds.
pub(crate) const MAXIMUM_VISIBILITY_TIMEOUT: u32 = 43_200;

/// The longest delay of a message or a queue, in seconds.
pub(crate) const MAXIMUM_DELAY: u32 = 900;

/// The longest wait of a receive, in seconds.
pub(crate) const MAXIMUM_WAIT: u32 = 20;

/// The attributes that the owner of a queue sets. Times are in seconds, sizes in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Settings {
    pub(crate) visibility_timeout: u32,
    pub(crate) retention: u32,
    pub(crate) delay: u32,
    pub(crate) wait: u32,
    pub(crate) maximum_message_size: u32,
    pub(crate) redrive: Option<RedrivePolicy>,
    pub(crate) redrive_allow: Option<RedriveAllowPolicy>,
    pub(crate) content_based_deduplication: bool,
    pub(crate) deduplication_scope: DeduplicationScope,
    pub(crate) throughput_limit: ThroughputLimit,
    /// Stored and shown, but without effect: access policy and encryption.
    pub(crate) inert: BTreeMap<String, String>,
}

/// Where a deduplication id must be unique.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DeduplicationScope {
    Queue,
    MessageGroup,
}

/// The scope of the throughput quota. It is shown, but has no effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ThroughputLimit {
    PerQueue,
    PerMessageGroupId,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            visibility_timeout: 30,
            retention: 345_600,
            delay: 0,
            wait: 0,
            maximum_message_size: MAXIMUM_MESSAGE_SIZE,
            redrive: None,
            redrive_allow: None,
            content_based_deduplication: false,
            deduplication_scope: DeduplicationScope::Queue,
            throughput_limit: ThroughputLimit::PerQueue,
            inert: BTreeMap::from([("SqsManagedSseEnabled".to_owned(), "true".to_owned())]),
        }
    }
}

impl Settings {
    /// Sets all the attributes, or none.
    pub(crate) fn with(
        &self,
        kind: Kind,
        attributes: &BTreeMap<String, String>,
    ) -> Result<Settings, SettingError> {
        let mut settings = self.clone();
        for (name, value) in attributes {
            settings.set(kind, name, value)?;
        }
        if settings.throughput_limit == ThroughputLimit::PerMessageGroupId
            && settings.deduplication_scope == DeduplicationScope::Queue
        {
            return Err(SettingError::InvalidValue("FifoThroughputLimit".to_owned()));
        }
        Ok(settings)
    }

    /// All set attributes with their names, as `GetQueueAttributes` shows them.
    pub(crate) fn shown(&self, kind: Kind) -> BTreeMap<String, String> {
        let mut shown = self.inert.clone();
        let mut show = |name: &str, value: String| {
            shown.insert(name.to_owned(), value);
        };
        show("VisibilityTimeout", self.visibility_timeout.to_string());
        show("MessageRetentionPeriod", self.retention.to_string());
        show("DelaySeconds", self.delay.to_string());
        show("ReceiveMessageWaitTimeSeconds", self.wait.to_string());
        show("MaximumMessageSize", self.maximum_message_size.to_string());
        if let Some(policy) = &self.redrive {
            show("RedrivePolicy", policy.to_string());
        }
        if let Some(policy) = &self.redrive_allow {
            show("RedriveAllowPolicy", policy.to_string());
        }
        if kind == Kind::Fifo {
            show("FifoQueue", "true".to_owned());
            show(
                "ContentBasedDeduplication",
                self.content_based_deduplication.to_string(),
            );
            let scope = match self.deduplication_scope {
                DeduplicationScope::Queue => "queue",
                DeduplicationScope::MessageGroup => "messageGroup",
            };
            show("DeduplicationScope", scope.to_owned());
            let limit = match self.throughput_limit {
                ThroughputLimit::PerQueue => "perQueue",
                ThroughputLimit::PerMessageGroupId => "perMessageGroupId",
            };
            show("FifoThroughputLimit", limit.to_owned());
        }
        shown
    }

    fn set(&mut self, kind: Kind, name: &str, value: &str) -> Result<(), SettingError> {
        match name {
            "VisibilityTimeout" => {
                self.visibility_timeout = number(name, value, 0..=MAXIMUM_VISIBILITY_TIMEOUT)?;
            }
            "MessageRetentionPeriod" => self.retention = number(name, value, 60..=1_209_600)?,
            "DelaySeconds" => self.delay = number(name, value, 0..=MAXIMUM_DELAY)?,
            "ReceiveMessageWaitTimeSeconds" => self.wait = number(name, value, 0..=MAXIMUM_WAIT)?,
            "MaximumMessageSize" => {
                self.maximum_message_size = number(name, value, 1024..=MAXIMUM_MESSAGE_SIZE)?;
            }
            "RedrivePolicy" => self.redrive = RedrivePolicy::parse(value)?,
            "RedriveAllowPolicy" => self.redrive_allow = RedriveAllowPolicy::parse(value)?,
            "Policy" | "KmsMasterKeyId" => {
                if value.is_empty() {
                    self.inert.remove(name);
                } else {
                    self.inert.insert(name.to_owned(), value.to_owned());
                }
            }
            "KmsDataKeyReusePeriodSeconds" => {
                let seconds = number(name, value, 60..=86_400)?;
                self.inert.insert(name.to_owned(), seconds.to_string());
            }
            "SqsManagedSseEnabled" => {
                let enabled = truth(name, value)?;
                self.inert.insert(name.to_owned(), enabled.to_string());
            }
            // The name of a queue fixes its kind when it is created.
            "FifoQueue" if kind == Kind::Fifo => {
                if !truth(name, value)? {
                    return Err(SettingError::InvalidValue(name.to_owned()));
                }
            }
            "ContentBasedDeduplication" if kind == Kind::Fifo => {
                self.content_based_deduplication = truth(name, value)?;
            }
            "DeduplicationScope" if kind == Kind::Fifo => {
                self.deduplication_scope = match value {
                    "queue" => DeduplicationScope::Queue,
                    "messageGroup" => DeduplicationScope::MessageGroup,
                    _ => return Err(SettingError::InvalidValue(name.to_owned())),
                };
            }
            "FifoThroughputLimit" if kind == Kind::Fifo => {
                self.throughput_limit = match value {
                    "perQueue" => ThroughputLimit::PerQueue,
                    "perMessageGroupId" => ThroughputLimit::PerMessageGroupId,
                    _ => return Err(SettingError::InvalidValue(name.to_owned())),
                };
            }
            _ => return Err(SettingError::UnknownName(name.to_owned())),
        }
        Ok(())
    }
}

fn number(name: &str, value: &str, range: RangeInclusive<u32>) -> Result<u32, SettingError> {
    value
        .trim()
        .parse()
        .ok()
        .filter(|number| range.contains(number))
        .ok_or_else(|| SettingError::InvalidValue(name.to_owned()))
}

fn truth(name: &str, value: &str) -> Result<bool, SettingError> {
    if value.eq_ignore_ascii_case("true") {
        Ok(true)
    } else if value.eq_ignore_ascii_case("false") {
        Ok(false)
    } else {
        Err(SettingError::InvalidValue(name.to_owned()))
    }
}
