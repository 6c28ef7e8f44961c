//! Batches of sends, deletions and changes of visibility.

use aws_sdk_sqs::operation::send_message_batch::builders::SendMessageBatchFluentBuilder;
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry as Change,
    DeleteMessageBatchRequestEntry as Deletion, MessageAttributeValue, QueueAttributeName,
    SendMessageBatchRequestEntry as Send,
};

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, ensure, equal, error_name, refused};
use crate::digest;
use crate::queue::{Queue, sorted_bodies};
use crate::server::Context;

cases! {
    SEND_MESSAGE_BATCH:
        ten_messages_are_sent_at_once,
        each_entry_has_its_own_attributes_and_delay,
        a_refused_entry_leaves_the_others,
        a_batch_needs_an_entry,
        a_batch_has_at_most_ten_entries,
        ids_in_a_batch_are_distinct;
    MESSAGE_QUOTAS:
        ids_of_eighty_characters_are_taken,
        ids_outside_the_grammar_are_refused;
    DELETE_MESSAGE_BATCH:
        messages_are_deleted_at_once,
        a_bad_receipt_leaves_the_other_deletions,
        deletions_follow_the_rules_of_batches;
    CHANGE_MESSAGE_VISIBILITY_BATCH:
        messages_are_released_at_once,
        a_bad_receipt_leaves_the_other_changes,
        changes_follow_the_rules_of_batches;
}

/// Ten numbers, as text.
const NUMBERS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];

/// Batches with a mistake, and the error that each gets. Their entries are named by their ids.
const MISTAKES: [(&[&str], &str); 5] = [
    (&[], "EmptyBatchRequest"),
    (
        &["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10"],
        "TooManyEntriesInBatchRequest",
    ),
    (&["a", "b", "a"], "BatchEntryIdsNotDistinct"),
    (&["a", "b c"], "InvalidBatchEntryId"),
    (&["a", "b.c"], "InvalidBatchEntryId"),
];

fn entry(id: &str, body: &str) -> Result<Send, CaseError> {
    Ok(Send::builder().id(id).message_body(body).build()?)
}

fn batch(
    context: &Context,
    queue: &Queue,
    ids: &[&str],
) -> Result<SendMessageBatchFluentBuilder, CaseError> {
    let entries = ids.iter().map(|id| entry(id, id));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let request = context.client().send_message_batch();
    Ok(request.queue_url(&queue.url).set_entries(Some(entries)))
}

async fn ten_messages_are_sent_at_once(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let answer = batch(&context, &queue, &NUMBERS)?.send().await?;
    equal("the failures", answer.failed(), &[])?;
    let mut ids: Vec<&str> = answer.successful().iter().map(|entry| entry.id()).collect();
    ids.sort_unstable();
    equal("the ids", ids, NUMBERS)?;
    for entry in answer.successful() {
        let md5 = digest::of_body(entry.id());
        equal("the MD5", entry.md5_of_message_body(), md5.as_str())?;
    }
    let messages = queue.collect(10).await?;
    equal("the bodies", sorted_bodies(&messages), NUMBERS)
}

async fn each_entry_has_its_own_attributes_and_delay(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let value = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("v");
    let attributes = [("name".to_owned(), value.build()?)].into();
    let md5 = digest::of_attributes(&attributes);
    let with = Send::builder().id("with").message_body("with");
    let delayed = Send::builder().id("delayed").message_body("delayed");
    let request = context.client().send_message_batch().queue_url(&queue.url);
    let request = request.entries(with.set_message_attributes(Some(attributes)).build()?);
    let request = request.entries(delayed.delay_seconds(900).build()?);
    let answer = request.entries(entry("without", "without")?).send().await?;
    equal("the failures", answer.failed(), &[])?;
    for entry in answer.successful() {
        let expected = (entry.id() == "with").then_some(md5.as_str());
        equal("the MD5", entry.md5_of_message_attributes(), expected)?;
    }
    let messages = queue.collect(2).await?;
    equal("the bodies", sorted_bodies(&messages), ["with", "without"])?;
    queue.stays_empty(0).await
}

async fn a_refused_entry_leaves_the_others(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().send_message_batch().queue_url(&queue.url);
    let request = request.entries(entry("good", "good")?);
    let request = request.entries(entry("bad", "\u{1}")?);
    let answer = request.entries(entry("fine", "fine")?).send().await?;
    only_failure(answer.failed(), "bad", "InvalidMessageContents")?;
    equal("the successes", answer.successful().len(), 2)?;
    let messages = queue.collect(2).await?;
    equal("the bodies", sorted_bodies(&messages), ["fine", "good"])
}

async fn refuse_sends(context: &Context, error: &str) -> Outcome {
    let queue = context.standard(&[]).await?;
    for (ids, expected) in MISTAKES.iter().filter(|(_, expected)| *expected == error) {
        let answer = batch(context, &queue, ids)?.send().await;
        refused(ids, answer, &[expected])?;
    }
    queue.stays_empty(0).await
}

async fn a_batch_needs_an_entry(context: Context) -> Outcome {
    refuse_sends(&context, "EmptyBatchRequest").await
}

async fn a_batch_has_at_most_ten_entries(context: Context) -> Outcome {
    refuse_sends(&context, "TooManyEntriesInBatchRequest").await
}

async fn ids_in_a_batch_are_distinct(context: Context) -> Outcome {
    refuse_sends(&context, "BatchEntryIdsNotDistinct").await
}

async fn ids_of_eighty_characters_are_taken(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let long = "x".repeat(80);
    let ids = [long.as_str(), "A-b_9", "-", "_"];
    let answer = batch(&context, &queue, &ids)?.send().await?;
    equal("the failures", answer.failed(), &[])?;
    queue.collect(4).await?;
    Ok(())
}

async fn ids_outside_the_grammar_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let long = "x".repeat(81);
    for id in [long.as_str(), "\u{e9}"] {
        let answer = batch(&context, &queue, &[id])?.send().await;
        refused(id, answer, &["InvalidBatchEntryId"])?;
    }
    refuse_sends(&context, "InvalidBatchEntryId").await
}

fn deletions(receipts: &[(&str, &str)]) -> Result<Vec<Deletion>, CaseError> {
    let deletion = |(id, receipt): &(&str, &str)| {
        Ok(Deletion::builder()
            .id(*id)
            .receipt_handle(*receipt)
            .build()?)
    };
    receipts.iter().map(deletion).collect()
}

fn changes(receipts: &[(&str, &str)]) -> Result<Vec<Change>, CaseError> {
    let change = |(id, receipt): &(&str, &str)| {
        let builder = Change::builder().id(*id).receipt_handle(*receipt);
        Ok(builder.visibility_timeout(0).build()?)
    };
    receipts.iter().map(change).collect()
}

async fn messages_are_deleted_at_once(context: Context) -> Outcome {
    let queue = context
        .standard(&[(QueueAttributeName::VisibilityTimeout, "1")])
        .await?;
    batch(&context, &queue, &NUMBERS)?.send().await?;
    let mut deleted = 0;
    while deleted < 10 {
        let messages = queue.next().await?;
        ensure!(!messages.is_empty(), "only {deleted} messages came");
        let receipts = messages
            .iter()
            .filter_map(|message| message.receipt_handle());
        let receipts: Vec<_> = NUMBERS.into_iter().zip(receipts).collect();
        let request = context
            .client()
            .delete_message_batch()
            .queue_url(&queue.url);
        let answer = request
            .set_entries(Some(deletions(&receipts)?))
            .send()
            .await?;
        equal("the failures", answer.failed(), &[])?;
        equal("the successes", answer.successful().len(), messages.len())?;
        deleted += messages.len();
    }
    queue.stays_empty(2).await
}

async fn a_bad_receipt_leaves_the_other_deletions(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    let receipt = message.receipt_handle().unwrap_or_default();
    let request = context
        .client()
        .delete_message_batch()
        .queue_url(&queue.url);
    let entries = deletions(&[("bad", "none"), ("good", receipt)])?;
    let answer = request.set_entries(Some(entries)).send().await?;
    only_failure(answer.failed(), "bad", "ReceiptHandleIsInvalid")?;
    equal("the successes", answer.successful().len(), 1)
}

async fn deletions_follow_the_rules_of_batches(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for (ids, expected) in MISTAKES {
        let entries: Vec<_> = ids.iter().map(|id| (*id, "none")).collect();
        let request = context
            .client()
            .delete_message_batch()
            .queue_url(&queue.url);
        let answer = request.set_entries(Some(deletions(&entries)?)).send().await;
        refused(ids, answer, &[expected])?;
    }
    Ok(())
}

async fn messages_are_released_at_once(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    batch(&context, &queue, &NUMBERS)?.send().await?;
    let messages = queue.collect(10).await?;
    let receipts = messages
        .iter()
        .filter_map(|message| message.receipt_handle());
    let receipts: Vec<_> = NUMBERS.into_iter().zip(receipts).collect();
    let request = context.client().change_message_visibility_batch();
    let request = request.queue_url(&queue.url);
    let answer = request
        .set_entries(Some(changes(&receipts)?))
        .send()
        .await?;
    equal("the failures", answer.failed(), &[])?;
    equal("the successes", answer.successful().len(), 10)?;
    queue.collect(10).await?;
    Ok(())
}

async fn a_bad_receipt_leaves_the_other_changes(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    let receipt = message.receipt_handle().unwrap_or_default();
    let request = context.client().change_message_visibility_batch();
    let entries = changes(&[("bad", "none"), ("good", receipt)])?;
    let request = request.queue_url(&queue.url);
    let answer = request.set_entries(Some(entries)).send().await?;
    only_failure(answer.failed(), "bad", "ReceiptHandleIsInvalid")?;
    equal("the successes", answer.successful().len(), 1)?;
    queue.next_one().await?;
    Ok(())
}

async fn changes_follow_the_rules_of_batches(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for (ids, expected) in MISTAKES {
        let entries: Vec<_> = ids.iter().map(|id| (*id, "none")).collect();
        let request = context.client().change_message_visibility_batch();
        let request = request.queue_url(&queue.url);
        let answer = request.set_entries(Some(changes(&entries)?)).send().await;
        refused(ids, answer, &[expected])?;
    }
    Ok(())
}

/// Fails unless exactly the entry with this id has failed with this error, and the sender is at
/// fault.
fn only_failure(failed: &[BatchResultErrorEntry], id: &str, error: &str) -> Outcome {
    let found: Vec<_> = failed
        .iter()
        .map(|entry| (entry.id(), error_name(entry.code()), entry.sender_fault()))
        .collect();
    equal("the failures", found, [(id, error, true)])
}
