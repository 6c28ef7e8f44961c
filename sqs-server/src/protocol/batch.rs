//! The ids of the entries of a batch, and the two lists of its answer.
//! (API reference, SendMessageBatch, DeleteMessageBatch, ChangeMessageVisibilityBatch.)

use std::collections::HashSet;

use serde::Serialize;

use crate::error::{ErrorCode, SqsError};

/// The most entries of a batch.
const MAXIMUM_ENTRIES: usize = 10;

/// The answer to a batch: the result of each entry.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct BatchAnswer<T> {
    pub(crate) successful: Vec<T>,
    pub(crate) failed: Vec<FailedEntry>,
}

/// The answer to an entry that did not succeed.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct FailedEntry {
    id: String,
    sender_fault: bool,
    code: &'static str,
    message: String,
}

/// The answer to an entry that succeeded and has no result.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DoneEntry {
    pub(crate) id: String,
}

impl<T> BatchAnswer<T> {
    /// Sorts results into the two lists.
    pub(crate) fn from_results(
        results: impl IntoIterator<Item = (String, Result<T, SqsError>)>,
    ) -> BatchAnswer<T> {
        let mut answer = BatchAnswer {
            successful: Vec::new(),
            failed: Vec::new(),
        };
        for (id, result) in results {
            match result {
                Ok(success) => answer.successful.push(success),
                Err(error) => answer.failed.push(FailedEntry {
                    id,
                    sender_fault: error.code.is_senders(),
                    code: error.code.query_code(),
                    message: error.message,
                }),
            }
        }
        answer
    }
}

/// Checks the number of entries, and that their ids are distinct and match their grammar: 1 to 80
/// letters, digits, hyphens and underscores.
pub(crate) fn check_ids<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), SqsError> {
    match ids.len() {
        0 => {
            return Err(SqsError::new(
                ErrorCode::EmptyBatchRequest,
                "There should be at least one entry in the request.",
            ));
        }
        1..=MAXIMUM_ENTRIES => {}
        count => {
            return Err(SqsError::new(
                ErrorCode::TooManyEntriesInBatchRequest,
                format!(
                    "Maximum number of entries per request are {MAXIMUM_ENTRIES}. You have sent \
                     {count}."
                ),
            ));
        }
    }
    let mut seen = HashSet::new();
    for id in ids {
        let legal = (1..=80).contains(&id.len())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        if !legal {
            return Err(SqsError::new(
                ErrorCode::InvalidBatchEntryId,
                "A batch entry id can only contain alphanumeric characters, hyphens and \
                 underscores. It can be at most 80 letters long.",
            ));
        }
        if !seen.insert(id) {
            return Err(SqsError::new(
                ErrorCode::BatchEntryIdsNotDistinct,
                format!("Id {id} repeated."),
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_have_one_to_ten_entries_with_ids_of_their_own() {
        let long = "a".repeat(81);
        let cases: [(&[&str], Option<ErrorCode>); 7] = [
            (&["a", "b-_9"], None),
            (&[], Some(ErrorCode::EmptyBatchRequest)),
            (&["a"; 11], Some(ErrorCode::TooManyEntriesInBatchRequest)),
            (&["a", "b", "a"], Some(ErrorCode::BatchEntryIdsNotDistinct)),
            (&[""], Some(ErrorCode::InvalidBatchEntryId)),
            (&["a b"], Some(ErrorCode::InvalidBatchEntryId)),
            (&[&long], Some(ErrorCode::InvalidBatchEntryId)),
        ];
        for (ids, expected) in cases {
            let found = check_ids(ids.iter().copied()).err().map(|error| error.code);
            assert_eq!(found, expected, "{ids:?}");
        }
    }
}
