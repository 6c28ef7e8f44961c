//! The policies of dead letters: their target, and the queues that may name it.
//! (API reference, SetQueueAttributes, "RedrivePolicy" and "RedriveAllowPolicy".)

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::setting_error::SettingError;

/// The target of messages that were received too often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RedrivePolicy {
    pub(crate) target_arn: String,
    pub(crate) maximum_receives: u32,
}

/// Which queues may name this one as their dead-letter queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum RedriveAllowPolicy {
    AllowAll,
    DenyAll,
    ByQueue(Vec<String>),
}

impl RedrivePolicy {
    /// Reads the document; an empty one removes the policy.
    pub(crate) fn parse(text: &str) -> Result<Option<RedrivePolicy>, SettingError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let invalid = |reason: &str| SettingError::InvalidPolicy {
            name: "RedrivePolicy",
            value: text.to_owned(),
            reason: reason.to_owned(),
        };
        let document: Value = serde_json::from_str(text)
            .map_err(|_| invalid("Redrive policy is not a valid JSON map."))?;
        if !document.is_object() {
            return Err(invalid("Redrive policy is not a valid JSON map."));
        }
        let target_arn = document
            .get("deadLetterTargetArn")
            .and_then(Value::as_str)
            .ok_or_else(|| {
                invalid("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.")
            })?;
        let maximum_receives = match document.get("maxReceiveCount") {
            Some(Value::Number(count)) => count.as_u64(),
            Some(Value::String(count)) => count.trim().parse().ok(),
            Some(_) => None,
            None => {
                return Err(invalid(
                    "Redrive policy does not contain mandatory attribute: maxReceiveCount.",
                ));
            }
        };
        let maximum_receives = maximum_receives
            .and_then(|count| u32::try_from(count).ok())
            .filter(|count| (1..=1000).contains(count))
            .ok_or_else(|| {
                invalid("Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive.")
            })?;
        Ok(Some(RedrivePolicy {
            target_arn: target_arn.to_owned(),
            maximum_receives,
        }))
    }
}

impl fmt::Display for RedrivePolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = json!({
            "deadLetterTargetArn": self.target_arn,
            "maxReceiveCount": self.maximum_receives,
        });
        write!(f, "{document}")
    }
}

impl RedriveAllowPolicy {
    /// Reads the document; an empty one removes the policy.
    pub(crate) fn parse(text: &str) -> Result<Option<RedriveAllowPolicy>, SettingError> {
        if text.trim().is_empty() {
            return Ok(None);
        }
        let invalid = |reason: &str| SettingError::InvalidPolicy {
            name: "RedriveAllowPolicy",
            value: text.to_owned(),
            reason: reason.to_owned(),
        };
        let document: Value = serde_json::from_str(text)
            .map_err(|_| invalid("Redrive allow policy is not a valid JSON map."))?;
        let sources: Option<Vec<String>> = match document.get("sourceQueueArns") {
            None => None,
            Some(Value::Array(arns)) => Some(
                arns.iter()
                    .map(|arn| arn.as_str().map(str::to_owned))
                    .collect::<Option<Vec<_>>>()
                    .ok_or_else(|| invalid("sourceQueueArns must be a list of ARNs."))?,
            ),
            Some(_) => return Err(invalid("sourceQueueArns must be a list of ARNs.")),
        };
        match (
            document.get("redrivePermission").and_then(Value::as_str),
            sources,
        ) {
            (Some("allowAll"), None) => Ok(Some(RedriveAllowPolicy::AllowAll)),
            (Some("denyAll"), None) => Ok(Some(RedriveAllowPolicy::DenyAll)),
            (Some("byQueue"), Some(arns)) if (1..=10).contains(&arns.len()) => {
                Ok(Some(RedriveAllowPolicy::ByQueue(arns)))
            }
            (Some("byQueue"), _) => Err(invalid("byQueue needs 1 to 10 sourceQueueArns.")),
            (Some("allowAll" | "denyAll"), Some(_)) => Err(invalid(
                "sourceQueueArns is for redrivePermission byQueue only.",
            )),
            _ => Err(invalid(
                "redrivePermission must be allowAll, denyAll or byQueue.",
            )),
        }
    }

    /// Whether the queue with this ARN may send its dead letters here.
    pub(crate) fn allows(&self, source_arn: &str) -> bool {
        match self {
            RedriveAllowPolicy::AllowAll => true,
            RedriveAllowPolicy::DenyAll => false,
            RedriveAllowPolicy::ByQueue(arns) => arns.iter().any(|arn| arn == source_arn),
        }
    }
}

impl fmt::Display for RedriveAllowPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let document = match self {
            RedriveAllowPolicy::AllowAll => json!({"redrivePermission": "allowAll"}),
            RedriveAllowPolicy::DenyAll => json!({"redrivePermission": "denyAll"}),
            RedriveAllowPolicy::ByQueue(arns) => {
                json!({"redrivePermission": "byQueue", "sourceQueueArns": arns})
            }
        };
        write!(f, "{document}")
    }
}
