//! One queue, with the operations that nearly every case uses.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::operation::change_message_visibility::builders::ChangeMessageVisibilityFluentBuilder;
use aws_sdk_sqs::operation::delete_message::builders::DeleteMessageFluentBuilder;
use aws_sdk_sqs::operation::receive_message::builders::ReceiveMessageFluentBuilder;
use aws_sdk_sqs::operation::send_message::builders::SendMessageFluentBuilder;
use aws_sdk_sqs::types::{Message, MessageSystemAttributeName, QueueAttributeName};
use tokio::time::{Instant, sleep};

use crate::case_error::{CaseError, Outcome, present};

/// How long a case waits for something that must happen. Longer than any timeout in a case.
pub(crate) const DEADLINE: Duration = Duration::from_secs(8);

/// How often [`eventually`] looks.
const POLL: Duration = Duration::from_millis(50);

/// A queue of the server.
#[derive(Clone, Debug)]
pub(crate) struct Queue {
    client: Client,
    pub(crate) name: String,
    pub(crate) url: String,
}

impl Queue {
    pub(crate) fn new(client: Client, name: String, url: String) -> Queue {
        Queue { client, name, url }
    }

    /// A send of one message.
    pub(crate) fn send(&self, body: impl Into<String>) -> SendMessageFluentBuilder {
        let request = self.client.send_message();
        request.queue_url(&self.url).message_body(body)
    }

    /// A send to a FIFO queue that does not duplicate another.
    pub(crate) fn send_to(&self, group: &str, body: &str) -> SendMessageFluentBuilder {
        static SENT: AtomicUsize = AtomicUsize::new(0);
        let number = SENT.fetch_add(1, Ordering::Relaxed);
        let request = self.send(body).message_group_id(group);
        request.message_deduplication_id(format!("unique-{number}"))
    }

    /// Sends all the messages to one group of a FIFO queue.
    pub(crate) async fn send_all_to(&self, group: &str, bodies: &[&str]) -> Outcome {
        for body in bodies {
            self.send_to(group, body).send().await?;
        }
        Ok(())
    }

    /// A receive of at most ten messages with all their attributes, without a wait.
    pub(crate) fn receive(&self) -> ReceiveMessageFluentBuilder {
        let request = self.client.receive_message().queue_url(&self.url);
        request
            .max_number_of_messages(10)
            .wait_time_seconds(0)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .message_attribute_names("All")
    }

    /// The messages of one receive, as soon as there are any: at most ten.
    pub(crate) async fn next(&self) -> Result<Vec<Message>, CaseError> {
        received(self.receive().wait_time_seconds(5)).await
    }

    /// The only message of a receive, as soon as there is one.
    pub(crate) async fn next_one(&self) -> Result<Message, CaseError> {
        one(self.next().await?)
    }

    /// Receives until this many messages have come, and leaves them in flight.
    pub(crate) async fn collect(&self, count: usize) -> Result<Vec<Message>, CaseError> {
        let mut messages = Vec::new();
        let deadline = Instant::now() + DEADLINE;
        while messages.len() < count && Instant::now() < deadline {
            messages.extend(received(self.receive().wait_time_seconds(1)).await?);
        }
        exactly(count, messages)
    }

    /// Receives and deletes until this many messages have come. They are in the order of receipt.
    pub(crate) async fn take(&self, count: usize) -> Result<Vec<Message>, CaseError> {
        let mut taken = Vec::new();
        while taken.len() < count {
            let messages = self.next().await?;
            if messages.is_empty() {
                break;
            }
            self.delete_all(&messages).await?;
            taken.extend(messages);
        }
        exactly(count, taken)
    }

    /// Fails if a receive gets any message within the seconds.
    pub(crate) async fn stays_empty(&self, seconds: i32) -> Outcome {
        let messages = received(self.receive().wait_time_seconds(seconds)).await?;
        if messages.is_empty() {
            return Ok(());
        }
        Err(CaseError::Unexpected(format!(
            "something was received: {:?}",
            bodies(&messages)
        )))
    }

    /// A deletion of a received message.
    pub(crate) fn delete(&self, message: &Message) -> DeleteMessageFluentBuilder {
        let request = self.client.delete_message().queue_url(&self.url);
        request.set_receipt_handle(message.receipt_handle.clone())
    }

    /// Deletes all the messages.
    pub(crate) async fn delete_all(&self, messages: &[Message]) -> Outcome {
        for message in messages {
            self.delete(message).send().await?;
        }
        Ok(())
    }

    /// A change of a received message's visibility timeout.
    pub(crate) fn hide(
        &self,
        message: &Message,
        seconds: i32,
    ) -> ChangeMessageVisibilityFluentBuilder {
        let request = self.client.change_message_visibility().queue_url(&self.url);
        request
            .set_receipt_handle(message.receipt_handle.clone())
            .visibility_timeout(seconds)
    }

    /// Makes received messages visible at once.
    pub(crate) async fn release(&self, messages: &[Message]) -> Outcome {
        for message in messages {
            self.hide(message, 0).send().await?;
        }
        Ok(())
    }

    /// The value of one attribute.
    pub(crate) async fn attribute(&self, name: QueueAttributeName) -> Result<String, CaseError> {
        let request = self.client.get_queue_attributes().queue_url(&self.url);
        let answer = request.attribute_names(name.clone()).send().await?;
        let mut attributes = answer.attributes.unwrap_or_default();
        present(name.as_str(), attributes.remove(&name))
    }

    pub(crate) async fn arn(&self) -> Result<String, CaseError> {
        self.attribute(QueueAttributeName::QueueArn).await
    }

    /// Sets one attribute.
    pub(crate) async fn set(&self, name: QueueAttributeName, value: &str) -> Outcome {
        let request = self.client.set_queue_attributes().queue_url(&self.url);
        request.attributes(name, value).send().await?;
        Ok(())
    }
}

/// The messages, if they are this many.
fn exactly(count: usize, messages: Vec<Message>) -> Result<Vec<Message>, CaseError> {
    if messages.len() == count {
        return Ok(messages);
    }
    Err(CaseError::Unexpected(format!(
        "{} messages came instead of {count}: {:?}",
        messages.len(),
        bodies(&messages)
    )))
}

/// The messages of a receive.
pub(crate) async fn received(
    request: ReceiveMessageFluentBuilder,
) -> Result<Vec<Message>, CaseError> {
    Ok(request.send().await?.messages.unwrap_or_default())
}

/// The only one of these messages.
pub(crate) fn one(messages: Vec<Message>) -> Result<Message, CaseError> {
    <[Message; 1]>::try_from(messages)
        .map(|[message]| message)
        .map_err(|messages| {
            let count = messages.len();
            CaseError::Unexpected(format!("{count} messages were received instead of one"))
        })
}

/// The bodies of messages, in their order.
pub(crate) fn bodies(messages: &[Message]) -> Vec<&str> {
    messages.iter().filter_map(Message::body).collect()
}

/// The bodies of messages, sorted: for messages whose order SQS does not define.
pub(crate) fn sorted_bodies(messages: &[Message]) -> Vec<&str> {
    let mut bodies = bodies(messages);
    bodies.sort_unstable();
    bodies
}

/// A system attribute of a received message.
pub(crate) fn system_attribute(
    message: &Message,
    name: MessageSystemAttributeName,
) -> Option<&str> {
    let attributes = message.attributes.as_ref()?;
    attributes.get(&name).map(String::as_str)
}

/// Looks again and again until there is a value; `what` names it.
pub(crate) async fn eventually<T, F>(
    what: &str,
    mut look: impl FnMut() -> F,
) -> Result<T, CaseError>
where
    F: Future<Output = Result<Option<T>, CaseError>>,
{
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Some(found) = look().await? {
            return Ok(found);
        }
        if Instant::now() > deadline {
            return Err(CaseError::Unexpected(format!(
                "{what}: not within {DEADLINE:?}"
            )));
        }
        sleep(POLL).await;
    }
}
