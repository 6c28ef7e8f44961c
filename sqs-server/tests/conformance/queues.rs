//! Creating, finding, listing and deleting queues.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, QueueAttributeName};

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, ensure, equal, present, refused};
use crate::queue::eventually;
use crate::server::{Context, path_of};

cases! {
    QUEUE_IDENTIFIERS: the_url_names_the_account_and_the_queue;
    CREATE_QUEUE:
        creating_again_with_the_same_attributes_answers_the_same_url,
        creating_again_with_other_attributes_is_refused,
        names_of_eighty_characters_are_taken,
        names_outside_the_grammar_are_refused,
        a_fifo_queue_needs_the_suffix_and_the_suffix_a_fifo_queue,
        names_are_case_sensitive;
    GET_QUEUE_URL:
        the_url_is_found_by_name,
        an_unknown_name_has_no_url;
    LIST_QUEUES:
        queues_are_listed_by_prefix,
        lists_come_in_pages;
    DELETE_QUEUE:
        a_deleted_queue_is_gone,
        the_name_of_a_deleted_queue_must_rest;
    SEND_MESSAGE: sends_to_an_unknown_queue_are_refused;
    RECEIVE_MESSAGE: receives_from_an_unknown_queue_are_refused;
    GET_QUEUE_ATTRIBUTES: no_operation_knows_an_unknown_queue;
}

/// The error of every operation on a queue that does not exist.
const UNKNOWN: &[&str] = &["QueueDoesNotExist"];

async fn the_url_names_the_account_and_the_queue(context: Context) -> Outcome {
    let name = context.fresh_name();
    let answer = context.client().create_queue().queue_name(&name).send();
    let url = present("QueueUrl", answer.await?.queue_url)?;
    let path: Vec<&str> = path_of(&url).split('/').collect();
    let ["", account, queue] = path[..] else {
        return Err(CaseError::Unexpected(format!("the URL is {url}")));
    };
    ensure!(
        account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit()),
        "the account in {url} is not 12 digits"
    );
    equal("the queue in the URL", queue, name.as_str())
}

async fn creating_again_with_the_same_attributes_answers_the_same_url(context: Context) -> Outcome {
    let attributes = [
        (QueueAttributeName::VisibilityTimeout, "41"),
        (QueueAttributeName::DelaySeconds, "2"),
    ];
    let first = context.standard(&attributes).await?;
    let again = context.create(first.name.clone(), &attributes).await?;
    equal("the URL", again.url, first.url)
}

async fn creating_again_with_other_attributes_is_refused(context: Context) -> Outcome {
    let attributes = [(QueueAttributeName::VisibilityTimeout, "41")];
    let queue = context.standard(&attributes).await?;
    let request = context.client().create_queue().queue_name(&queue.name);
    let answer = request
        .attributes(QueueAttributeName::VisibilityTimeout, "42")
        .send()
        .await;
    if let Err(error) = &answer {
        ensure!(
            error
                .as_service_error()
                .is_some_and(|error| error.is_queue_name_exists()),
            "the SDK does not know the error: {error:?}"
        );
    }
    refused("another timeout", answer, &["QueueNameExists"])
}

async fn names_of_eighty_characters_are_taken(context: Context) -> Outcome {
    let name = format!("{:A<79}_", context.fresh_name());
    context.create(name, &[]).await?;
    let name = format!("{:a<75}.fifo", context.fresh_name());
    context
        .create(name, &[(QueueAttributeName::FifoQueue, "true")])
        .await?;
    Ok(())
}

async fn names_outside_the_grammar_are_refused(context: Context) -> Outcome {
    let fresh = context.fresh_name();
    let names = [
        format!("{fresh:a<81}"),
        format!("{fresh} "),
        format!("{fresh}.x"),
        format!("{fresh}/x"),
        format!("{fresh}\u{e9}"),
    ];
    for name in names {
        let answer = context.client().create_queue().queue_name(&name).send();
        refused(&name, answer.await, &["InvalidParameterValue"])?;
    }
    Ok(())
}

async fn a_fifo_queue_needs_the_suffix_and_the_suffix_a_fifo_queue(context: Context) -> Outcome {
    let name = context.fresh_name();
    let request = context.client().create_queue().queue_name(&name);
    let answer = request
        .attributes(QueueAttributeName::FifoQueue, "true")
        .send();
    refused("no suffix", answer.await, &["InvalidAttributeName"])?;
    let request = context.client().create_queue();
    let answer = request.queue_name(format!("{name}.fifo")).send();
    refused("no attribute", answer.await, &["InvalidParameterValue"])
}

async fn names_are_case_sensitive(context: Context) -> Outcome {
    let name = context.fresh_name();
    let small = context.create(format!("{name}-a"), &[]).await?;
    let large = context.create(format!("{name}-A"), &[]).await?;
    ensure!(small.url != large.url, "both have the URL {}", small.url);
    small.send("small").send().await?;
    large.stays_empty(1).await
}

async fn the_url_is_found_by_name(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().get_queue_url().queue_name(&queue.name);
    let url = present("QueueUrl", request.send().await?.queue_url)?;
    equal("the URL", context.queue(queue.name, &url).url, queue.url)
}

async fn an_unknown_name_has_no_url(context: Context) -> Outcome {
    let request = context.client().get_queue_url();
    let answer = request.queue_name(context.fresh_name()).send().await;
    refused("an unknown name", answer, UNKNOWN)
}

async fn queues_are_listed_by_prefix(context: Context) -> Outcome {
    let prefix = context.fresh_name();
    for suffix in ["a-1", "a-2", "A-3", "b-4"] {
        context.create(format!("{prefix}-{suffix}"), &[]).await?;
    }
    let wanted = format!("{prefix}-a");
    let request = context.client().list_queues().queue_name_prefix(&wanted);
    let urls = request.send().await?.queue_urls.unwrap_or_default();
    let names: BTreeSet<_> = urls
        .iter()
        .filter_map(|url| url.rsplit('/').next())
        .collect();
    let expected = ["-1", "-2"].map(|end| format!("{wanted}{end}"));
    equal("the count", urls.len(), 2)?;
    equal(
        "the names",
        names,
        expected.iter().map(String::as_str).collect(),
    )
}

async fn lists_come_in_pages(context: Context) -> Outcome {
    let prefix = context.fresh_name();
    let mut expected = BTreeSet::new();
    for number in 0..5 {
        let queue = context.create(format!("{prefix}-{number}"), &[]).await?;
        expected.insert(queue.url);
    }
    let mut found = BTreeSet::new();
    let mut sizes = Vec::new();
    let mut token = None;
    loop {
        let request = context.client().list_queues().queue_name_prefix(&prefix);
        let request = request.max_results(2).set_next_token(token);
        let page = request.send().await?;
        let urls = page.queue_urls.unwrap_or_default();
        sizes.push(urls.len());
        found.extend(urls.iter().map(|url| context.queue(String::new(), url).url));
        token = page.next_token;
        if token.is_none() || sizes.len() > 5 {
            break;
        }
    }
    equal("the sizes of the pages", sizes, [2, 2, 1])?;
    equal("the queues", found, expected)
}

async fn a_deleted_queue_is_gone(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("lost").send().await?;
    context
        .client()
        .delete_queue()
        .queue_url(&queue.url)
        .send()
        .await?;
    eventually("the end of the queue", || async {
        Ok(queue.send("late").send().await.err())
    })
    .await?;
    refused("a send", queue.send("late").send().await, UNKNOWN)?;
    let request = context.client().get_queue_url().queue_name(&queue.name);
    refused("its URL", request.send().await, UNKNOWN)?;
    let request = context.client().list_queues();
    let answer = request.queue_name_prefix(&queue.name).send().await?;
    equal("the list", answer.queue_urls.unwrap_or_default().len(), 0)
}

async fn the_name_of_a_deleted_queue_must_rest(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    context
        .client()
        .delete_queue()
        .queue_url(&queue.url)
        .send()
        .await?;
    let request = context.client().create_queue().queue_name(&queue.name);
    refused("the name", request.send().await, &["QueueDeletedRecently"])
}

/// The URL of a queue that was never created.
fn unknown_url(context: &Context, url: &str) -> String {
    let end = url.rfind('/').unwrap_or_default();
    format!("{}/{}", &url[..end], context.fresh_name())
}

async fn sends_to_an_unknown_queue_are_refused(context: Context) -> Outcome {
    let url = unknown_url(&context, &context.standard(&[]).await?.url);
    let request = context.client().send_message().queue_url(url);
    let answer = request.message_body("lost").send().await;
    if let Err(error) = &answer {
        ensure!(
            error
                .as_service_error()
                .is_some_and(|error| error.is_queue_does_not_exist()),
            "the SDK does not know the error: {error:?}"
        );
    }
    refused("a send", answer, UNKNOWN)
}

async fn receives_from_an_unknown_queue_are_refused(context: Context) -> Outcome {
    let url = unknown_url(&context, &context.standard(&[]).await?.url);
    let request = context.client().receive_message().queue_url(url);
    refused(
        "a receive",
        request.wait_time_seconds(5).send().await,
        UNKNOWN,
    )
}

async fn no_operation_knows_an_unknown_queue(context: Context) -> Outcome {
    let url = unknown_url(&context, &context.standard(&[]).await?.url);
    let client = context.client();
    let request = client.get_queue_attributes().queue_url(&url);
    let answer = request.attribute_names(QueueAttributeName::All).send();
    refused("GetQueueAttributes", answer.await, UNKNOWN)?;
    let request = client.set_queue_attributes().queue_url(&url);
    let answer = request.attributes(QueueAttributeName::DelaySeconds, "1");
    refused("SetQueueAttributes", answer.send().await, UNKNOWN)?;
    let answer = client.purge_queue().queue_url(&url).send();
    refused("PurgeQueue", answer.await, UNKNOWN)?;
    let answer = client.delete_queue().queue_url(&url).send();
    refused("DeleteQueue", answer.await, UNKNOWN)?;
    let answer = client.list_queue_tags().queue_url(&url).send();
    refused("ListQueueTags", answer.await, UNKNOWN)?;
    let answer = client.tag_queue().queue_url(&url).tags("a", "b").send();
    refused("TagQueue", answer.await, UNKNOWN)?;
    let answer = client
        .list_dead_letter_source_queues()
        .queue_url(&url)
        .send();
    refused("ListDeadLetterSourceQueues", answer.await, UNKNOWN)?;
    let entry = DeleteMessageBatchRequestEntry::builder()
        .id("a")
        .receipt_handle("a");
    let request = client.delete_message_batch().queue_url(&url);
    let answer = request.entries(entry.build()?).send().await;
    refused("DeleteMessageBatch", answer, UNKNOWN)
}
