//! Reads from a function's answer which messages of the batch have failed.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html#services-sqs-batchfailurereporting>.

use aws_lambda_events::sqs::SqsBatchResponse;
use aws_sdk_sqs::types::Message;
use std::collections::HashSet;

/// An answer that names an invalid message: the whole batch counts as failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ResponseError {
    /// A failure without an id.
    #[error("the answer names a failure without an id")]
    EmptyId,
    /// A failure of a message that is not in the batch.
    #[error("the answer names a message that is not in the batch")]
    UnknownId,
}

/// The receipts of the messages that were processed.
///
/// # Errors
/// No message was processed: see [`ResponseError`].
pub(crate) fn done<'a>(
    batch: &'a [Message],
    response: &SqsBatchResponse,
) -> Result<Vec<&'a str>, ResponseError> {
    let known: HashSet<&str> = batch.iter().filter_map(Message::message_id).collect();
    let mut failed = HashSet::new();
    for failure in &response.batch_item_failures {
        match failure.item_identifier.as_str() {
            "" => return Err(ResponseError::EmptyId),
            id if known.contains(id) => failed.insert(id),
            _ => return Err(ResponseError::UnknownId),
        };
    }
    Ok(batch
        .iter()
        .filter(|message| message.message_id().is_some_and(|id| !failed.contains(id)))
        .filter_map(Message::receipt_handle)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_stay_and_a_malformed_answer_fails_all() {
        let batch: Vec<Message> = ["a", "b", "c"]
            .iter()
            .map(|id| {
                Message::builder()
                    .message_id(*id)
                    .receipt_handle(format!("receipt-{id}"))
                    .build()
            })
            .collect();
        let all = ["receipt-a", "receipt-b", "receipt-c"];
        let cases = [
            (vec![], Ok(all.to_vec())),
            (vec!["b"], Ok(vec!["receipt-a", "receipt-c"])),
            (vec!["b", "b"], Ok(vec!["receipt-a", "receipt-c"])),
            (vec!["c", "a", "b"], Ok(vec![])),
            (vec![""], Err(ResponseError::EmptyId)),
            (vec!["a", ""], Err(ResponseError::EmptyId)),
            (vec!["a", "d"], Err(ResponseError::UnknownId)),
        ];
        for (failures, expected) in cases {
            let mut response = SqsBatchResponse::default();
            failures.iter().for_each(|id| response.add_failure(*id));
            assert_eq!(done(&batch, &response), expected, "{failures:?}");
        }
    }
}
