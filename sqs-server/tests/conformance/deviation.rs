//! The known differences between servers and SQS's documentation.

/// A case that a server is known to fail. If the server passes it, the list is wrong and the run
/// fails.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deviation {
    /// The name of the case.
    pub(crate) case: &'static str,
    /// The server's actual behaviour.
    pub(crate) instead: &'static str,
}

/// The known differences of ministack 1.5.33.
pub(crate) const MINISTACK_DEVIATIONS: &[Deviation] = &[
    differs(
        "attributes::a_fifo_queue_shows_its_own_attributes",
        "shows DeduplicationScope and FifoThroughputLimit only when they were set",
    ),
    differs(
        "attributes::a_limit_by_group_needs_the_scope_of_the_group",
        "takes the limit alone",
    ),
    differs(
        "attributes::a_queue_cannot_become_fifo",
        "lets FifoQueue be set on a standard queue",
    ),
    differs(
        "attributes::a_standard_queue_knows_no_attribute_of_fifo_queues",
        "takes them at creation",
    ),
    differs(
        "attributes::unknown_attributes_are_refused_at_creation",
        "takes an unknown attribute",
    ),
    differs(
        "attributes::unknown_attributes_cannot_be_asked_for",
        "answers without the unknown attribute",
    ),
    differs(
        "attributes::unknown_attributes_cannot_be_set",
        "takes an unknown attribute",
    ),
    differs(
        "delays::a_new_delay_holds_for_the_messages_of_a_fifo_queue",
        "leaves the delays of messages that were sent before",
    ),
    differs(
        "delays::delays_beyond_the_range_are_refused",
        "takes a delay of -1",
    ),
    differs(
        "fifo_attempts::a_repeated_attempt_begins_the_timeout_anew",
        "ignores ReceiveRequestAttemptId",
    ),
    differs(
        "fifo_attempts::attempt_ids_outside_the_grammar_are_refused",
        "ignores ReceiveRequestAttemptId",
    ),
    differs(
        "fifo_attempts::the_same_attempt_gives_the_same_messages",
        "ignores ReceiveRequestAttemptId",
    ),
    differs(
        "fifo_ids::groups_outside_the_grammar_are_refused",
        "takes a group of 129 characters",
    ),
    differs(
        "fifo_ids::ids_outside_the_grammar_are_refused",
        "takes a deduplication id of 129 characters",
    ),
    differs(
        "fifo_redrive::equal_deduplication_ids_do_not_merge_dead_letters",
        "leaves the deduplication id of a dead letter as it was",
    ),
    differs(
        "fifo_order::what_stands_before_the_first_in_flight_is_free",
        "locks a whole group while any of it is in flight",
    ),
    differs(
        "long_polling::waits_beyond_the_range_are_refused",
        "takes a wait of -1",
    ),
    differs(
        "message_attributes::attributes_take_the_characters_of_bodies_only",
        "takes a control character in an attribute",
    ),
    differs(
        "message_attributes::empty_values_are_refused",
        "takes an empty value",
    ),
    differs(
        "message_attributes::names_outside_the_grammar_are_refused",
        "takes a name that begins with a dot",
    ),
    differs(
        "message_attributes::reserved_names_are_refused",
        "takes a name that begins with AWS.",
    ),
    differs(
        "message_attributes::ten_attributes_are_taken_and_eleven_refused",
        "takes eleven attributes",
    ),
    differs(
        "message_attributes::types_that_are_none_are_refused",
        "takes the type Boolean",
    ),
    differs(
        "messages::deleting_again_is_no_error",
        "refuses the receipt of a deleted message with ReceiptHandleIsInvalid",
    ),
    differs(
        "messages::the_trace_header_arrives_with_its_md5",
        "answers no MD5OfMessageSystemAttributes",
    ),
    differs(
        "moves::a_running_task_is_cancelled",
        "lacks message move tasks",
    ),
    differs(
        "moves::an_unknown_source_is_refused",
        "lacks message move tasks",
    ),
    differs(
        "moves::an_unknown_task_is_refused",
        "lacks message move tasks",
    ),
    differs(
        "moves::dead_letters_move_back_to_their_source",
        "lacks message move tasks",
    ),
    differs(
        "moves::dead_letters_move_to_another_queue",
        "lacks message move tasks",
    ),
    differs(
        "moves::fifo_dead_letters_move_back_in_order",
        "lacks message move tasks",
    ),
    differs("moves::one_task_runs_at_a_time", "lacks message move tasks"),
    differs(
        "moves::only_dead_letter_queues_are_moved_from",
        "lacks message move tasks",
    ),
    differs(
        "moves::tasks_are_listed_the_latest_first",
        "lacks message move tasks",
    ),
    differs(
        "purging::a_second_purge_within_a_minute_is_refused",
        "purges again at once",
    ),
    differs(
        "queues::a_fifo_queue_needs_the_suffix_and_the_suffix_a_fifo_queue",
        "makes a FIFO queue of a name with the suffix, without the attribute",
    ),
    differs(
        "queues::names_outside_the_grammar_are_refused",
        "takes a name of 81 characters",
    ),
    differs(
        "queues::no_operation_knows_an_unknown_queue",
        "lacks ListDeadLetterSourceQueues",
    ),
    differs(
        "queues::the_name_of_a_deleted_queue_must_rest",
        "lets the name be used again at once",
    ),
    differs(
        "redrive::a_dead_letter_queue_is_of_the_same_kind",
        "takes a dead-letter queue of the other kind",
    ),
    differs(
        "redrive::a_queue_may_name_its_sources",
        "ignores RedriveAllowPolicy",
    ),
    differs(
        "redrive::a_queue_may_refuse_every_source",
        "ignores RedriveAllowPolicy",
    ),
    differs(
        "redrive::allow_policies_that_are_none_are_refused",
        "ignores RedriveAllowPolicy",
    ),
    differs(
        "redrive::the_sources_come_in_pages",
        "lacks ListDeadLetterSourceQueues",
    ),
    differs(
        "redrive::the_sources_of_a_dead_letter_queue_are_listed",
        "lacks ListDeadLetterSourceQueues",
    ),
    differs(
        "sizes::attributes_beyond_the_size_are_refused",
        "counts the body only",
    ),
    differs("sizes::attributes_count_too", "counts the body only"),
    differs(
        "standard_groups::a_group_of_a_standard_queue_has_the_same_grammar",
        "takes a group of 129 characters",
    ),
    differs(
        "standard_groups::a_standard_queue_takes_no_deduplication_id",
        "ignores the deduplication id",
    ),
    differs(
        "visibility::a_deleted_message_has_no_timeout",
        "answers ReceiptHandleIsInvalid",
    ),
    differs(
        "visibility::a_visible_message_has_no_timeout",
        "hides a visible message again",
    ),
    differs(
        "visibility::an_older_receipt_is_accepted",
        "refuses an older receipt with ReceiptHandleIsInvalid",
    ),
    differs(
        "visibility::timeouts_beyond_the_range_are_refused",
        "takes a timeout of -1",
    ),
    differs(
        "visibility::timeouts_of_receives_beyond_the_range_are_refused",
        "takes a timeout of -1",
    ),
];

const fn differs(case: &'static str, instead: &'static str) -> Deviation {
    Deviation { case, instead }
}
