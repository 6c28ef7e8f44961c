//! How large messages may be.

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    MessageAttributeValue, QueueAttributeName, SendMessageBatchRequestEntry as Entry,
};

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, ensure, equal, refused};
use crate::digest;
use crate::server::Context;

cases! {
    MESSAGE_QUOTAS:
        a_body_of_one_mebibyte_arrives,
        a_larger_body_is_refused,
        bytes_count_rather_than_characters;
    MESSAGE_METADATA:
        attributes_count_too,
        attributes_beyond_the_size_are_refused;
    SET_QUEUE_ATTRIBUTES: a_queue_may_set_a_smaller_size;
    SEND_MESSAGE_BATCH:
        a_batch_of_one_mebibyte_is_taken,
        a_larger_batch_is_refused;
}

/// The most bytes of a message, and of a batch: 1 MiB.
const MAXIMUM: usize = 1_048_576;

const TOO_LARGE: &[&str] = &["InvalidParameterValue"];

async fn a_body_of_one_mebibyte_arrives(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let body = "x".repeat(MAXIMUM);
    queue.send(&body).send().await?;
    let message = queue.next_one().await?;
    let md5 = digest::of_body(&body);
    ensure!(message.body() == Some(&body), "another body came");
    equal("the MD5", message.md5_of_body(), Some(md5.as_str()))
}

async fn a_larger_body_is_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let answer = queue.send("x".repeat(MAXIMUM + 1)).send().await;
    refused("1 MiB and a byte", answer, TOO_LARGE)?;
    queue.stays_empty(0).await
}

async fn bytes_count_rather_than_characters(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("\u{e9}".repeat(MAXIMUM / 2)).send().await?;
    let answer = queue.send("\u{e9}".repeat(MAXIMUM / 2 + 1)).send().await;
    refused("too many bytes", answer, TOO_LARGE)
}

fn attribute(size: usize) -> Result<MessageAttributeValue, CaseError> {
    let builder = MessageAttributeValue::builder().data_type("Binary.x");
    Ok(builder.binary_value(Blob::new(vec![0; size])).build()?)
}

/// The bytes of an attribute with the name `name`, without its value.
const NAME_AND_TYPE: usize = "name".len() + "Binary.x".len();

async fn attributes_count_too(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let body = "x".repeat(MAXIMUM - NAME_AND_TYPE - 1000);
    let request = queue
        .send(&body)
        .message_attributes("name", attribute(1000)?);
    request.send().await?;
    let request = queue
        .send(&body)
        .message_attributes("name", attribute(1001)?);
    refused("a byte too many", request.send().await, TOO_LARGE)
}

async fn attributes_beyond_the_size_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = queue
        .send("x")
        .message_attributes("name", attribute(MAXIMUM)?);
    refused("an attribute of 1 MiB", request.send().await, TOO_LARGE)
}

async fn a_queue_may_set_a_smaller_size(context: Context) -> Outcome {
    let queue = context
        .standard(&[(QueueAttributeName::MaximumMessageSize, "1024")])
        .await?;
    queue.send("x".repeat(1024)).send().await?;
    let answer = queue.send("x".repeat(1025)).send().await;
    refused("1025 bytes", answer, TOO_LARGE)?;
    queue
        .set(QueueAttributeName::MaximumMessageSize, "1025")
        .await?;
    queue.send("x".repeat(1025)).send().await?;
    Ok(())
}

/// Four entries of this size together.
fn entries(size: usize) -> Result<Vec<Entry>, CaseError> {
    let entry = |number: usize| {
        let length = if number == 0 {
            size - size / 4 * 3
        } else {
            size / 4
        };
        let builder = Entry::builder().id(number.to_string());
        Ok(builder.message_body("x".repeat(length)).build()?)
    };
    (0..4).map(entry).collect()
}

async fn a_batch_of_one_mebibyte_is_taken(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().send_message_batch().queue_url(&queue.url);
    let answer = request.set_entries(Some(entries(MAXIMUM)?)).send().await?;
    equal("the failures", answer.failed(), &[])?;
    queue.collect(4).await?;
    Ok(())
}

async fn a_larger_batch_is_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().send_message_batch().queue_url(&queue.url);
    let answer = request
        .set_entries(Some(entries(MAXIMUM + 1)?))
        .send()
        .await;
    refused("1 MiB and a byte", answer, &["BatchRequestTooLong"])?;
    queue.stays_empty(0).await
}
