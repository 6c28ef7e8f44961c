//! The tags of queues.

use std::collections::HashMap;

use aws_sdk_sqs::types::QueueAttributeName;

use crate::case::cases;
use crate::case_error::{Outcome, equal, present};
use crate::queue::Queue;
use crate::server::Context;

cases! {
    TAG_QUEUE:
        tags_are_added_and_listed,
        a_tag_with_a_known_key_replaces_it;
    UNTAG_QUEUE: tags_are_removed_by_key;
    CREATE_QUEUE: a_queue_is_created_with_tags;
    LIST_QUEUE_TAGS: a_new_queue_has_no_tags;
    ADD_PERMISSION: permissions_are_added_and_removed;
}

async fn tags_are_added_and_listed(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    tag(&context, &queue, &[("team", "meters"), ("empty", "")]).await?;
    tag(&context, &queue, &[("Team", "gateways \u{e9}")]).await?;
    let expected = [
        ("team", "meters"),
        ("empty", ""),
        ("Team", "gateways \u{e9}"),
    ];
    equal("the tags", tags(&context, &queue).await?, map(&expected))
}

async fn a_tag_with_a_known_key_replaces_it(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    tag(&context, &queue, &[("a", "1"), ("b", "2")]).await?;
    tag(&context, &queue, &[("a", "3")]).await?;
    equal(
        "the tags",
        tags(&context, &queue).await?,
        map(&[("a", "3"), ("b", "2")]),
    )
}

async fn tags_are_removed_by_key(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    tag(&context, &queue, &[("a", "1"), ("b", "2"), ("c", "3")]).await?;
    let request = context.client().untag_queue().queue_url(&queue.url);
    request
        .tag_keys("a")
        .tag_keys("c")
        .tag_keys("unknown")
        .send()
        .await?;
    equal(
        "the tags",
        tags(&context, &queue).await?,
        map(&[("b", "2")]),
    )
}

async fn a_queue_is_created_with_tags(context: Context) -> Outcome {
    let name = context.fresh_name();
    let request = context.client().create_queue().queue_name(&name);
    let answer = request.tags("a", "1").tags("b", "2").send().await?;
    let queue = context.queue(name, &present("QueueUrl", answer.queue_url)?);
    equal(
        "the tags",
        tags(&context, &queue).await?,
        map(&[("a", "1"), ("b", "2")]),
    )
}

async fn a_new_queue_has_no_tags(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    equal("the tags", tags(&context, &queue).await?, HashMap::new())
}

async fn permissions_are_added_and_removed(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().add_permission().queue_url(&queue.url);
    let request = request.label("senders").aws_account_ids("123456789012");
    request.actions("SendMessage").send().await?;
    let request = context.client().remove_permission().queue_url(&queue.url);
    request.label("senders").send().await?;
    queue.set(QueueAttributeName::Policy, "").await
}

async fn tag(context: &Context, queue: &Queue, tags: &[(&str, &str)]) -> Outcome {
    let request = context.client().tag_queue().queue_url(&queue.url);
    request.set_tags(Some(map(tags))).send().await?;
    Ok(())
}

async fn tags(
    context: &Context,
    queue: &Queue,
) -> Result<HashMap<String, String>, crate::case_error::CaseError> {
    let request = context.client().list_queue_tags().queue_url(&queue.url);
    Ok(request.send().await?.tags.unwrap_or_default())
}

fn map(tags: &[(&str, &str)]) -> HashMap<String, String> {
    let owned = |(key, value): &(&str, &str)| ((*key).to_owned(), (*value).to_owned());
    tags.iter().map(owned).collect()
}
