//! Emptying queues.

use crate::case::cases;
use crate::case_error::{Outcome, ensure, equal, refused};
use crate::queue::eventually;
use crate::server::Context;
use aws_sdk_sqs::types::QueueAttributeName as Name;

cases! {
    PURGE_QUEUE:
        a_purge_deletes_messages_in_every_state,
        a_second_purge_within_a_minute_is_refused,
        a_purge_leaves_the_queue_in_use,
        a_purged_fifo_queue_has_no_locked_group;
}

async fn a_purge_deletes_messages_in_every_state(context: Context) -> Outcome {
    let queue = context.standard(&[(Name::VisibilityTimeout, "1")]).await?;
    queue.send("in flight").send().await?;
    queue.next_one().await?;
    queue.send("visible").send().await?;
    queue.send("delayed").delay_seconds(1).send().await?;
    context
        .client()
        .purge_queue()
        .queue_url(&queue.url)
        .send()
        .await?;
    eventually("an empty queue", || async {
        let counts = [
            queue.attribute(Name::ApproximateNumberOfMessages).await?,
            queue
                .attribute(Name::ApproximateNumberOfMessagesNotVisible)
                .await?,
            queue
                .attribute(Name::ApproximateNumberOfMessagesDelayed)
                .await?,
        ];
        Ok((counts == ["0", "0", "0"]).then_some(()))
    })
    .await?;
    queue.stays_empty(2).await
}

async fn a_second_purge_within_a_minute_is_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let purge = || context.client().purge_queue().queue_url(&queue.url).send();
    purge().await?;
    let answer = purge().await;
    if let Err(error) = &answer {
        ensure!(
            error
                .as_service_error()
                .is_some_and(|error| error.is_purge_queue_in_progress()),
            "the SDK does not know the error: {error:?}"
        );
    }
    refused("a second purge", answer, &["PurgeQueueInProgress"])?;
    let other = context.standard(&[]).await?;
    context
        .client()
        .purge_queue()
        .queue_url(&other.url)
        .send()
        .await?;
    Ok(())
}

async fn a_purge_leaves_the_queue_in_use(context: Context) -> Outcome {
    let queue = context.standard(&[(Name::DelaySeconds, "0")]).await?;
    let other = context.standard(&[]).await?;
    other.send("other").send().await?;
    context
        .client()
        .purge_queue()
        .queue_url(&queue.url)
        .send()
        .await?;
    equal("the body", other.next_one().await?.body(), Some("other"))?;
    // A purge may also delete messages that are sent within its minute. The queue accepts them.
    queue.send("later").send().await?;
    Ok(())
}

async fn a_purged_fifo_queue_has_no_locked_group(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a", "b"]).await?;
    let request = queue
        .receive()
        .max_number_of_messages(1)
        .wait_time_seconds(5);
    equal("the count", crate::queue::received(request).await?.len(), 1)?;
    context
        .client()
        .purge_queue()
        .queue_url(&queue.url)
        .send()
        .await?;
    eventually("a message after the purge", || async {
        queue.send_all_to("g", &["c"]).await?;
        let messages = crate::queue::received(queue.receive()).await?;
        Ok(messages
            .iter()
            .any(|message| message.body() == Some("c"))
            .then_some(()))
    })
    .await
}
