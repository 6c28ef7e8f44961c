//! The attributes of messages.

use std::collections::{BTreeSet, HashMap};

use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{Message, MessageAttributeValue, QueueAttributeName};

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, equal, present, refused};
use crate::digest;
use crate::queue::{one, received};
use crate::server::Context;

cases! {
    MESSAGE_METADATA:
        attributes_of_every_type_arrive_with_their_md5,
        the_md5_depends_on_the_custom_type,
        ten_attributes_are_taken_and_eleven_refused,
        names_in_the_grammar_are_taken,
        names_outside_the_grammar_are_refused,
        reserved_names_are_refused,
        types_that_are_none_are_refused,
        empty_values_are_refused;
    RECEIVE_MESSAGE:
        attributes_come_only_when_asked_for,
        attributes_are_asked_for_by_name_and_by_prefix;
    SEND_MESSAGE: attributes_take_the_characters_of_bodies_only;
}

const INVALID: &[&str] = &["InvalidParameterValue"];

fn text(data_type: &str, value: &str) -> Result<MessageAttributeValue, CaseError> {
    let builder = MessageAttributeValue::builder().data_type(data_type);
    Ok(builder.string_value(value).build()?)
}

fn binary(data_type: &str, value: &[u8]) -> Result<MessageAttributeValue, CaseError> {
    let builder = MessageAttributeValue::builder().data_type(data_type);
    Ok(builder.binary_value(Blob::new(value)).build()?)
}

/// One attribute of each type.
fn every_type() -> Result<HashMap<String, MessageAttributeValue>, CaseError> {
    let attributes = [
        ("text", text("String", "caf\u{e9} \u{1f600}")?),
        ("number", text("Number", "-12345678901234567890.5e3")?),
        ("binary", binary("Binary", &[0, 1, 127, 128, 255])?),
        ("custom.text", text("String.uuid", "a")?),
        ("custom.number", text("Number.int", "7")?),
        ("custom.binary", binary("Binary.gif", b"GIF89a")?),
    ];
    Ok(attributes
        .map(|(name, value)| (name.to_owned(), value))
        .into())
}

async fn attributes_of_every_type_arrive_with_their_md5(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let attributes = every_type()?;
    let md5 = digest::of_attributes(&attributes);
    let request = queue
        .send("a")
        .set_message_attributes(Some(attributes.clone()));
    let sent = request.send().await?;
    equal(
        "the sender's MD5",
        sent.md5_of_message_attributes(),
        Some(md5.as_str()),
    )?;
    let message = queue.next_one().await?;
    let found = message.md5_of_message_attributes();
    equal("the receiver's MD5", found, Some(md5.as_str()))?;
    equal(
        "the attributes",
        message.message_attributes,
        Some(attributes),
    )
}

async fn the_md5_depends_on_the_custom_type(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let mut sums = BTreeSet::new();
    for data_type in ["String", "String.a", "String.b"] {
        let request = queue.send("a");
        let request = request.message_attributes("name", text(data_type, "value")?);
        let sent = request.send().await?;
        sums.extend(sent.md5_of_message_attributes().map(str::to_owned));
    }
    equal("the number of sums", sums.len(), 3)
}

async fn ten_attributes_are_taken_and_eleven_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let mut request = queue.send("a");
    for number in 0..10 {
        request = request.message_attributes(number.to_string(), text("String", "a")?);
    }
    request.clone().send().await?;
    let message = queue.next_one().await?;
    equal(
        "the count",
        message.message_attributes.unwrap_or_default().len(),
        10,
    )?;
    let request = request.message_attributes("ten", text("String", "a")?);
    refused("eleven", request.send().await, INVALID)
}

async fn names_in_the_grammar_are_taken(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for name in ["a", "A-b_c.d", "0", "awsome", &"n".repeat(256)] {
        let request = queue.send("a");
        let request = request.message_attributes(name, text("String", "a")?);
        request.send().await?;
        let message = queue.next_one().await?;
        let attributes = present("MessageAttributes", message.message_attributes())?;
        equal("the name", attributes.contains_key(name), true)?;
        queue.delete(&message).send().await?;
    }
    Ok(())
}

/// Sends with an attribute of each name and expects a refusal.
async fn refuse_names(context: &Context, names: &[&str]) -> Outcome {
    let queue = context.standard(&[]).await?;
    for name in names {
        let request = queue.send("a");
        let request = request.message_attributes(*name, text("String", "a")?);
        refused(name, request.send().await, INVALID)?;
    }
    Ok(())
}

async fn names_outside_the_grammar_are_refused(context: Context) -> Outcome {
    let long = "n".repeat(257);
    let names = [".a", "a.", "a..b", "a b", "a/b", "\u{e9}", &long];
    refuse_names(&context, &names).await
}

async fn reserved_names_are_refused(context: Context) -> Outcome {
    refuse_names(
        &context,
        &["AWS.a", "aws.a", "Amazon.a", "amazon.a", "AmAzOn.a"],
    )
    .await
}

async fn types_that_are_none_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let values = [
        text("Boolean", "true")?,
        text("string", "a")?,
        text("Stringy", "a")?,
        text(&format!("String.{}", "t".repeat(250)), "a")?,
        text("Number", "seven")?,
        text("Binary", "a")?,
        binary("String", b"a")?,
    ];
    for value in values {
        let request = queue.send("a").message_attributes("name", value.clone());
        refused(value, request.send().await, INVALID)?;
    }
    Ok(())
}

async fn empty_values_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for value in [
        text("String", "")?,
        text("Number", "")?,
        binary("Binary", b"")?,
    ] {
        let request = queue.send("a").message_attributes("name", value.clone());
        refused(value, request.send().await, INVALID)?;
    }
    Ok(())
}

async fn attributes_come_only_when_asked_for(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = queue.send("a").set_message_attributes(Some(every_type()?));
    request.send().await?;
    let request = context.client().receive_message().queue_url(&queue.url);
    let message = one(received(request.wait_time_seconds(5)).await?)?;
    equal("the MD5", message.md5_of_message_attributes(), None)?;
    equal(
        "the count",
        message.message_attributes.unwrap_or_default().len(),
        0,
    )
}

async fn attributes_are_asked_for_by_name_and_by_prefix(context: Context) -> Outcome {
    let queue = context
        .standard(&[(QueueAttributeName::VisibilityTimeout, "0")])
        .await?;
    let request = queue.send("a").set_message_attributes(Some(every_type()?));
    request.send().await?;
    let everything: Vec<String> = every_type()?.into_keys().collect();
    let everything: Vec<&str> = everything.iter().map(String::as_str).collect();
    let wishes: [(&[&str], &[&str]); 5] = [
        (&["text"], &["text"]),
        (
            &["binary", "custom.number", "unknown"],
            &["binary", "custom.number"],
        ),
        (
            &["custom.*"],
            &["custom.binary", "custom.number", "custom.text"],
        ),
        (&["All"], &everything),
        (&[".*"], &everything),
    ];
    for (wish, expected) in wishes {
        let request = context.client().receive_message().queue_url(&queue.url);
        let wish = wish.iter().map(|name| (*name).to_owned()).collect();
        let request = request.set_message_attribute_names(Some(wish));
        let message = one(received(request.wait_time_seconds(5)).await?)?;
        let names: BTreeSet<_> = names(&message).collect();
        equal("the names", names, expected.iter().copied().collect())?;
        let attributes = present("MessageAttributes", message.message_attributes())?;
        let md5 = digest::of_attributes(attributes);
        let found = message.md5_of_message_attributes();
        equal("the MD5 of what was asked for", found, Some(md5.as_str()))?;
    }
    Ok(())
}

async fn attributes_take_the_characters_of_bodies_only(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = queue
        .send("a")
        .message_attributes("name", text("String", "\t\u{e9}")?);
    request.send().await?;
    let request = queue
        .send("a")
        .message_attributes("name", text("String", "\u{1}")?);
    // The page names the rule, but not which of the two errors.
    let errors = &["InvalidMessageContents", "InvalidParameterValue"];
    refused("a control character", request.send().await, errors)
}

fn names(message: &Message) -> impl Iterator<Item = &str> {
    let attributes = message.message_attributes.iter();
    attributes.flat_map(HashMap::keys).map(String::as_str)
}
