//! The grammar of group and deduplication ids, and where they are needed.

use aws_sdk_sqs::types::QueueAttributeName;

use crate::case::cases;
use crate::case_error::{Outcome, equal, refused};
use crate::queue::system_attribute;
use crate::server::Context;

cases! {
    GROUP_ID: a_fifo_queue_needs_a_group;
    DEDUPLICATION_ID: a_fifo_queue_needs_an_id_or_the_content;
    SEND_MESSAGE:
        groups_of_every_punctuation_are_taken,
        groups_of_128_characters_are_taken,
        groups_outside_the_grammar_are_refused,
        ids_of_every_punctuation_are_taken,
        ids_outside_the_grammar_are_refused,
        groups_are_case_sensitive;
}

/// All characters that the grammar allows besides letters and digits.
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

const INVALID: &[&str] = &["InvalidParameterValue"];

/// Ids that are too long, or have a character that is not an ASCII letter, digit or punctuation
/// character.
fn outside_the_grammar() -> [String; 6] {
    [
        "x".repeat(129),
        "a b".to_owned(),
        "a\tb".to_owned(),
        "a\u{7f}".to_owned(),
        "caf\u{e9}".to_owned(),
        "\u{1f600}".to_owned(),
    ]
}

async fn a_fifo_queue_needs_a_group(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let answer = queue.send("a").message_deduplication_id("id").send().await;
    refused("a send without a group", answer, &["MissingParameter"])
}

async fn a_fifo_queue_needs_an_id_or_the_content(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let answer = queue.send("a").message_group_id("g").send().await;
    refused("a send without an id", answer, INVALID)?;
    let queue = context
        .fifo(&[(QueueAttributeName::ContentBasedDeduplication, "true")])
        .await?;
    queue.send("a").message_group_id("g").send().await?;
    Ok(())
}

async fn groups_of_every_punctuation_are_taken(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let group = format!("{PUNCTUATION}azAZ09");
    queue.send_all_to(&group, &["a"]).await?;
    let message = queue.next_one().await?;
    let name = aws_sdk_sqs::types::MessageSystemAttributeName::MessageGroupId;
    equal(
        "the group",
        system_attribute(&message, name),
        Some(group.as_str()),
    )
}

async fn groups_of_128_characters_are_taken(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to(&"x".repeat(128), &["a"]).await?;
    let request = queue.send("b").message_group_id("g");
    request
        .message_deduplication_id("x".repeat(128))
        .send()
        .await?;
    queue.collect(2).await?;
    Ok(())
}

async fn groups_outside_the_grammar_are_refused(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    for group in outside_the_grammar() {
        refused(&group, queue.send_to(&group, "a").send().await, INVALID)?;
    }
    queue.stays_empty(0).await
}

async fn ids_of_every_punctuation_are_taken(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let request = queue.send("a").message_group_id("g");
    request.message_deduplication_id(PUNCTUATION).send().await?;
    let message = queue.next_one().await?;
    let name = aws_sdk_sqs::types::MessageSystemAttributeName::MessageDeduplicationId;
    equal(
        "the id",
        system_attribute(&message, name),
        Some(PUNCTUATION),
    )
}

async fn ids_outside_the_grammar_are_refused(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    for id in outside_the_grammar() {
        let request = queue.send("a").message_group_id("g");
        let answer = request.message_deduplication_id(&id).send().await;
        refused(&id, answer, INVALID)?;
    }
    queue.stays_empty(0).await
}

async fn groups_are_case_sensitive(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["small"]).await?;
    queue.next_one().await?;
    queue.send_all_to("G", &["large"]).await?;
    equal("the body", queue.next_one().await?.body(), Some("large"))
}
