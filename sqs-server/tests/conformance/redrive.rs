//! Dead letters of standard queues, and the policies of both kinds.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::{
    MessageAttributeValue, MessageSystemAttributeName, QueueAttributeName as Name,
};

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, ensure, equal, refused};
use crate::queue::{Queue, received, system_attribute};
use crate::server::Context;

cases! {
    DEAD_LETTER_QUEUES:
        a_message_received_too_often_is_a_dead_letter,
        a_dead_letter_keeps_what_it_is,
        a_dead_letter_names_its_source,
        a_message_is_received_as_often_as_the_policy_says;
    SET_QUEUE_ATTRIBUTES:
        the_count_may_be_a_string,
        a_policy_is_shown_as_it_was_set,
        policies_that_are_none_are_refused,
        a_dead_letter_queue_is_of_the_same_kind,
        a_removed_policy_moves_nothing,
        a_queue_may_refuse_every_source,
        a_queue_may_name_its_sources,
        allow_policies_that_are_none_are_refused;
    LIST_DEAD_LETTER_SOURCE_QUEUES:
        the_sources_of_a_dead_letter_queue_are_listed,
        the_sources_come_in_pages;
}

/// The pages do not say which of the two errors a bad policy gets.
const INVALID: &[&str] = &["InvalidParameterValue", "InvalidAttributeValue"];

/// More receives than any policy here allows.
const MANY: usize = 20;

/// A redrive policy to the queue with this ARN; `count` is JSON.
pub(crate) fn policy(arn: &str, count: &str) -> String {
    format!(r#"{{"deadLetterTargetArn":"{arn}","maxReceiveCount":{count}}}"#)
}

/// A standard queue and the queue for its dead letters.
pub(crate) async fn with_dead_letters(
    context: &Context,
    count: &str,
) -> Result<(Queue, Queue), CaseError> {
    let dead = context.standard(&[]).await?;
    let policy = policy(&dead.arn().await?, count);
    let source = context.standard(&[(Name::RedrivePolicy, &policy)]).await?;
    Ok((source, dead))
}

/// Receives and releases until the queue delivers nothing more. Returns the number of messages.
pub(crate) async fn fail_all(queue: &Queue) -> Result<usize, CaseError> {
    let mut receives = 0;
    while receives < MANY {
        let messages = received(queue.receive().wait_time_seconds(1)).await?;
        if messages.is_empty() {
            break;
        }
        receives += messages.len();
        queue.release(&messages).await?;
    }
    Ok(receives)
}

async fn a_message_received_too_often_is_a_dead_letter(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "1").await?;
    source.send("a").send().await?;
    fail_all(&source).await?;
    equal("the body", dead.next_one().await?.body(), Some("a"))?;
    source.stays_empty(0).await
}

async fn a_dead_letter_keeps_what_it_is(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "1").await?;
    let value = MessageAttributeValue::builder()
        .data_type("String")
        .string_value("v");
    let request = source.send("a").message_attributes("n", value.build()?);
    let sent = request.send().await?;
    let first = source.next_one().await?;
    source.release(std::slice::from_ref(&first)).await?;
    fail_all(&source).await?;
    let letter = dead.next_one().await?;
    equal("the message id", letter.message_id(), sent.message_id())?;
    equal("the body", letter.body(), Some("a"))?;
    equal(
        "the attributes",
        letter.message_attributes(),
        first.message_attributes(),
    )?;
    // The page: a standard queue's dead letters keep their original time of sending.
    let time = MessageSystemAttributeName::SentTimestamp;
    equal(
        "the time of sending",
        system_attribute(&letter, time.clone()),
        system_attribute(&first, time),
    )
}

async fn a_dead_letter_names_its_source(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "1").await?;
    source.send("a").send().await?;
    fail_all(&source).await?;
    let letter = dead.next_one().await?;
    let name = MessageSystemAttributeName::DeadLetterQueueSourceArn;
    let arn = source.arn().await?;
    equal(
        "the source",
        system_attribute(&letter, name),
        Some(arn.as_str()),
    )
}

async fn a_message_is_received_as_often_as_the_policy_says(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "3").await?;
    source.send("a").send().await?;
    equal("the receives", fail_all(&source).await?, 3)?;
    dead.next_one().await?;
    Ok(())
}

async fn the_count_may_be_a_string(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "\"2\"").await?;
    source.send("a").send().await?;
    equal("the receives", fail_all(&source).await?, 2)?;
    dead.next_one().await?;
    Ok(())
}

async fn a_policy_is_shown_as_it_was_set(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "7").await?;
    let shown = source.attribute(Name::RedrivePolicy).await?;
    let shown: serde_json::Value = serde_json::from_str(&shown)
        .map_err(|error| CaseError::Unexpected(format!("{shown} is not JSON: {error}")))?;
    let arn = dead.arn().await?;
    equal(
        "the target",
        shown["deadLetterTargetArn"].as_str(),
        Some(arn.as_str()),
    )?;
    equal("the count", shown["maxReceiveCount"].as_u64(), Some(7))
}

async fn policies_that_are_none_are_refused(context: Context) -> Outcome {
    let dead = context.standard(&[]).await?;
    let source = context.standard(&[]).await?;
    let arn = dead.arn().await?;
    let unknown = arn.replace(&dead.name, &context.fresh_name());
    let policies = [
        "none".to_owned(),
        "{}".to_owned(),
        format!(r#"{{"deadLetterTargetArn":"{arn}"}}"#),
        r#"{"maxReceiveCount":5}"#.to_owned(),
        policy(&arn, "0"),
        policy(&arn, "1001"),
        policy(&arn, "\"many\""),
        policy("none", "5"),
        policy(&unknown, "5"),
    ];
    for policy in policies {
        refuse(&context, &source, Name::RedrivePolicy, &policy, INVALID).await?;
    }
    Ok(())
}

async fn a_dead_letter_queue_is_of_the_same_kind(context: Context) -> Outcome {
    let standard = context.standard(&[]).await?;
    let fifo = context.fifo(&[]).await?;
    for (source, dead) in [(&standard, &fifo), (&fifo, &standard)] {
        let policy = policy(&dead.arn().await?, "5");
        refuse(&context, source, Name::RedrivePolicy, &policy, INVALID).await?;
    }
    Ok(())
}

async fn a_removed_policy_moves_nothing(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "1").await?;
    source.set(Name::RedrivePolicy, "").await?;
    source.send("a").send().await?;
    for _ in 0..3 {
        let message = source.next_one().await?;
        source.release(&[message]).await?;
    }
    dead.stays_empty(0).await
}

async fn a_queue_may_refuse_every_source(context: Context) -> Outcome {
    let deny = r#"{"redrivePermission":"denyAll"}"#;
    let dead = context
        .standard(&[(Name::RedriveAllowPolicy, deny)])
        .await?;
    let source = context.standard(&[]).await?;
    let policy = policy(&dead.arn().await?, "5");
    refuse(&context, &source, Name::RedrivePolicy, &policy, INVALID).await?;
    let allow = r#"{"redrivePermission":"allowAll"}"#;
    dead.set(Name::RedriveAllowPolicy, allow).await?;
    source.set(Name::RedrivePolicy, &policy).await
}

async fn a_queue_may_name_its_sources(context: Context) -> Outcome {
    let dead = context.standard(&[]).await?;
    let named = context.standard(&[]).await?;
    let other = context.standard(&[]).await?;
    let allow = format!(
        r#"{{"redrivePermission":"byQueue","sourceQueueArns":["{}"]}}"#,
        named.arn().await?
    );
    dead.set(Name::RedriveAllowPolicy, &allow).await?;
    let policy = policy(&dead.arn().await?, "5");
    named.set(Name::RedrivePolicy, &policy).await?;
    refuse(&context, &other, Name::RedrivePolicy, &policy, INVALID).await
}

async fn allow_policies_that_are_none_are_refused(context: Context) -> Outcome {
    let dead = context.standard(&[]).await?;
    let arn = dead.arn().await?;
    let eleven = vec![format!("\"{arn}\""); 11].join(",");
    let policies = [
        "none".to_owned(),
        "{}".to_owned(),
        r#"{"redrivePermission":"perhaps"}"#.to_owned(),
        r#"{"redrivePermission":"byQueue"}"#.to_owned(),
        format!(r#"{{"redrivePermission":"allowAll","sourceQueueArns":["{arn}"]}}"#),
        format!(r#"{{"redrivePermission":"byQueue","sourceQueueArns":[{eleven}]}}"#),
    ];
    for policy in policies {
        refuse(&context, &dead, Name::RedriveAllowPolicy, &policy, INVALID).await?;
    }
    Ok(())
}

async fn the_sources_of_a_dead_letter_queue_are_listed(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "5").await?;
    let second = context.standard(&[]).await?;
    second
        .set(Name::RedrivePolicy, &policy(&dead.arn().await?, "5"))
        .await?;
    context.standard(&[]).await?;
    let request = context.client().list_dead_letter_source_queues();
    let answer = request.queue_url(&dead.url).send().await?;
    let urls = answer.queue_urls();
    let found: BTreeSet<_> = urls
        .iter()
        .map(|url| context.queue(String::new(), url).url)
        .collect();
    equal(
        "the sources",
        found,
        BTreeSet::from([source.url, second.url]),
    )
}

async fn the_sources_come_in_pages(context: Context) -> Outcome {
    let dead = context.standard(&[]).await?;
    let policy = policy(&dead.arn().await?, "5");
    for _ in 0..3 {
        context.standard(&[(Name::RedrivePolicy, &policy)]).await?;
    }
    let request = context.client().list_dead_letter_source_queues();
    let request = request.queue_url(&dead.url).max_results(2);
    let first = request.clone().send().await?;
    equal("the first page", first.queue_urls().len(), 2)?;
    ensure!(first.next_token().is_some(), "the first page has no token");
    let second = request.set_next_token(first.next_token).send().await?;
    equal("the second page", second.queue_urls().len(), 1)?;
    equal("the last token", second.next_token(), None)
}

/// Fails unless the attribute's value is refused.
async fn refuse(
    context: &Context,
    queue: &Queue,
    name: Name,
    value: &str,
    errors: &[&str],
) -> Outcome {
    let request = context.client().set_queue_attributes();
    let request = request.queue_url(&queue.url).attributes(name, value);
    refused(value, request.send().await, errors)
}
