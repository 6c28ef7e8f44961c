//! The errors of SQS, by the names of its API reference, and what each means to a caller.
//!
//! Every error has two names: the shape of the JSON protocol and the code of the older query
//! protocol, which the SDKs read from a header. (AWS SQS API model, traits `awsQueryError`.)

/// An error as a caller of SQS sees it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", code.shape())]
pub(crate) struct Fault {
    pub(crate) code: FaultCode,
    pub(crate) message: String,
}

/// The kinds of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum FaultCode {
    /// The request came by a name that is not the server's.
    AccessDenied,
    /// Two entries of a batch have one id.
    BatchEntryIdsNotDistinct,
    /// The entries of a batch are too large together.
    BatchRequestTooLong,
    /// A batch has no entry.
    EmptyBatchRequest,
    /// The server cannot keep what it is told; the request may be repeated.
    InternalFailure,
    /// There is no such action.
    InvalidAction,
    /// An attribute that is named does not exist.
    InvalidAttributeName,
    /// An attribute's value is out of range.
    InvalidAttributeValue,
    /// The id of a batch's entry is outside its grammar.
    InvalidBatchEntryId,
    /// A body or attribute has characters that SQS does not take.
    InvalidMessageContents,
    /// Some other parameter is out of its range or grammar.
    InvalidParameterValue,
    /// The request is no JSON object of the expected form.
    MalformedInput,
    /// The message is not in flight.
    MessageNotInflight,
    /// A required parameter is not there.
    MissingParameter,
    /// A limit of SQS is reached.
    OverLimit,
    /// The queue was purged less than 60 seconds ago.
    PurgeQueueInProgress,
    /// A queue of this name was deleted less than 60 seconds ago.
    QueueDeletedRecently,
    /// There is no such queue.
    QueueDoesNotExist,
    /// There is a queue of this name with other attributes.
    QueueNameExists,
    /// The receipt handle was not given by this queue.
    ReceiptHandleIsInvalid,
    /// There is no such source queue or task.
    ResourceNotFound,
    /// A batch has more than ten entries.
    TooManyEntriesInBatchRequest,
    /// The operation is not possible in this state.
    UnsupportedOperation,
}

impl Fault {
    pub(crate) fn new(code: FaultCode, message: impl Into<String>) -> Fault {
        Fault {
            code,
            message: message.into(),
        }
    }

    /// A parameter that is required is not there.
    pub(crate) fn missing(parameter: &str) -> Fault {
        Fault::new(
            FaultCode::MissingParameter,
            format!("The request must contain the parameter {parameter}."),
        )
    }

    /// A parameter is outside its range or grammar.
    pub(crate) fn invalid_parameter(message: impl Into<String>) -> Fault {
        Fault::new(FaultCode::InvalidParameterValue, message)
    }

    /// The queue that is named does not exist.
    pub(crate) fn no_such_queue() -> Fault {
        Fault::new(
            FaultCode::QueueDoesNotExist,
            "The specified queue does not exist.",
        )
    }
}

impl FaultCode {
    /// The name in the JSON protocol.
    pub(crate) fn shape(self) -> &'static str {
        match self {
            FaultCode::AccessDenied => "AccessDeniedException",
            FaultCode::BatchEntryIdsNotDistinct => "BatchEntryIdsNotDistinct",
            FaultCode::BatchRequestTooLong => "BatchRequestTooLong",
            FaultCode::EmptyBatchRequest => "EmptyBatchRequest",
            FaultCode::InternalFailure => "InternalFailure",
            FaultCode::InvalidAction => "InvalidAction",
            FaultCode::InvalidAttributeName => "InvalidAttributeName",
            FaultCode::InvalidAttributeValue => "InvalidAttributeValue",
            FaultCode::InvalidBatchEntryId => "InvalidBatchEntryId",
            FaultCode::InvalidMessageContents => "InvalidMessageContents",
            FaultCode::InvalidParameterValue => "InvalidParameterValueException",
            FaultCode::MalformedInput => "SerializationException",
            FaultCode::MessageNotInflight => "MessageNotInflight",
            FaultCode::MissingParameter => "MissingRequiredParameterException",
            FaultCode::OverLimit => "OverLimit",
            FaultCode::PurgeQueueInProgress => "PurgeQueueInProgress",
            FaultCode::QueueDeletedRecently => "QueueDeletedRecently",
            FaultCode::QueueDoesNotExist => "QueueDoesNotExist",
            FaultCode::QueueNameExists => "QueueNameExists",
            FaultCode::ReceiptHandleIsInvalid => "ReceiptHandleIsInvalid",
            FaultCode::ResourceNotFound => "ResourceNotFoundException",
            FaultCode::TooManyEntriesInBatchRequest => "TooManyEntriesInBatchRequest",
            FaultCode::UnsupportedOperation => "UnsupportedOperation",
        }
    }

    /// The code of the query protocol; batch results carry it too.
    pub(crate) fn query_code(self) -> &'static str {
        match self {
            FaultCode::BatchEntryIdsNotDistinct => {
                "AWS.SimpleQueueService.BatchEntryIdsNotDistinct"
            }
            FaultCode::BatchRequestTooLong => "AWS.SimpleQueueService.BatchRequestTooLong",
            FaultCode::EmptyBatchRequest => "AWS.SimpleQueueService.EmptyBatchRequest",
            FaultCode::InvalidBatchEntryId => "AWS.SimpleQueueService.InvalidBatchEntryId",
            FaultCode::InvalidParameterValue => "InvalidParameterValue",
            FaultCode::MessageNotInflight => "AWS.SimpleQueueService.MessageNotInflight",
            FaultCode::MissingParameter => "MissingParameter",
            FaultCode::PurgeQueueInProgress => "AWS.SimpleQueueService.PurgeQueueInProgress",
            FaultCode::QueueDeletedRecently => "AWS.SimpleQueueService.QueueDeletedRecently",
            FaultCode::QueueDoesNotExist => "AWS.SimpleQueueService.NonExistentQueue",
            FaultCode::QueueNameExists => "QueueAlreadyExists",
            FaultCode::TooManyEntriesInBatchRequest => {
                "AWS.SimpleQueueService.TooManyEntriesInBatchRequest"
            }
            FaultCode::UnsupportedOperation => "AWS.SimpleQueueService.UnsupportedOperation",
            FaultCode::AccessDenied
            | FaultCode::InternalFailure
            | FaultCode::InvalidAction
            | FaultCode::InvalidAttributeName
            | FaultCode::InvalidAttributeValue
            | FaultCode::InvalidMessageContents
            | FaultCode::MalformedInput
            | FaultCode::OverLimit
            | FaultCode::ReceiptHandleIsInvalid
            | FaultCode::ResourceNotFound => self.shape(),
        }
    }

    /// Whether the caller is to blame, rather than the server.
    pub(crate) fn is_senders(self) -> bool {
        self != FaultCode::InternalFailure
    }
}
