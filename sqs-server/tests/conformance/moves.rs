//! Tasks that move dead letters back to their source, or elsewhere.

use aws_sdk_sqs::types::{
    ListMessageMoveTasksResultEntry as Task, MessageSystemAttributeName, QueueAttributeName as Name,
};

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, ensure, equal, present, refused};
use crate::queue::{Queue, bodies, eventually, sorted_bodies, system_attribute};
use crate::redrive::{fail_all, policy, with_dead_letters};
use crate::server::Context;

cases! {
    START_MESSAGE_MOVE_TASK:
        dead_letters_move_back_to_their_source,
        dead_letters_move_to_another_queue,
        fifo_dead_letters_move_back_in_order,
        only_dead_letter_queues_are_moved_from,
        an_unknown_source_is_refused,
        one_task_runs_at_a_time;
    CANCEL_MESSAGE_MOVE_TASK:
        a_running_task_is_cancelled,
        an_unknown_task_is_refused;
    LIST_MESSAGE_MOVE_TASKS: tasks_are_listed_the_latest_first;
}

/// Sends the messages and makes dead letters of them.
async fn kill(source: &Queue, bodies: &[&str]) -> Outcome {
    for body in bodies {
        source.send(*body).send().await?;
    }
    fail_all(source).await?;
    Ok(())
}

/// The tasks of a dead-letter queue, the latest first.
async fn tasks(context: &Context, dead: &Queue) -> Result<Vec<Task>, CaseError> {
    let request = context.client().list_message_move_tasks();
    let request = request.source_arn(dead.arn().await?).max_results(10);
    Ok(request.send().await?.results.unwrap_or_default())
}

/// Waits until the latest task has a status.
async fn until(context: &Context, dead: &Queue, status: &str) -> Result<Task, CaseError> {
    eventually(status, || async {
        let latest = tasks(context, dead).await?.into_iter().next();
        Ok(latest.filter(|task| task.status() == Some(status)))
    })
    .await
}

async fn dead_letters_move_back_to_their_source(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "1").await?;
    kill(&source, &["a", "b", "c"]).await?;
    let request = context.client().start_message_move_task();
    let answer = request.source_arn(dead.arn().await?).send().await?;
    present("TaskHandle", answer.task_handle)?;
    let messages = source.collect(3).await?;
    equal("the messages", sorted_bodies(&messages), ["a", "b", "c"])?;
    let task = until(&context, &dead, "COMPLETED").await?;
    equal("the moved", task.approximate_number_of_messages_moved(), 3)?;
    equal("the reason of failure", task.failure_reason(), None)?;
    dead.stays_empty(0).await
}

async fn dead_letters_move_to_another_queue(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "1").await?;
    let other = context.standard(&[]).await?;
    kill(&source, &["a"]).await?;
    let request = context.client().start_message_move_task();
    let request = request.source_arn(dead.arn().await?);
    let arn = other.arn().await?;
    request.destination_arn(&arn).send().await?;
    equal("the body", other.next_one().await?.body(), Some("a"))?;
    let task = until(&context, &dead, "COMPLETED").await?;
    equal(
        "the destination",
        task.destination_arn(),
        Some(arn.as_str()),
    )?;
    source.stays_empty(0).await
}

async fn fifo_dead_letters_move_back_in_order(context: Context) -> Outcome {
    let dead = context.fifo(&[]).await?;
    let policy = policy(&dead.arn().await?, "1");
    let source = context.fifo(&[(Name::RedrivePolicy, &policy)]).await?;
    source.send_all_to("g", &["a", "b", "c"]).await?;
    fail_all(&source).await?;
    let request = context.client().start_message_move_task();
    request.source_arn(dead.arn().await?).send().await?;
    until(&context, &dead, "COMPLETED").await?;
    let messages = source.take(3).await?;
    equal("the order", bodies(&messages), ["a", "b", "c"])?;
    let group = MessageSystemAttributeName::MessageGroupId;
    equal(
        "the group",
        system_attribute(&messages[0], group),
        Some("g"),
    )
}

async fn only_dead_letter_queues_are_moved_from(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().start_message_move_task();
    let answer = request.source_arn(queue.arn().await?).send().await;
    // The page says that only dead-letter queues are sources, without naming the error.
    refused(
        "no dead-letter queue",
        answer,
        &["InvalidParameterValue", "UnsupportedOperation"],
    )
}

async fn an_unknown_source_is_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let arn = queue
        .arn()
        .await?
        .replace(&queue.name, &context.fresh_name());
    let request = context.client().start_message_move_task();
    let answer = request.source_arn(&arn).send().await;
    refused("an unknown queue", answer, &["ResourceNotFoundException"])?;
    let request = context.client().list_message_move_tasks();
    let answer = request.source_arn(&arn).send().await;
    refused("an unknown queue", answer, &["ResourceNotFoundException"])
}

/// Starts a task that takes a second for each message.
async fn start_slowly(context: &Context, dead: &Queue) -> Result<String, CaseError> {
    let request = context.client().start_message_move_task();
    let request = request.source_arn(dead.arn().await?);
    let answer = request.max_number_of_messages_per_second(1).send().await?;
    present("TaskHandle", answer.task_handle)
}

async fn one_task_runs_at_a_time(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "1").await?;
    kill(&source, &["a", "b", "c", "d", "e"]).await?;
    start_slowly(&context, &dead).await?;
    let request = context.client().start_message_move_task();
    let answer = request.source_arn(dead.arn().await?).send().await;
    // The page allows one task for a queue, without naming the error.
    refused(
        "a second task",
        answer,
        &["InvalidParameterValue", "UnsupportedOperation"],
    )
}

async fn a_running_task_is_cancelled(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "1").await?;
    kill(&source, &["a", "b", "c", "d", "e"]).await?;
    let handle = start_slowly(&context, &dead).await?;
    let request = context.client().cancel_message_move_task();
    let answer = request.task_handle(handle).send().await?;
    ensure!(
        answer.approximate_number_of_messages_moved() < 5,
        "every message was moved at once, whatever the rate"
    );
    let task = until(&context, &dead, "CANCELLED").await?;
    let moved = usize::try_from(task.approximate_number_of_messages_moved()).unwrap_or(0);
    ensure!(
        moved < 5,
        "{moved} messages were moved although it was cancelled"
    );
    dead.collect(5 - moved).await?;
    Ok(())
}

async fn an_unknown_task_is_refused(context: Context) -> Outcome {
    let request = context.client().cancel_message_move_task();
    let answer = request.task_handle("none").send().await;
    // The page names ResourceNotFoundException for a task that does not exist, and no error for an
    // invalid handle.
    let errors = &["ResourceNotFoundException", "InvalidParameterValue"];
    refused("an unknown task", answer, errors)
}

async fn tasks_are_listed_the_latest_first(context: Context) -> Outcome {
    let (source, dead) = with_dead_letters(&context, "1").await?;
    equal("the tasks", tasks(&context, &dead).await?.len(), 0)?;
    for count in 1..=2 {
        kill(&source, &["a"]).await?;
        let request = context.client().start_message_move_task();
        request.source_arn(dead.arn().await?).send().await?;
        source.collect(1).await?;
        until(&context, &dead, "COMPLETED").await?;
        equal("the tasks", tasks(&context, &dead).await?.len(), count)?;
    }
    let listed = tasks(&context, &dead).await?;
    ensure!(
        listed[0].started_timestamp() >= listed[1].started_timestamp(),
        "the latest is not the first"
    );
    let request = context.client().list_message_move_tasks();
    let answer = request.source_arn(dead.arn().await?).send().await?;
    equal("the tasks by default", answer.results().len(), 1)
}
