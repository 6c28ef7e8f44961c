//! The time in which a received message is hidden from others.

use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName::VisibilityTimeout;
use tokio::time::Instant;

use crate::case::cases;
use crate::case_error::{Outcome, ensure, equal, refused};
use crate::queue::{one, received};
use crate::server::Context;

cases! {
    VISIBILITY_TIMEOUT:
        a_received_message_is_hidden_until_its_timeout_ends,
        the_timeout_of_the_queue_holds_by_default,
        a_new_timeout_of_the_queue_holds_for_later_receives;
    RECEIVE_MESSAGE:
        a_receive_sets_its_own_timeout,
        timeouts_of_receives_beyond_the_range_are_refused,
        an_expired_receipt_deletes_nothing_of_a_fifo_queue;
    CHANGE_MESSAGE_VISIBILITY:
        a_timeout_of_zero_shows_the_message_at_once,
        a_timeout_is_extended,
        a_timeout_is_shortened,
        timeouts_beyond_the_range_are_refused,
        a_visible_message_has_no_timeout,
        a_deleted_message_has_no_timeout;
    DELETE_MESSAGE:
        a_message_is_deleted_after_its_timeout_too,
        an_older_receipt_is_accepted;
}

async fn a_received_message_is_hidden_until_its_timeout_ends(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let asked = Instant::now();
    let request = queue.receive().visibility_timeout(2).wait_time_seconds(5);
    one(received(request).await?)?;
    queue.stays_empty(1).await?;
    let message = queue.next_one().await?;
    equal("the body", message.body(), Some("a"))?;
    let took = asked.elapsed();
    ensure!(
        took > Duration::from_millis(1900),
        "it came back after {took:?}"
    );
    Ok(())
}

async fn the_timeout_of_the_queue_holds_by_default(context: Context) -> Outcome {
    let queue = context.standard(&[(VisibilityTimeout, "1")]).await?;
    queue.send("a").send().await?;
    queue.next_one().await?;
    queue.stays_empty(0).await?;
    queue.next_one().await?;
    Ok(())
}

async fn a_new_timeout_of_the_queue_holds_for_later_receives(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    queue.send("b").send().await?;
    let hidden = one(received(queue.receive().max_number_of_messages(1)).await?)?;
    queue.set(VisibilityTimeout, "0").await?;
    let shown = queue.next_one().await?;
    let again = queue.next_one().await?;
    equal("the message", again.message_id(), shown.message_id())?;
    ensure!(
        again.message_id() != hidden.message_id(),
        "an earlier receive is not hidden any more"
    );
    Ok(())
}

async fn a_receive_sets_its_own_timeout(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let request = queue.receive().visibility_timeout(0).wait_time_seconds(5);
    one(received(request).await?)?;
    queue.next_one().await?;
    queue.stays_empty(1).await
}

async fn timeouts_of_receives_beyond_the_range_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for timeout in [-1, 43_201] {
        let answer = queue.receive().visibility_timeout(timeout).send().await;
        refused(timeout, answer, &["InvalidParameterValue"])?;
    }
    received(queue.receive().visibility_timeout(43_200)).await?;
    Ok(())
}

async fn an_expired_receipt_deletes_nothing_of_a_fifo_queue(context: Context) -> Outcome {
    let queue = context.fifo(&[(VisibilityTimeout, "1")]).await?;
    queue.send_all_to("g", &["a"]).await?;
    let first = queue.next_one().await?;
    let second = queue.next_one().await?;
    equal("the message", second.message_id(), first.message_id())?;
    // The page says that the deletion fails, but does not name the error.
    let errors = &["InvalidParameterValue", "ReceiptHandleIsInvalid"];
    refused("the receipt", queue.delete(&first).send().await, errors)?;
    let third = queue.next_one().await?;
    equal("the message", third.message_id(), first.message_id())?;
    queue.delete(&third).send().await?;
    queue.stays_empty(2).await
}

async fn a_timeout_of_zero_shows_the_message_at_once(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    queue.stays_empty(0).await?;
    queue.release(&[message]).await?;
    queue.next_one().await?;
    Ok(())
}

async fn a_timeout_is_extended(context: Context) -> Outcome {
    let queue = context.standard(&[(VisibilityTimeout, "1")]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    queue.hide(&message, 30).send().await?;
    queue.stays_empty(2).await?;
    queue.delete(&message).send().await?;
    Ok(())
}

async fn a_timeout_is_shortened(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    queue.hide(&message, 1).send().await?;
    queue.stays_empty(0).await?;
    queue.next_one().await?;
    Ok(())
}

async fn timeouts_beyond_the_range_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    for timeout in [-1, 43_201] {
        let answer = queue.hide(&message, timeout).send().await;
        refused(timeout, answer, &["InvalidParameterValue"])?;
    }
    Ok(())
}

async fn a_visible_message_has_no_timeout(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    queue.hide(&message, 0).send().await?;
    let answer = queue.hide(&message, 30).send().await;
    if let Err(error) = &answer {
        ensure!(
            error
                .as_service_error()
                .is_some_and(|error| error.is_message_not_inflight()),
            "the SDK does not know the error: {error:?}"
        );
    }
    refused("a visible message", answer, &["MessageNotInflight"])
}

async fn a_deleted_message_has_no_timeout(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    queue.delete(&message).send().await?;
    let answer = queue.hide(&message, 30).send().await;
    // The page does not tell a deleted message from one that is not in flight.
    let errors = &["InvalidParameterValue", "MessageNotInflight"];
    refused("a deleted message", answer, errors)
}

async fn a_message_is_deleted_after_its_timeout_too(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    queue.hide(&message, 0).send().await?;
    queue.delete(&message).send().await?;
    queue.stays_empty(1).await
}

async fn an_older_receipt_is_accepted(context: Context) -> Outcome {
    let queue = context.standard(&[(VisibilityTimeout, "0")]).await?;
    queue.send("a").send().await?;
    let older = queue.next_one().await?;
    let newer = queue.next_one().await?;
    queue.delete(&older).send().await?;
    queue.delete(&newer).send().await?;
    queue.stays_empty(1).await
}
