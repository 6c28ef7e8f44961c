//! Sends to FIFO queues that repeat an earlier send.

use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName as Name,
    SendMessageBatchRequestEntry as Entry,
};
use sha2::{Digest, Sha256};

use crate::case::cases;
use crate::case_error::{Outcome, ensure, equal, present, refused};
use crate::queue::{Queue, bodies, sorted_bodies, system_attribute};
use crate::server::Context;

cases! {
    EXACTLY_ONCE:
        a_repeated_id_is_accepted_and_not_delivered,
        equal_bodies_with_other_ids_are_both_delivered,
        a_body_is_its_own_id_with_content_based_deduplication,
        the_attributes_are_no_part_of_the_content,
        an_id_is_remembered_after_its_message_was_deleted,
        an_id_is_remembered_while_its_message_is_in_flight;
    SEND_MESSAGE:
        an_explicit_id_goes_before_the_content,
        the_content_and_an_equal_explicit_id_are_duplicates,
        a_repeated_send_has_the_answer_of_the_first,
        the_id_made_of_the_content_is_its_sha256;
    HIGH_THROUGHPUT:
        ids_are_unique_in_the_queue_by_default,
        ids_are_unique_in_their_group_if_the_scope_says_so,
        the_scope_of_the_group_holds_for_content_too;
    SET_QUEUE_ATTRIBUTES: content_based_deduplication_is_switched_on_later;
    SEND_MESSAGE_BATCH: repeats_within_a_batch_are_recognised;
}

const BY_CONTENT: (Name, &str) = (Name::ContentBasedDeduplication, "true");
const BY_GROUP: (Name, &str) = (Name::DeduplicationScope, "messageGroup");

fn with_id(queue: &Queue, group: &str, body: &str, id: &str) -> SendMessageFluentBuilder {
    let request = queue.send(body).message_group_id(group);
    request.message_deduplication_id(id)
}

fn by_content(queue: &Queue, group: &str, body: &str) -> SendMessageFluentBuilder {
    queue.send(body).message_group_id(group)
}

/// Fails unless exactly these messages are in the queue, in any order.
async fn holds(queue: &Queue, expected: &[&str]) -> Outcome {
    let messages = queue.collect(expected.len()).await?;
    equal("the messages", sorted_bodies(&messages), expected)?;
    queue.delete_all(&messages).await?;
    queue.stays_empty(1).await
}

async fn a_repeated_id_is_accepted_and_not_delivered(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    with_id(&queue, "g", "a", "id").send().await?;
    with_id(&queue, "g", "a", "id").send().await?;
    with_id(&queue, "g", "another body", "id").send().await?;
    holds(&queue, &["a"]).await
}

async fn equal_bodies_with_other_ids_are_both_delivered(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    with_id(&queue, "g", "a", "id-1").send().await?;
    with_id(&queue, "g", "a", "id-2").send().await?;
    with_id(&queue, "g", "a", "ID-1").send().await?;
    holds(&queue, &["a", "a", "a"]).await
}

async fn a_body_is_its_own_id_with_content_based_deduplication(context: Context) -> Outcome {
    let queue = context.fifo(&[BY_CONTENT]).await?;
    for body in ["a", "b", "a", "b", "b"] {
        by_content(&queue, "g", body).send().await?;
    }
    equal("the messages", bodies(&queue.next().await?), ["a", "b"])
}

async fn the_attributes_are_no_part_of_the_content(context: Context) -> Outcome {
    let queue = context.fifo(&[BY_CONTENT]).await?;
    for value in ["1", "2"] {
        let value = MessageAttributeValue::builder()
            .data_type("Number")
            .string_value(value);
        let request = by_content(&queue, "g", "a");
        request
            .message_attributes("n", value.build()?)
            .send()
            .await?;
    }
    holds(&queue, &["a"]).await
}

async fn an_id_is_remembered_after_its_message_was_deleted(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    with_id(&queue, "g", "a", "id").send().await?;
    holds(&queue, &["a"]).await?;
    with_id(&queue, "g", "a", "id").send().await?;
    queue.stays_empty(1).await
}

async fn an_id_is_remembered_while_its_message_is_in_flight(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    with_id(&queue, "g", "a", "id").send().await?;
    let message = queue.next_one().await?;
    with_id(&queue, "g", "a", "id").send().await?;
    queue.release(&[message]).await?;
    holds(&queue, &["a"]).await
}

async fn an_explicit_id_goes_before_the_content(context: Context) -> Outcome {
    let queue = context.fifo(&[BY_CONTENT]).await?;
    with_id(&queue, "g", "a", "id-1").send().await?;
    with_id(&queue, "g", "a", "id-2").send().await?;
    with_id(&queue, "g", "b", "id-2").send().await?;
    holds(&queue, &["a", "a"]).await
}

async fn the_content_and_an_equal_explicit_id_are_duplicates(context: Context) -> Outcome {
    let queue = context.fifo(&[BY_CONTENT]).await?;
    by_content(&queue, "g", "a").send().await?;
    with_id(&queue, "g", "b", &sha256("a")).send().await?;
    holds(&queue, &["a"]).await
}

async fn a_repeated_send_has_the_answer_of_the_first(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let first = with_id(&queue, "g", "a", "id").send().await?;
    let second = with_id(&queue, "g", "a", "id").send().await?;
    equal("the message id", second.message_id(), first.message_id())?;
    equal(
        "the sequence number",
        second.sequence_number(),
        first.sequence_number(),
    )
}

async fn the_id_made_of_the_content_is_its_sha256(context: Context) -> Outcome {
    let queue = context.fifo(&[BY_CONTENT]).await?;
    by_content(&queue, "g", "caf\u{e9}").send().await?;
    let message = queue.next_one().await?;
    let name = MessageSystemAttributeName::MessageDeduplicationId;
    let id = present("MessageDeduplicationId", system_attribute(&message, name))?;
    equal("the id", id, sha256("caf\u{e9}").as_str())
}

async fn ids_are_unique_in_the_queue_by_default(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    with_id(&queue, "g", "a", "id").send().await?;
    with_id(&queue, "h", "b", "id").send().await?;
    holds(&queue, &["a"]).await
}

async fn ids_are_unique_in_their_group_if_the_scope_says_so(context: Context) -> Outcome {
    let queue = context.fifo(&[BY_GROUP]).await?;
    with_id(&queue, "g", "a", "id").send().await?;
    with_id(&queue, "h", "b", "id").send().await?;
    with_id(&queue, "g", "c", "id").send().await?;
    holds(&queue, &["a", "b"]).await
}

async fn the_scope_of_the_group_holds_for_content_too(context: Context) -> Outcome {
    let queue = context.fifo(&[BY_GROUP, BY_CONTENT]).await?;
    for group in ["g", "h", "g", "h"] {
        by_content(&queue, group, "a").send().await?;
    }
    holds(&queue, &["a", "a"]).await
}

async fn content_based_deduplication_is_switched_on_later(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let answer = by_content(&queue, "g", "a").send().await;
    refused("a send without an id", answer, &["InvalidParameterValue"])?;
    queue.set(Name::ContentBasedDeduplication, "true").await?;
    by_content(&queue, "g", "a").send().await?;
    by_content(&queue, "g", "a").send().await?;
    holds(&queue, &["a"]).await
}

async fn repeats_within_a_batch_are_recognised(context: Context) -> Outcome {
    let queue = context.fifo(&[BY_CONTENT]).await?;
    let mut request = context.client().send_message_batch().queue_url(&queue.url);
    for (id, body) in [("first", "a"), ("second", "b"), ("third", "a")] {
        let entry = Entry::builder().id(id).message_body(body);
        request = request.entries(entry.message_group_id("g").build()?);
    }
    let answer = request.send().await?;
    equal("the failures", answer.failed(), &[])?;
    ensure!(
        answer.successful().len() == 3,
        "only {:?}",
        answer.successful()
    );
    holds(&queue, &["a", "b"]).await
}

fn sha256(body: &str) -> String {
    hex::encode(Sha256::digest(body.as_bytes()))
}
