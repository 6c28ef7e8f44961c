//! Messages that become visible later.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName::DelaySeconds;
use tokio::time::Instant;

use crate::case::cases;
use crate::case_error::{Outcome, ensure, equal, refused};
use crate::queue::bodies;
use crate::server::Context;

cases! {
    MESSAGE_TIMERS:
        a_delayed_message_comes_when_its_delay_ends,
        a_message_sets_its_own_delay_over_the_queues,
        a_fifo_queue_takes_no_delay_of_a_message;
    SEND_MESSAGE: delays_beyond_the_range_are_refused;
    DELAY_QUEUES:
        the_delay_of_the_queue_holds_for_every_message,
        the_delay_of_a_fifo_queue_holds_for_every_message,
        a_new_delay_leaves_the_messages_of_a_standard_queue,
        a_new_delay_holds_for_the_messages_of_a_fifo_queue;
}

/// A second, minus the rounding of clocks.
const NEARLY_A_SECOND: Duration = Duration::from_millis(900);

async fn a_delayed_message_comes_when_its_delay_ends(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let sent = Instant::now();
    queue.send("later").delay_seconds(1).send().await?;
    queue.send("now").send().await?;
    equal("the body", queue.next_one().await?.body(), Some("now"))?;
    equal("the body", queue.next_one().await?.body(), Some("later"))?;
    ensure!(
        sent.elapsed() > NEARLY_A_SECOND,
        "it came after {:?}",
        sent.elapsed()
    );
    Ok(())
}

async fn a_message_sets_its_own_delay_over_the_queues(context: Context) -> Outcome {
    let queue = context.standard(&[(DelaySeconds, "900")]).await?;
    queue.send("by the queue").send().await?;
    queue.send("at once").delay_seconds(0).send().await?;
    equal("the body", queue.next_one().await?.body(), Some("at once"))?;
    queue.stays_empty(1).await
}

async fn a_fifo_queue_takes_no_delay_of_a_message(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let answer = queue.send_to("g", "a").delay_seconds(1).send().await;
    refused("a delay", answer, &["InvalidParameterValue"])
}

async fn delays_beyond_the_range_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for delay in [-1, 901] {
        let answer = queue.send("a").delay_seconds(delay).send().await;
        refused(delay, answer, &["InvalidParameterValue"])?;
    }
    queue.send("a").delay_seconds(900).send().await?;
    queue.stays_empty(0).await
}

async fn the_delay_of_the_queue_holds_for_every_message(context: Context) -> Outcome {
    let queue = context.standard(&[(DelaySeconds, "1")]).await?;
    let sent = Instant::now();
    queue.send("a").send().await?;
    queue.next_one().await?;
    ensure!(
        sent.elapsed() > NEARLY_A_SECOND,
        "it came after {:?}",
        sent.elapsed()
    );
    Ok(())
}

async fn the_delay_of_a_fifo_queue_holds_for_every_message(context: Context) -> Outcome {
    let queue = context.fifo(&[(DelaySeconds, "1")]).await?;
    let sent = Instant::now();
    queue.send_all_to("g", &["a", "b"]).await?;
    // The second may be visible a little later than the first.
    equal("the order", bodies(&queue.take(2).await?), ["a", "b"])?;
    ensure!(
        sent.elapsed() > NEARLY_A_SECOND,
        "they came after {:?}",
        sent.elapsed()
    );
    Ok(())
}

async fn a_new_delay_leaves_the_messages_of_a_standard_queue(context: Context) -> Outcome {
    let queue = context.standard(&[(DelaySeconds, "900")]).await?;
    queue.send("old").send().await?;
    queue.set(DelaySeconds, "0").await?;
    queue.send("new").send().await?;
    equal("the body", queue.next_one().await?.body(), Some("new"))?;
    queue.stays_empty(1).await
}

async fn a_new_delay_holds_for_the_messages_of_a_fifo_queue(context: Context) -> Outcome {
    let queue = context.fifo(&[(DelaySeconds, "900")]).await?;
    queue.send_all_to("g", &["old"]).await?;
    queue.stays_empty(0).await?;
    queue.set(DelaySeconds, "0").await?;
    equal("the body", queue.next_one().await?.body(), Some("old"))
}
