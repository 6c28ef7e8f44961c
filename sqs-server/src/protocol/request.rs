//! The fields that requests share, and their ranges.

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

use crate::error::SqsError;
use crate::registry::naming::name_of_url;

/// The answer of an action without a result.
#[derive(Debug, Serialize)]
pub(crate) struct Done {}

/// A request that only names a queue. Other fields are ignored.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct QueueRequest {
    pub(crate) queue_url: Option<String>,
}

/// The name of the queue with the URL.
pub(crate) fn queue_name(url: Option<&str>) -> Result<&str, SqsError> {
    match url {
        None | Some("") => Err(SqsError::missing("QueueUrl")),
        Some(url) => name_of_url(url).ok_or_else(SqsError::no_such_queue),
    }
}

/// Checks that a number is in its range, if there is a number.
pub(crate) fn in_range(
    name: &str,
    value: Option<i64>,
    range: RangeInclusive<u32>,
) -> Result<Option<u32>, SqsError> {
    let Some(value) = value else {
        return Ok(None);
    };
    match u32::try_from(value) {
        Ok(number) if range.contains(&number) => Ok(Some(number)),
        _ => Err(SqsError::invalid_parameter(format!(
            "Value {value} for parameter {name} is invalid. Reason: Must be between {} and {}, if \
             provided.",
            range.start(),
            range.end()
        ))),
    }
}
