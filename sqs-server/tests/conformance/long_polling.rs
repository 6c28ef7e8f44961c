//! Receives that wait for messages.

use std::time::Duration;

use aws_sdk_sqs::operation::receive_message::builders::ReceiveMessageFluentBuilder;
use aws_sdk_sqs::types::Message;
use aws_sdk_sqs::types::QueueAttributeName::{
    ApproximateNumberOfMessages, ReceiveMessageWaitTimeSeconds, VisibilityTimeout,
};
use tokio::time::{Instant, timeout};

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, ensure, equal, refused};
use crate::queue::{Queue, bodies, one, received};
use crate::server::Context;

cases! {
    LONG_POLLING:
        a_receive_waits_until_its_time_ends,
        a_short_poll_does_not_wait,
        a_message_ends_the_wait,
        a_timeout_that_ends_ends_the_wait,
        a_delay_that_ends_ends_the_wait,
        a_released_message_ends_the_wait,
        two_waiting_receives_share_the_messages,
        a_vanished_receiver_loses_nothing;
    RECEIVE_MESSAGE:
        a_group_that_is_free_again_ends_the_wait,
        waits_beyond_the_range_are_refused;
    SET_QUEUE_ATTRIBUTES:
        the_wait_of_the_queue_holds_by_default,
        a_receive_sets_its_own_wait;
}

/// Longer than a case takes, so that a receive that is not woken fails it.
const LONG: i32 = 20;

/// The time within which an event counts as ending a wait "at once", on a machine that is busy with
/// other cases.
const AT_ONCE: Duration = Duration::from_millis(2500);

/// Lets a request that has just begun reach the server: by then, these other requests are answered.
async fn let_others_go_first(queue: &Queue) -> Outcome {
    for _ in 0..5 {
        queue.attribute(ApproximateNumberOfMessages).await?;
    }
    Ok(())
}

/// Begins the receive, lets the event happen while it waits, and fails unless a message then comes
/// at once.
async fn woken(
    queue: &Queue,
    request: ReceiveMessageFluentBuilder,
    event: impl Future<Output = Outcome>,
) -> Result<Message, CaseError> {
    let receive = async {
        let messages = received(request).await?;
        Ok((one(messages)?, Instant::now()))
    };
    let happen = async {
        let_others_go_first(queue).await?;
        let began = Instant::now();
        event.await?;
        Ok::<_, CaseError>(began)
    };
    let ((message, came), began) = tokio::try_join!(receive, happen)?;
    let took = came.saturating_duration_since(began);
    ensure!(took < AT_ONCE, "it came {took:?} after the event");
    Ok(message)
}

async fn a_receive_waits_until_its_time_ends(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let began = Instant::now();
    queue.stays_empty(1).await?;
    let took = began.elapsed();
    ensure!(
        took > Duration::from_millis(900),
        "it has waited {took:?} only"
    );
    ensure!(
        took < AT_ONCE + Duration::from_secs(1),
        "it has waited {took:?}"
    );
    Ok(())
}

async fn a_short_poll_does_not_wait(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let began = Instant::now();
    queue.stays_empty(0).await?;
    ensure!(
        began.elapsed() < AT_ONCE,
        "it has waited {:?}",
        began.elapsed()
    );
    Ok(())
}

async fn a_message_ends_the_wait(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = queue.receive().wait_time_seconds(LONG);
    let message = woken(&queue, request, async {
        queue.send("a").send().await?;
        Ok(())
    });
    equal("the body", message.await?.body(), Some("a"))
}

async fn a_timeout_that_ends_ends_the_wait(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    received(queue.receive().visibility_timeout(1)).await?;
    let request = queue.receive().wait_time_seconds(LONG);
    // The timeout ends a second after the receive, which makes no difference here.
    woken(&queue, request, async { Ok(()) }).await?;
    Ok(())
}

async fn a_delay_that_ends_ends_the_wait(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = queue.receive().wait_time_seconds(LONG);
    let message = woken(&queue, request, async {
        queue.send("a").delay_seconds(1).send().await?;
        Ok(())
    });
    equal("the body", message.await?.body(), Some("a"))
}

async fn a_released_message_ends_the_wait(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("a").send().await?;
    let message = queue.next_one().await?;
    let request = queue.receive().wait_time_seconds(LONG);
    woken(&queue, request, queue.release(&[message])).await?;
    Ok(())
}

async fn a_group_that_is_free_again_ends_the_wait(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a", "b"]).await?;
    let first = one(received(queue.receive().max_number_of_messages(1)).await?)?;
    let request = queue.receive().wait_time_seconds(LONG);
    let message = woken(&queue, request, async {
        queue.delete(&first).send().await?;
        Ok(())
    });
    equal("the body", message.await?.body(), Some("b"))
}

async fn two_waiting_receives_share_the_messages(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let receive = || async {
        let request = queue.receive().max_number_of_messages(1);
        one(received(request.wait_time_seconds(LONG)).await?)
    };
    let send = async {
        let_others_go_first(&queue).await?;
        queue.send("a").send().await?;
        queue.send("b").send().await?;
        Ok::<_, CaseError>(())
    };
    let (first, second, ()) = tokio::try_join!(receive(), receive(), send)?;
    let mut messages = [first, second];
    messages.sort_by(|one, other| one.body.cmp(&other.body));
    equal("the bodies", bodies(&messages), ["a", "b"])
}

async fn a_vanished_receiver_loses_nothing(context: Context) -> Outcome {
    let queue = context.standard(&[(VisibilityTimeout, "1")]).await?;
    for body in ["a", "b", "c"] {
        // The timeout plays an impatient client: dropping the request closes its connection.
        let impatient = queue.receive().wait_time_seconds(LONG).send();
        let gave_up = timeout(Duration::from_millis(200), impatient).await;
        ensure!(gave_up.is_err(), "a receive from an empty queue has ended");
        queue.send(body).send().await?;
        // At worst, the message was delivered to nobody, and is visible again when its timeout
        // ends.
        let message = queue.next_one().await?;
        equal("the body", message.body(), Some(body))?;
        queue.delete(&message).send().await?;
    }
    Ok(())
}

async fn waits_beyond_the_range_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for wait in [-1, 21] {
        let answer = queue.receive().wait_time_seconds(wait).send().await;
        refused(wait, answer, &["InvalidParameterValue"])?;
    }
    Ok(())
}

async fn the_wait_of_the_queue_holds_by_default(context: Context) -> Outcome {
    let queue = context
        .standard(&[(ReceiveMessageWaitTimeSeconds, "1")])
        .await?;
    let began = Instant::now();
    let request = queue.receive().set_wait_time_seconds(None);
    equal("the count", received(request.clone()).await?.len(), 0)?;
    let took = began.elapsed();
    ensure!(
        took > Duration::from_millis(900),
        "it has waited {took:?} only"
    );
    queue
        .set(ReceiveMessageWaitTimeSeconds, &LONG.to_string())
        .await?;
    woken(&queue, request, async {
        queue.send("a").send().await?;
        Ok(())
    })
    .await?;
    Ok(())
}

async fn a_receive_sets_its_own_wait(context: Context) -> Outcome {
    let wait = LONG.to_string();
    let queue = context
        .standard(&[(ReceiveMessageWaitTimeSeconds, &wait)])
        .await?;
    let began = Instant::now();
    queue.stays_empty(0).await?;
    ensure!(
        began.elapsed() < AT_ONCE,
        "it has waited {:?}",
        began.elapsed()
    );
    Ok(())
}
