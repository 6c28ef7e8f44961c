//! Message groups on standard queues: fair queues.

use aws_sdk_sqs::types::MessageSystemAttributeName;

use crate::case::cases;
use crate::case_error::{Outcome, equal, refused};
use crate::queue::{sorted_bodies, system_attribute};
use crate::server::Context;

cases! {
    FAIR_QUEUES:
        a_standard_queue_takes_a_group_and_tells_it,
        a_group_of_a_standard_queue_is_not_locked;
    SEND_MESSAGE:
        a_standard_queue_takes_no_deduplication_id,
        a_group_of_a_standard_queue_has_the_same_grammar;
}

async fn a_standard_queue_takes_a_group_and_tells_it(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").message_group_id("tenant-1").send().await?;
    let message = queue.next_one().await?;
    let name = MessageSystemAttributeName::MessageGroupId;
    equal(
        "the group",
        system_attribute(&message, name),
        Some("tenant-1"),
    )
}

async fn a_group_of_a_standard_queue_is_not_locked(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for body in ["a", "b"] {
        queue.send(body).message_group_id("tenant-1").send().await?;
    }
    let request = queue
        .receive()
        .max_number_of_messages(1)
        .wait_time_seconds(5);
    let mut messages = crate::queue::received(request).await?;
    messages.extend(queue.collect(1).await?);
    equal("the bodies", sorted_bodies(&messages), ["a", "b"])
}

async fn a_standard_queue_takes_no_deduplication_id(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let answer = queue.send("a").message_deduplication_id("id").send().await;
    refused("an id", answer, &["InvalidParameterValue"])
}

async fn a_group_of_a_standard_queue_has_the_same_grammar(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue
        .send("a")
        .message_group_id("x".repeat(128))
        .send()
        .await?;
    for group in ["x".repeat(129), "a b".to_owned(), "\u{e9}".to_owned()] {
        let answer = queue.send("a").message_group_id(&group).send().await;
        refused(&group, answer, &["InvalidParameterValue"])?;
    }
    Ok(())
}
