//! Dead letters of FIFO queues.

use aws_sdk_sqs::types::{Message, MessageSystemAttributeName as Name, QueueAttributeName};

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, equal};
use crate::queue::{Queue, bodies, one, received, system_attribute};
use crate::redrive::policy;
use crate::server::Context;

cases! {
    DEAD_LETTER_QUEUES:
        a_group_continues_after_a_dead_letter,
        dead_letters_keep_their_order,
        another_group_is_not_held_up,
        a_whole_batch_becomes_dead_letters,
        dead_letters_keep_their_group;
    FIFO_LOGIC: dead_letters_take_no_place_of_others;
    REDRIVE: equal_deduplication_ids_do_not_merge_dead_letters;
}

/// A FIFO queue whose messages can be received once, and the queue for its dead letters.
async fn with_dead_letters(context: &Context) -> Result<(Queue, Queue), CaseError> {
    let dead = context.fifo(&[]).await?;
    let policy = policy(&dead.arn().await?, "1");
    let attributes = [
        (QueueAttributeName::RedrivePolicy, policy.as_str()),
        (QueueAttributeName::DeduplicationScope, "messageGroup"),
        (QueueAttributeName::FifoThroughputLimit, "perMessageGroupId"),
    ];
    Ok((context.fifo(&attributes).await?, dead))
}

/// Receives one message and releases it. Returns its body.
async fn fail_one(queue: &Queue) -> Result<String, CaseError> {
    let request = queue.receive().max_number_of_messages(1);
    let message = one(received(request.wait_time_seconds(5)).await?)?;
    queue.release(std::slice::from_ref(&message)).await?;
    Ok(message.body.unwrap_or_default())
}

async fn a_group_continues_after_a_dead_letter(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context).await?;
    source.send_all_to("g", &["a", "b", "c"]).await?;
    equal("the first", fail_one(&source).await?, "a")?;
    equal("the rest", bodies(&source.take(2).await?), ["b", "c"])?;
    equal("the dead letter", bodies(&dead.take(1).await?), ["a"])?;
    dead.stays_empty(0).await
}

async fn dead_letters_keep_their_order(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context).await?;
    source.send_all_to("g", &["a", "b", "c", "d"]).await?;
    for expected in ["a", "b", "c"] {
        equal("the failing one", fail_one(&source).await?, expected)?;
    }
    equal("the rest", bodies(&source.take(1).await?), ["d"])?;
    equal(
        "the dead letters",
        bodies(&dead.take(3).await?),
        ["a", "b", "c"],
    )
}

async fn another_group_is_not_held_up(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context).await?;
    source.send_all_to("g", &["bad"]).await?;
    equal("the first", fail_one(&source).await?, "bad")?;
    source.send_all_to("h", &["good"]).await?;
    equal("the other", bodies(&source.take(1).await?), ["good"])?;
    source.stays_empty(0).await?;
    equal("the dead letter", bodies(&dead.take(1).await?), ["bad"])
}

async fn a_whole_batch_becomes_dead_letters(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context).await?;
    source.send_all_to("g", &["a", "b", "c"]).await?;
    let messages = source.next().await?;
    equal("the batch", bodies(&messages), ["a", "b", "c"])?;
    source.release(&messages).await?;
    source.send_all_to("g", &["d"]).await?;
    equal("the rest", bodies(&source.take(1).await?), ["d"])?;
    equal(
        "the dead letters",
        bodies(&dead.take(3).await?),
        ["a", "b", "c"],
    )
}

async fn dead_letters_take_no_place_of_others(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context).await?;
    source.send_all_to("g", &["a", "b"]).await?;
    let messages = source.next().await?;
    equal("the batch", bodies(&messages), ["a", "b"])?;
    source.release(&messages).await?;
    source.send_all_to("g", &["c", "d", "e"]).await?;
    let request = source.receive().max_number_of_messages(3);
    let rest = received(request.wait_time_seconds(5)).await?;
    equal("the rest", bodies(&rest), ["c", "d", "e"])?;
    equal("the dead letters", bodies(&dead.take(2).await?), ["a", "b"])
}

async fn dead_letters_keep_their_group(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context).await?;
    source.send_all_to("device-1", &["a"]).await?;
    fail_one(&source).await?;
    source.stays_empty(1).await?;
    let letter = one(dead.take(1).await?)?;
    let group = system_attribute(&letter, Name::MessageGroupId);
    equal("the group", group, Some("device-1"))?;
    let arn = source.arn().await?;
    let found = system_attribute(&letter, Name::DeadLetterQueueSourceArn);
    equal("the source", found, Some(arn.as_str()))
}

async fn equal_deduplication_ids_do_not_merge_dead_letters(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context).await?;
    for (group, body) in [("g", "a"), ("h", "b")] {
        let request = source.send(body).message_group_id(group);
        request.message_deduplication_id("same").send().await?;
    }
    let messages = source.collect(2).await?;
    source.release(&messages).await?;
    source.stays_empty(1).await?;
    let letters = dead.take(2).await?;
    for letter in &letters {
        // The page: the deduplication id is replaced with the original message's id.
        let original = messages.iter().find(|message| message.body == letter.body);
        let id = original.and_then(Message::message_id);
        let found = system_attribute(letter, Name::MessageDeduplicationId);
        equal("the deduplication id", found, id)?;
    }
    Ok(())
}
