//! Receives from FIFO queues that are repeated by their attempt id.

use aws_sdk_sqs::types::{Message, QueueAttributeName};

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, ensure, equal, refused};
use crate::queue::{Queue, bodies, received};
use crate::server::Context;

cases! {
    RECEIVE_MESSAGE:
        the_same_attempt_gives_the_same_messages,
        another_attempt_gives_nothing_more,
        a_repeated_attempt_begins_the_timeout_anew,
        an_attempt_is_over_when_a_message_was_deleted,
        attempt_ids_outside_the_grammar_are_refused;
}

async fn attempt(queue: &Queue, id: &str) -> Result<Vec<Message>, CaseError> {
    received(queue.receive().receive_request_attempt_id(id)).await
}

async fn the_same_attempt_gives_the_same_messages(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a", "b"]).await?;
    let first = attempt(&queue, "id").await?;
    equal("the messages", bodies(&first), ["a", "b"])?;
    let again = attempt(&queue, "id").await?;
    equal("the messages", bodies(&again), ["a", "b"])?;
    for (first, again) in first.iter().zip(&again) {
        equal(
            "the receipt",
            again.receipt_handle(),
            first.receipt_handle(),
        )?;
    }
    queue.delete_all(&again).await
}

async fn another_attempt_gives_nothing_more(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a"]).await?;
    equal(
        "the messages",
        bodies(&attempt(&queue, "id-1").await?),
        ["a"],
    )?;
    equal("the count", attempt(&queue, "id-2").await?.len(), 0)?;
    queue.stays_empty(0).await
}

async fn a_repeated_attempt_begins_the_timeout_anew(context: Context) -> Outcome {
    let queue = context
        .fifo(&[(QueueAttributeName::VisibilityTimeout, "1")])
        .await?;
    queue.send_all_to("g", &["a"]).await?;
    let request = queue.receive().receive_request_attempt_id("id");
    let first = received(request.clone()).await?;
    let again = received(request.visibility_timeout(30)).await?;
    equal("the messages", bodies(&again), bodies(&first))?;
    queue.stays_empty(2).await
}

async fn an_attempt_is_over_when_a_message_was_deleted(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a", "b"]).await?;
    let first = attempt(&queue, "id").await?;
    equal("the messages", bodies(&first), ["a", "b"])?;
    queue.delete(&first[0]).send().await?;
    let again = attempt(&queue, "id").await?;
    ensure!(
        !bodies(&again).contains(&"a"),
        "a deleted message came again"
    );
    Ok(())
}

async fn attempt_ids_outside_the_grammar_are_refused(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    for id in ["x".repeat(129), "a b".to_owned(), "\u{e9}".to_owned()] {
        let request = queue.receive().receive_request_attempt_id(&id);
        refused(&id, request.send().await, &["InvalidParameterValue"])?;
    }
    let request = queue.receive().receive_request_attempt_id("x".repeat(128));
    received(request).await?;
    Ok(())
}
