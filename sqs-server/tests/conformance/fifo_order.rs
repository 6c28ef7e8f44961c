//! The order of FIFO queues, and the groups within which it holds.

use std::collections::BTreeSet;

use aws_sdk_sqs::types::{
    Message, MessageSystemAttributeName as Name, QueueAttributeName,
    SendMessageBatchRequestEntry as Entry,
};

use tokio::sync::Mutex;
use tokio::task::JoinSet;

use crate::case::cases;
use crate::case_error::{CaseError, Outcome, ensure, equal, present};
use crate::queue::{Queue, bodies, one, received, system_attribute};
use crate::server::Context;

cases! {
    FIFO_LOGIC:
        a_group_comes_in_the_order_in_which_it_was_sent,
        ten_of_one_group_come_in_one_receive,
        several_groups_come_in_one_receive,
        a_group_is_locked_while_one_of_it_is_in_flight,
        another_group_is_not_locked,
        a_group_is_free_when_all_in_flight_are_deleted,
        a_group_stays_locked_when_only_some_are_deleted,
        what_stands_before_the_first_in_flight_is_free,
        the_order_is_kept_when_timeouts_end,
        the_order_is_kept_when_the_rest_of_a_batch_is_released,
        a_released_message_stays_before_those_sent_later,
        interleaved_groups_each_keep_their_order,
        concurrent_consumers_keep_the_order_of_each_group;
    SEND_MESSAGE: sequence_numbers_increase;
    SEND_MESSAGE_BATCH: the_entries_of_a_batch_keep_their_order;
    GROUP_ID: the_group_is_told_to_the_receiver;
}

async fn receive_at_most(queue: &Queue, count: i32) -> Result<Vec<Message>, CaseError> {
    let request = queue.receive().max_number_of_messages(count);
    received(request.wait_time_seconds(5)).await
}

async fn a_group_comes_in_the_order_in_which_it_was_sent(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let sent: Vec<String> = (0..25).map(|number| number.to_string()).collect();
    let sent: Vec<&str> = sent.iter().map(String::as_str).collect();
    queue.send_all_to("g", &sent).await?;
    let mut came = Vec::new();
    while came.len() < sent.len() {
        let messages = receive_at_most(&queue, 4).await?;
        ensure!(!messages.is_empty(), "only {came:?} came");
        queue.delete_all(&messages).await?;
        came.extend(messages.into_iter().filter_map(|message| message.body));
    }
    equal("the order", came, sent)
}

async fn ten_of_one_group_come_in_one_receive(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let sent = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"];
    queue.send_all_to("g", &sent).await?;
    equal("the receive", bodies(&queue.next().await?), &sent[..10])
}

async fn several_groups_come_in_one_receive(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["g1", "g2"]).await?;
    queue.send_all_to("h", &["h1", "h2"]).await?;
    let messages = queue.next().await?;
    equal("the group g", of_group(&messages, "g"), ["g1", "g2"])?;
    equal("the group h", of_group(&messages, "h"), ["h1", "h2"])
}

async fn a_group_is_locked_while_one_of_it_is_in_flight(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a", "b"]).await?;
    equal(
        "the receive",
        bodies(&receive_at_most(&queue, 1).await?),
        ["a"],
    )?;
    queue.stays_empty(1).await?;
    queue.send_all_to("g", &["c"]).await?;
    queue.stays_empty(1).await
}

async fn another_group_is_not_locked(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["g1", "g2"]).await?;
    queue.send_all_to("h", &["h1"]).await?;
    equal(
        "the first",
        bodies(&receive_at_most(&queue, 1).await?),
        ["g1"],
    )?;
    equal("the second", bodies(&queue.next().await?), ["h1"])?;
    queue.stays_empty(0).await
}

async fn a_group_is_free_when_all_in_flight_are_deleted(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a", "b", "c"]).await?;
    let messages = receive_at_most(&queue, 2).await?;
    equal("the first", bodies(&messages), ["a", "b"])?;
    queue.delete_all(&messages).await?;
    equal("the second", bodies(&queue.next().await?), ["c"])
}

async fn a_group_stays_locked_when_only_some_are_deleted(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a", "b", "c", "d"]).await?;
    let messages = receive_at_most(&queue, 3).await?;
    equal("the first", bodies(&messages), ["a", "b", "c"])?;
    queue.delete_all(&messages[..1]).await?;
    queue.stays_empty(1).await?;
    queue.release(&messages[1..]).await?;
    equal("the rest", bodies(&queue.next().await?), ["b", "c", "d"])
}

/// Not on the page, which describes whole groups: SQS itself was asked
/// (<https://github.com/localstack/localstack/issues/12457>).
async fn what_stands_before_the_first_in_flight_is_free(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a", "b", "c"]).await?;
    let messages = queue.next().await?;
    equal("the first", bodies(&messages), ["a", "b", "c"])?;
    queue.release(&messages[..1]).await?;
    equal("the second", bodies(&queue.next().await?), ["a"])?;
    queue.stays_empty(0).await
}

async fn the_order_is_kept_when_timeouts_end(context: Context) -> Outcome {
    let queue = context
        .fifo(&[(QueueAttributeName::VisibilityTimeout, "1")])
        .await?;
    queue.send_all_to("g", &["a", "b", "c"]).await?;
    equal(
        "the first",
        bodies(&receive_at_most(&queue, 2).await?),
        ["a", "b"],
    )?;
    equal("the second", bodies(&queue.next().await?), ["a", "b", "c"])
}

async fn the_order_is_kept_when_the_rest_of_a_batch_is_released(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a", "b", "c", "d"]).await?;
    let messages = queue.next().await?;
    equal("the first", bodies(&messages), ["a", "b", "c", "d"])?;
    queue.delete_all(&messages[..2]).await?;
    // Released last to first. The order is still that of the sends.
    queue.release(&messages[3..]).await?;
    queue.release(&messages[2..3]).await?;
    equal("the rest", bodies(&queue.next().await?), ["c", "d"])
}

async fn a_released_message_stays_before_those_sent_later(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    queue.send_all_to("g", &["a"]).await?;
    let first = queue.next_one().await?;
    queue.send_all_to("g", &["b"]).await?;
    queue.release(&[first]).await?;
    equal("the order", bodies(&queue.next().await?), ["a", "b"])
}

async fn interleaved_groups_each_keep_their_order(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let groups = ["g", "h", "i"];
    let numbers = ["0", "1", "2", "3", "4", "5", "6", "7"];
    for number in numbers {
        for group in groups {
            queue.send_all_to(group, &[number]).await?;
        }
    }
    let mut came = Vec::new();
    while came.len() < groups.len() * numbers.len() {
        let messages = receive_at_most(&queue, 5).await?;
        ensure!(!messages.is_empty(), "only {} messages came", came.len());
        queue.delete_all(&messages).await?;
        came.extend(messages);
    }
    for group in groups {
        equal(group, of_group(&came, group), numbers)?;
    }
    Ok(())
}

async fn concurrent_consumers_keep_the_order_of_each_group(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let groups = ["g", "h", "i", "j", "k", "l"];
    let numbers = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let mut producers = JoinSet::new();
    for group in groups {
        let queue = queue.clone();
        producers.spawn(async move { queue.send_all_to(group, &numbers).await });
    }
    let produce = async { producers.join_all().await.into_iter().collect::<Outcome>() };
    let done = Mutex::new(Vec::new());
    let consume = || async {
        while done.lock().await.len() < groups.len() * numbers.len() {
            // The last third is not processed this time.
            let messages = received(queue.receive().wait_time_seconds(1)).await?;
            let worked = messages.len() - messages.len() / 3;
            for message in &messages[..worked] {
                done.lock().await.push(message.clone());
                queue.delete(message).send().await?;
            }
            queue.release(&messages[worked..]).await?;
        }
        Ok::<_, CaseError>(())
    };
    tokio::try_join!(produce, consume(), consume(), consume())?;
    let done = done.into_inner();
    for group in groups {
        equal(group, of_group(&done, group), numbers)?;
    }
    Ok(())
}

async fn sequence_numbers_increase(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let mut sent = Vec::new();
    for group in ["g", "h", "g"] {
        let answer = queue.send_to(group, "a").send().await?;
        let number = present("SequenceNumber", answer.sequence_number)?;
        ensure!(
            number.len() == 20 && number.bytes().all(|byte| byte.is_ascii_digit()),
            "{number} is not 20 digits"
        );
        sent.push(number);
    }
    // Numbers of one length have the same order as their texts.
    ensure!(
        sent[0] < sent[2],
        "the numbers of a group are {} and {}",
        sent[0],
        sent[2]
    );
    let messages = queue.collect(3).await?;
    let number = |message| system_attribute(message, Name::SequenceNumber);
    let came: BTreeSet<_> = messages.iter().filter_map(number).collect();
    equal(
        "the receiver's numbers",
        came,
        sent.iter().map(String::as_str).collect(),
    )
}

async fn the_entries_of_a_batch_keep_their_order(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    // Their ids and deduplication ids are in another order.
    let entry = |body: &str| {
        let id = format!("{}", 9 - body.len());
        let builder = Entry::builder().id(&id).message_body(body);
        Ok(builder
            .message_group_id("g")
            .message_deduplication_id(id)
            .build()?)
    };
    let sent = ["1", "12", "123", "1234", "12345", "123456"];
    let entries = sent.iter().map(|body| entry(body));
    let entries = entries.collect::<Result<Vec<_>, CaseError>>()?;
    let request = context.client().send_message_batch().queue_url(&queue.url);
    let answer = request.set_entries(Some(entries)).send().await?;
    equal("the failures", answer.failed(), &[])?;
    for entry in answer.successful() {
        present("SequenceNumber", entry.sequence_number())?;
    }
    equal("the order", bodies(&queue.next().await?), sent)
}

async fn the_group_is_told_to_the_receiver(context: Context) -> Outcome {
    let queue = context.fifo(&[]).await?;
    let request = queue.send("a").message_group_id("group-1");
    let request = request.message_deduplication_id("id-1");
    request.send().await?;
    let message = one(queue.next().await?)?;
    let group = system_attribute(&message, Name::MessageGroupId);
    equal("the group", group, Some("group-1"))?;
    let id = system_attribute(&message, Name::MessageDeduplicationId);
    equal("the deduplication id", id, Some("id-1"))
}

/// The bodies of the messages of one group, in their order.
fn of_group<'a>(messages: &'a [Message], group: &str) -> Vec<&'a str> {
    let is_in = |message: &&Message| system_attribute(message, Name::MessageGroupId) == Some(group);
    messages
        .iter()
        .filter(is_in)
        .filter_map(Message::body)
        .collect()
}
