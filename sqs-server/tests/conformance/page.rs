//! The pages of AWS's documentation that the cases follow.

macro_rules! pages {
    ($root:literal: $($name:ident = $file:literal;)+) => {
        $(pub(crate) const $name: &str = concat!(
            "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/", $root, "/", $file, ".html"
        );)+
    };
}

pages! { "APIReference":
    ADD_PERMISSION = "API_AddPermission";
    CANCEL_MESSAGE_MOVE_TASK = "API_CancelMessageMoveTask";
    CHANGE_MESSAGE_VISIBILITY = "API_ChangeMessageVisibility";
    CHANGE_MESSAGE_VISIBILITY_BATCH = "API_ChangeMessageVisibilityBatch";
    CREATE_QUEUE = "API_CreateQueue";
    DELETE_MESSAGE = "API_DeleteMessage";
    DELETE_MESSAGE_BATCH = "API_DeleteMessageBatch";
    DELETE_QUEUE = "API_DeleteQueue";
    GET_QUEUE_ATTRIBUTES = "API_GetQueueAttributes";
    GET_QUEUE_URL = "API_GetQueueUrl";
    LIST_DEAD_LETTER_SOURCE_QUEUES = "API_ListDeadLetterSourceQueues";
    LIST_MESSAGE_MOVE_TASKS = "API_ListMessageMoveTasks";
    LIST_QUEUES = "API_ListQueues";
    LIST_QUEUE_TAGS = "API_ListQueueTags";
    MESSAGE = "API_Message";
    PURGE_QUEUE = "API_PurgeQueue";
    RECEIVE_MESSAGE = "API_ReceiveMessage";
    SEND_MESSAGE = "API_SendMessage";
    SEND_MESSAGE_BATCH = "API_SendMessageBatch";
    SET_QUEUE_ATTRIBUTES = "API_SetQueueAttributes";
    START_MESSAGE_MOVE_TASK = "API_StartMessageMoveTask";
    TAG_QUEUE = "API_TagQueue";
    UNTAG_QUEUE = "API_UntagQueue";
}

pages! { "SQSDeveloperGuide":
    DEAD_LETTER_QUEUES = "sqs-dead-letter-queues";
    DEDUPLICATION_ID = "using-messagededuplicationid-property";
    DELAY_QUEUES = "sqs-delay-queues";
    EXACTLY_ONCE = "FIFO-queues-exactly-once-processing";
    FAIR_QUEUES = "sqs-fair-queues";
    FIFO_LOGIC = "FIFO-queues-understanding-logic";
    GROUP_ID = "using-messagegroupid-property";
    HIGH_THROUGHPUT = "high-throughput-fifo";
    LONG_POLLING = "sqs-short-and-long-polling";
    MESSAGE_METADATA = "sqs-message-metadata";
    MESSAGE_QUOTAS = "quotas-messages";
    MESSAGE_TIMERS = "sqs-message-timers";
    QUEUE_IDENTIFIERS = "sqs-queue-message-identifiers";
    REDRIVE = "sqs-configure-dead-letter-queue-redrive";
    VISIBILITY_TIMEOUT = "sqs-visibility-timeout";
}
