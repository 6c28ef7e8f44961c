//! Sending, receiving and deleting messages.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_sqs::types::{
    MessageSystemAttributeName as Name, MessageSystemAttributeNameForSends,
    MessageSystemAttributeValue, QueueAttributeName,
};

use crate::case::cases;
use crate::case_error::{Outcome, ensure, equal, present, refused};
use crate::digest;
use crate::queue::{one, received, system_attribute};
use crate::server::Context;

cases! {
    SEND_MESSAGE:
        a_body_arrives_with_its_md5,
        the_message_id_is_the_same_for_sender_and_receiver,
        a_message_without_a_body_is_refused,
        the_trace_header_arrives_with_its_md5;
    RECEIVE_MESSAGE:
        one_message_is_received_by_default,
        at_most_the_number_asked_for_is_received,
        numbers_of_messages_beyond_the_range_are_refused,
        system_attributes_come_only_when_asked_for,
        system_attributes_are_asked_for_by_the_older_name_too;
    MESSAGE:
        times_and_sender_are_told,
        receives_are_counted,
        each_receive_gives_another_receipt;
    DELETE_MESSAGE:
        a_deleted_message_does_not_come_back,
        deleting_again_is_no_error,
        a_receipt_that_is_none_is_refused;
}

async fn a_body_arrives_with_its_md5(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for body in [
        "plain",
        "{\"json\": \"\\u0000\"}",
        " \r\n\t",
        "\u{e9}\u{4e2d}\u{1f600}",
        "<&>\"'",
    ] {
        let sent = queue.send(body).send().await?;
        let message = queue.next_one().await?;
        equal("the body", message.body(), Some(body))?;
        let md5 = digest::of_body(body);
        equal(
            "the sender's MD5",
            sent.md5_of_message_body(),
            Some(md5.as_str()),
        )?;
        equal(
            "the receiver's MD5",
            message.md5_of_body(),
            Some(md5.as_str()),
        )?;
        queue.delete(&message).send().await?;
    }
    Ok(())
}

async fn the_message_id_is_the_same_for_sender_and_receiver(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let first = queue.send("same").send().await?;
    let id = present("MessageId", first.message_id())?;
    let message = queue.next_one().await?;
    equal("the id", message.message_id(), Some(id))?;
    let second = queue.send("same").send().await?;
    ensure!(
        second.message_id() != Some(id),
        "two messages have the id {id}"
    );
    ensure!(
        second.sequence_number().is_none(),
        "a standard queue has given a sequence number"
    );
    Ok(())
}

async fn a_message_without_a_body_is_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    // The smallest size is one character. The pages do not name the error.
    let errors = &["MissingParameter", "InvalidParameterValue"];
    refused("an empty body", queue.send("").send().await, errors)?;
    let request = context.client().send_message().queue_url(&queue.url);
    refused("no body", request.send().await, errors)
}

async fn the_trace_header_arrives_with_its_md5(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=1";
    let value = MessageSystemAttributeValue::builder()
        .data_type("String")
        .string_value(header)
        .build()?;
    let request = queue.send("traced");
    let name = MessageSystemAttributeNameForSends::AwsTraceHeader;
    let sent = request
        .message_system_attributes(name, value)
        .send()
        .await?;
    let message = queue.next_one().await?;
    let found = system_attribute(&message, Name::AwsTraceHeader);
    equal("the header", found, Some(header))?;
    let attribute = aws_sdk_sqs::types::MessageAttributeValue::builder()
        .data_type("String")
        .string_value(header)
        .build()?;
    let md5 = digest::of_attributes(&[("AWSTraceHeader".to_owned(), attribute)].into());
    equal(
        "its MD5",
        sent.md5_of_message_system_attributes(),
        Some(md5.as_str()),
    )?;
    equal(
        "the MD5 of user attributes",
        sent.md5_of_message_attributes(),
        None,
    )
}

async fn one_message_is_received_by_default(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    queue.send("b").send().await?;
    let request = context.client().receive_message().queue_url(&queue.url);
    let messages = received(request.wait_time_seconds(5)).await?;
    equal("the count", messages.len(), 1)
}

async fn at_most_the_number_asked_for_is_received(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for number in 0..5 {
        queue.send(number.to_string()).send().await?;
    }
    let messages = received(queue.receive().max_number_of_messages(2)).await?;
    ensure!(
        messages.len() <= 2,
        "{} messages came instead of 2",
        messages.len()
    );
    queue.collect(5 - messages.len()).await?;
    Ok(())
}

async fn numbers_of_messages_beyond_the_range_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for number in [-1, 0, 11] {
        let answer = queue.receive().max_number_of_messages(number).send().await;
        refused(number, answer, &["InvalidParameterValue"])?;
    }
    Ok(())
}

async fn system_attributes_come_only_when_asked_for(context: Context) -> Outcome {
    let queue = context
        .standard(&[(QueueAttributeName::VisibilityTimeout, "0")])
        .await?;
    queue.send("a").send().await?;
    let plain = context.client().receive_message().queue_url(&queue.url);
    let plain = plain.wait_time_seconds(5);
    let message = one(received(plain.clone()).await?)?;
    equal("the names", message.attributes.unwrap_or_default().len(), 0)?;
    let request = plain.message_system_attribute_names(Name::SenderId);
    let request = request.message_system_attribute_names(Name::SentTimestamp);
    let message = one(received(request).await?)?;
    let mut names: Vec<Name> = message.attributes.unwrap_or_default().into_keys().collect();
    names.sort();
    equal("the names", names, [Name::SenderId, Name::SentTimestamp])
}

#[allow(deprecated, reason = "the older parameter is what is tested")]
async fn system_attributes_are_asked_for_by_the_older_name_too(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let request = context.client().receive_message().queue_url(&queue.url);
    let request = request.attribute_names(QueueAttributeName::from("SentTimestamp"));
    let message = one(received(request.wait_time_seconds(5)).await?)?;
    let names: Vec<Name> = message.attributes.unwrap_or_default().into_keys().collect();
    equal("the names", names, [Name::SentTimestamp])
}

async fn times_and_sender_are_told(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let before = now();
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    let after = now();
    // The clocks of two machines differ a little.
    let tolerance = 5_000;
    for name in [Name::SentTimestamp, Name::ApproximateFirstReceiveTimestamp] {
        let time = present(name.as_str(), system_attribute(&message, name.clone()))?;
        ensure!(
            time.parse().is_ok_and(|time: u64| {
                (before.saturating_sub(tolerance)..=after + tolerance).contains(&time)
            }),
            "{name} is {time}, not within {before} and {after}"
        );
    }
    let sender = system_attribute(&message, Name::SenderId);
    ensure!(
        sender.is_some_and(|sender| !sender.is_empty()),
        "there is no SenderId"
    );
    Ok(())
}

async fn receives_are_counted(context: Context) -> Outcome {
    let queue = context
        .standard(&[(QueueAttributeName::VisibilityTimeout, "0")])
        .await?;
    queue.send("a").send().await?;
    let first = queue.next_one().await?;
    let second = queue.next_one().await?;
    let third = queue.next_one().await?;
    for (message, count) in [(&first, "1"), (&second, "2"), (&third, "3")] {
        let counted = system_attribute(message, Name::ApproximateReceiveCount);
        equal("the count", counted, Some(count))?;
    }
    let name = Name::ApproximateFirstReceiveTimestamp;
    equal(
        "the time of the first receive",
        system_attribute(&third, name.clone()),
        system_attribute(&first, name),
    )
}

async fn each_receive_gives_another_receipt(context: Context) -> Outcome {
    let queue = context
        .standard(&[(QueueAttributeName::VisibilityTimeout, "0")])
        .await?;
    queue.send("a").send().await?;
    let first = queue.next_one().await?;
    let second = queue.next_one().await?;
    equal("the message", second.message_id(), first.message_id())?;
    ensure!(
        first.receipt_handle() != second.receipt_handle(),
        "both receives gave the same receipt"
    );
    Ok(())
}

async fn a_deleted_message_does_not_come_back(context: Context) -> Outcome {
    let queue = context
        .standard(&[(QueueAttributeName::VisibilityTimeout, "1")])
        .await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    queue.delete(&message).send().await?;
    queue.stays_empty(2).await
}

async fn deleting_again_is_no_error(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    queue.delete(&message).send().await?;
    queue.delete(&message).send().await?;
    Ok(())
}

async fn a_receipt_that_is_none_is_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let mut message = queue.next_one().await?;
    message.receipt_handle = Some("none".to_owned());
    let errors = &["ReceiptHandleIsInvalid"];
    refused("its deletion", queue.delete(&message).send().await, errors)?;
    refused("its timeout", queue.hide(&message, 1).send().await, errors)
}

/// The milliseconds since the epoch.
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
