//! The errors of SQS, by the names in its API reference, and their meaning for a caller.
//!
//! Every error has two names: the shape of the JSON protocol and the code of the older query
//! protocol, which the SDKs read from a header. (AWS SQS API model, traits `awsQueryError`.)

/// An error as a caller of SQS sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.shape())]
pub(crate) struct SqsError {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
}

/// The kinds of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    /// The request used a host name that is not the server's.
    AccessDenied,
    /// Two entries of a batch have the same id.
    BatchEntryIdsNotDistinct,
    /// The entries of a batch are too large together.
    BatchRequestTooLong,
    /// A batch has no entry.
    EmptyBatchRequest,
    /// The server cannot store the change. The request may be repeated.
    InternalFailure,
    /// The action does not exist.
    InvalidAction,
    /// A requested attribute does not exist.
    InvalidAttributeName,
    /// An attribute's value is out of range.
    InvalidAttributeValue,
    /// The id of a batch entry is outside its grammar.
    InvalidBatchEntryId,
    /// A body or attribute has characters that SQS does not accept.
    InvalidMessageContents,
    /// Another parameter is outside its range or grammar.
    InvalidParameterValue,
    /// The request is not a JSON object of the expected form.
    MalformedInput,
    /// The message is not in flight.
    MessageNotInflight,
    /// A required parameter is missing.
    MissingParameter,
    /// A limit of SQS is reached.
    OverLimit,
    /// The queue was purged less than 60 seconds ago.
    PurgeQueueInProgress,
    /// A queue of this name was deleted less than 60 seconds ago.
    QueueDeletedRecently,
    /// The queue does not exist.
    QueueDoesNotExist,
    /// A queue with this name and other attributes exists.
    QueueNameExists,
    /// The receipt handle is not from this queue.
    ReceiptHandleIsInvalid,
    /// The source queue or the task does not exist.
    ResourceNotFound,
    /// A batch has more than ten entries.
    TooManyEntriesInBatchRequest,
    /// The operation is not possible in this state.
    UnsupportedOperation,
}

impl SqsError {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> SqsError {
        SqsError {
            code,
            message: message.into(),
        }
    }

    /// A required parameter is missing.
    pub(crate) fn missing(parameter: &str) -> SqsError {
        SqsError::new(
            ErrorCode::MissingParameter,
            format!("The request must contain the parameter {parameter}."),
        )
    }

    /// A parameter is outside its range or grammar.
    pub(crate) fn invalid_parameter(message: impl Into<String>) -> SqsError {
        SqsError::new(ErrorCode::InvalidParameterValue, message)
    }

    /// The queue does not exist.
    pub(crate) fn no_such_queue() -> SqsError {
        SqsError::new(
            ErrorCode::QueueDoesNotExist,
            "The specified queue does not exist.",
        )
    }
}

impl ErrorCode {
    /// The name in the JSON protocol.
    pub(crate) fn shape(self) -> &'static str {
        match self {
            ErrorCode::AccessDenied => "AccessDeniedException",
            ErrorCode::BatchEntryIdsNotDistinct => "BatchEntryIdsNotDistinct",
            ErrorCode::BatchRequestTooLong => "BatchRequestTooLong",
            ErrorCode::EmptyBatchRequest => "EmptyBatchRequest",
            ErrorCode::InternalFailure => "InternalFailure",
            ErrorCode::InvalidAction => "InvalidAction",
            ErrorCode::InvalidAttributeName => "InvalidAttributeName",
            ErrorCode::InvalidAttributeValue => "InvalidAttributeValue",
            ErrorCode::InvalidBatchEntryId => "InvalidBatchEntryId",
            ErrorCode::InvalidMessageContents => "InvalidMessageContents",
            ErrorCode::InvalidParameterValue => "InvalidParameterValueException",
            ErrorCode::MalformedInput => "SerializationException",
            ErrorCode::MessageNotInflight => "MessageNotInflight",
            ErrorCode::MissingParameter => "MissingRequiredParameterException",
            ErrorCode::OverLimit => "OverLimit",
            ErrorCode::PurgeQueueInProgress => "PurgeQueueInProgress",
            ErrorCode::QueueDeletedRecently => "QueueDeletedRecently",
            ErrorCode::QueueDoesNotExist => "QueueDoesNotExist",
            ErrorCode::QueueNameExists => "QueueNameExists",
            ErrorCode::ReceiptHandleIsInvalid => "ReceiptHandleIsInvalid",
            ErrorCode::ResourceNotFound => "ResourceNotFoundException",
            ErrorCode::TooManyEntriesInBatchRequest => "TooManyEntriesInBatchRequest",
            ErrorCode::UnsupportedOperation => "UnsupportedOperation",
        }
    }

    /// The code of the query protocol. Batch results also carry it.
    pub(crate) fn query_code(self) -> &'static str {
        match self {
            ErrorCode::BatchEntryIdsNotDistinct => {
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
            }
            ErrorCode::BatchRequestTooLong => "AWS.SimpleQueueService.BatchRequestTooLong",
            ErrorCode::EmptyBatchRequest => "AWS.SimpleQueueService.EmptyBatchRequest",
            ErrorCode::InvalidBatchEntryId => "AWS.SimpleQueueService.InvalidBatchEntryId",
            ErrorCode::InvalidParameterValue => "InvalidParameterValue",
            ErrorCode::MessageNotInflight => "AWS.SimpleQueueService.MessageNotInflight",
            ErrorCode::MissingParameter => "MissingParameter",
            ErrorCode::PurgeQueueInProgress => "AWS.SimpleQueueService.PurgeQueueInProgress",
            ErrorCode::QueueDeletedRecently => "AWS.SimpleQueueService.QueueDeletedRecently",
            ErrorCode::QueueDoesNotExist => "AWS.SimpleQueueService.NonExistentQueue",
            ErrorCode::QueueNameExists => "QueueAlreadyExists",
            ErrorCode::TooManyEntriesInBatchRequest => {
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
            }
            ErrorCode::UnsupportedOperation => "AWS.SimpleQueueService.UnsupportedOperation",
            ErrorCode::AccessDenied
            | ErrorCode::InternalFailure
            | ErrorCode::InvalidAction
            | ErrorCode::InvalidAttributeName
            | ErrorCode::InvalidAttributeValue
            | ErrorCode::InvalidMessageContents
            | ErrorCode::MalformedInput
            | ErrorCode::OverLimit
            | ErrorCode::ReceiptHandleIsInvalid
            | ErrorCode::ResourceNotFound => self.shape(),
        }
    }

    /// Whether the caller caused the error, rather than the server.
    pub(crate) fn is_senders(self) -> bool {
        self != ErrorCode::InternalFailure
    }
}
