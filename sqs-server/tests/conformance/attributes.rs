//! The attributes of queues.

use std::time::{SystemTime, UNIX_EPOCH};

use aws_sdk_sqs::types::QueueAttributeName as Name;

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, ensure, equal, refused};
use crate::queue::{Queue, eventually};
use crate::server::{Context, REGION};

cases! {
    CREATE_QUEUE:
        a_queue_has_the_documented_defaults,
        the_edges_of_each_range_are_taken,
        values_beyond_each_range_are_refused,
        unknown_attributes_are_refused_at_creation,
        a_fifo_queue_shows_its_own_attributes,
        a_limit_by_group_needs_the_scope_of_the_group;
    SET_QUEUE_ATTRIBUTES:
        attributes_are_set_and_got,
        attributes_that_are_not_named_stay,
        values_that_are_set_beyond_each_range_are_refused,
        unknown_attributes_cannot_be_set,
        a_queue_cannot_become_fifo,
        a_standard_queue_knows_no_attribute_of_fifo_queues;
    GET_QUEUE_ATTRIBUTES:
        only_the_named_attributes_are_answered,
        unknown_attributes_cannot_be_asked_for,
        messages_are_counted_by_their_state,
        the_times_are_seconds_of_the_epoch;
    QUEUE_IDENTIFIERS: the_arn_names_region_account_and_queue;
}

/// The attributes with a range, and its edges.
const RANGES: [(Name, i64, i64); 5] = [
    (Name::DelaySeconds, 0, 900),
    (Name::MaximumMessageSize, 1024, 1_048_576),
    (Name::MessageRetentionPeriod, 60, 1_209_600),
    (Name::ReceiveMessageWaitTimeSeconds, 0, 20),
    (Name::VisibilityTimeout, 0, 43_200),
];

const INVALID_VALUE: &[&str] = &["InvalidAttributeValue"];
const INVALID_NAME: &[&str] = &["InvalidAttributeName"];

async fn a_queue_has_the_documented_defaults(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for (name, expected) in [
        (Name::DelaySeconds, "0"),
        (Name::MaximumMessageSize, "1048576"),
        (Name::MessageRetentionPeriod, "345600"),
        (Name::ReceiveMessageWaitTimeSeconds, "0"),
        (Name::VisibilityTimeout, "30"),
    ] {
        equal(
            name.as_str(),
            queue.attribute(name.clone()).await?,
            expected,
        )?;
    }
    Ok(())
}

async fn the_edges_of_each_range_are_taken(context: Context) -> Outcome {
    for (name, low, high) in RANGES {
        for edge in [low, high].map(|edge| edge.to_string()) {
            let queue = context.standard(&[(name.clone(), &edge)]).await?;
            equal(name.as_str(), queue.attribute(name.clone()).await?, edge)?;
        }
    }
    Ok(())
}

/// Values that no attribute with this range accepts.
fn beyond(low: i64, high: i64) -> [String; 4] {
    [
        (low - 1).to_string(),
        (high + 1).to_string(),
        "one".to_owned(),
        format!("{low}.5"),
    ]
}

async fn values_beyond_each_range_are_refused(context: Context) -> Outcome {
    for (name, low, high) in RANGES {
        for value in beyond(low, high) {
            let request = context.client().create_queue();
            let request = request.queue_name(context.fresh_name());
            let answer = request.attributes(name.clone(), &value).send().await;
            refused((&name, value), answer, INVALID_VALUE)?;
        }
    }
    Ok(())
}

async fn unknown_attributes_are_refused_at_creation(context: Context) -> Outcome {
    let request = context.client().create_queue();
    let request = request.queue_name(context.fresh_name());
    let answer = request.attributes(Name::from("Colour"), "red").send().await;
    refused("Colour", answer, INVALID_NAME)
}

async fn a_fifo_queue_shows_its_own_attributes(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    for (name, expected) in [
        (Name::FifoQueue, "true"),
        (Name::ContentBasedDeduplication, "false"),
        (Name::DeduplicationScope, "queue"),
        (Name::FifoThroughputLimit, "perQueue"),
    ] {
        equal(
            name.as_str(),
            queue.attribute(name.clone()).await?,
            expected,
        )?;
    }
    let standard = all(&context, &context.standard(&[]).await?).await?;
    ensure!(
        !standard.contains(&Name::FifoQueue),
        "a standard queue has FifoQueue too"
    );
    Ok(())
}

async fn a_limit_by_group_needs_the_scope_of_the_group(context: Context) -> Outcome {
    let by_group = (Name::FifoThroughputLimit, "perMessageGroupId");
    let scope = (Name::DeduplicationScope, "messageGroup");
    context.fifo(&[by_group.clone(), scope]).await?;
    let queue = context.fifo(&[]).await?;
    let request = context.client().set_queue_attributes();
    let request = request.queue_url(&queue.url);
    let answer = request.attributes(by_group.0, by_group.1).send().await;
    // The page forbids it, but does not name the error.
    let errors = &["InvalidAttributeValue", "InvalidParameterValue"];
    refused("the limit alone", answer, errors)
}

async fn attributes_are_set_and_got(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for (name, _, high) in RANGES {
        let value = (high - 1).to_string();
        queue.set(name.clone(), &value).await?;
        equal(name.as_str(), queue.attribute(name.clone()).await?, value)?;
    }
    let fifo = context.fifo(&[]).await?;
    fifo.set(Name::ContentBasedDeduplication, "true").await?;
    let value = fifo.attribute(Name::ContentBasedDeduplication).await?;
    equal("ContentBasedDeduplication", value, "true")
}

async fn attributes_that_are_not_named_stay(context: Context) -> Outcome {
    let queue = context.standard(&[(Name::DelaySeconds, "7")]).await?;
    queue.set(Name::VisibilityTimeout, "8").await?;
    equal(
        "DelaySeconds",
        queue.attribute(Name::DelaySeconds).await?,
        "7",
    )
}

async fn values_that_are_set_beyond_each_range_are_refused(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    for (name, low, high) in RANGES {
        let before = queue.attribute(name.clone()).await?;
        for value in beyond(low, high) {
            let request = context.client().set_queue_attributes();
            let request = request.queue_url(&queue.url);
            let answer = request.attributes(name.clone(), &value).send().await;
            refused((&name, value), answer, INVALID_VALUE)?;
        }
        equal("the value", queue.attribute(name).await?, before)?;
    }
    Ok(())
}

async fn unknown_attributes_cannot_be_set(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().set_queue_attributes();
    let request = request.queue_url(&queue.url);
    let answer = request.attributes(Name::from("Colour"), "red").send().await;
    refused("Colour", answer, INVALID_NAME)
}

async fn a_queue_cannot_become_fifo(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().set_queue_attributes();
    let request = request.queue_url(&queue.url);
    let answer = request.attributes(Name::FifoQueue, "true").send().await;
    refused("FifoQueue", answer, &["InvalidAttributeName"])
}

/// The pages say that these are only for FIFO queues, and SQS answers with this error
/// (<https://github.com/aws/aws-cdk/issues/8550>).
async fn a_standard_queue_knows_no_attribute_of_fifo_queues(context: Context) -> Outcome {
    let errors = &["InvalidAttributeName"];
    let queue = context.standard(&[]).await?;
    for (name, value) in [
        (Name::FifoQueue, "false"),
        (Name::ContentBasedDeduplication, "false"),
        (Name::DeduplicationScope, "queue"),
        (Name::FifoThroughputLimit, "perQueue"),
    ] {
        let client = context.client();
        let create = client.create_queue().queue_name(context.fresh_name());
        let created = create.attributes(name.clone(), value).send().await;
        refused(("created", &name), created, errors)?;
        let set = client.set_queue_attributes().queue_url(&queue.url);
        let set = set.attributes(name.clone(), value).send().await;
        refused(("set", &name), set, errors)?;
        let get = client.get_queue_attributes().queue_url(&queue.url);
        let got = get.attribute_names(name.clone()).send().await;
        refused(("asked for", &name), got, errors)?;
    }
    Ok(())
}

async fn only_the_named_attributes_are_answered(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().get_queue_attributes();
    let request = request.queue_url(&queue.url);
    let request = request.attribute_names(Name::DelaySeconds);
    let answer = request.attribute_names(Name::QueueArn).send().await?;
    let mut names: Vec<Name> = answer.attributes.unwrap_or_default().into_keys().collect();
    names.sort();
    equal("the names", names, [Name::DelaySeconds, Name::QueueArn])?;
    let everything = all(&context, &queue).await?;
    for name in [
        Name::ApproximateNumberOfMessages,
        Name::ApproximateNumberOfMessagesDelayed,
        Name::ApproximateNumberOfMessagesNotVisible,
        Name::CreatedTimestamp,
        Name::LastModifiedTimestamp,
        Name::QueueArn,
        Name::VisibilityTimeout,
    ] {
        ensure!(everything.contains(&name), "All lacks {name}");
    }
    Ok(())
}

async fn unknown_attributes_cannot_be_asked_for(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let request = context.client().get_queue_attributes();
    let request = request.queue_url(&queue.url);
    let answer = request.attribute_names(Name::from("Colour")).send().await;
    refused("Colour", answer, INVALID_NAME)
}

async fn messages_are_counted_by_their_state(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    queue.send("in flight").send().await?;
    queue.next_one().await?;
    queue.send("delayed").delay_seconds(900).send().await?;
    queue.send("visible").send().await?;
    queue.send("visible").send().await?;
    eventually("counts of 2, 1 and 1", || async {
        let counts = [
            queue.attribute(Name::ApproximateNumberOfMessages).await?,
            queue
                .attribute(Name::ApproximateNumberOfMessagesNotVisible)
                .await?,
            queue
                .attribute(Name::ApproximateNumberOfMessagesDelayed)
                .await?,
        ];
        Ok((counts == ["2", "1", "1"]).then_some(()))
    })
    .await
}

async fn the_times_are_seconds_of_the_epoch(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |since| since.as_secs());
    for name in [Name::CreatedTimestamp, Name::LastModifiedTimestamp] {
        let time = queue.attribute(name.clone()).await?;
        ensure!(
            time.parse().is_ok_and(|time: u64| now.abs_diff(time) < 60),
            "{name} is {time} at {now}"
        );
    }
    Ok(())
}

async fn the_arn_names_region_account_and_queue(context: Context) -> Outcome {
    let queue = context.standard(&[]).await?;
    let account = queue.url.rsplit('/').nth(1).unwrap_or_default();
    let expected = format!("arn:aws:sqs:{REGION}:{account}:{}", queue.name);
    equal("the ARN", queue.arn().await?, expected)
}

/// The names of all attributes that the queue shows.
async fn all(context: &Context, queue: &Queue) -> Result<Vec<Name>, CaseError> {
    let request = context.client().get_queue_attributes();
    let request = request.queue_url(&queue.url).attribute_names(Name::All);
    let answer = request.send().await?;
    Ok(answer.attributes.unwrap_or_default().into_keys().collect())
}
