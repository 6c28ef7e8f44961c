//! An SNS topic to send to.

use crate::{
    aws::Aws,
    ordered::Sender,
    resending::Resending,
    send_error::{SendError, Service},
};
use aws_sdk_sns::{
    Client, Config,
    config::retry::RetryPartition,
    error::{ProvideErrorMetadata, SdkError},
    operation::publish_batch::PublishBatchError,
    types::{MessageAttributeValue, PublishBatchRequestEntry},
};
use thingrelay_core::{
    message::{EventMessage, MAX_BYTES},
    topic_arn::TopicArn,
};

/// The most bytes that a topic accepts in a call, and in a message, unless its `MaximumMessageSize`
/// differs: from 1 KiB to [`MAX_BYTES`]. A call stays within this limit. A larger message is sent
/// alone, and the topic decides.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html>.
const MAX_CALL_BYTES: usize = 262_144;

/// Source: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors>.
const SNS: Service = Service {
    of_the_message: &[
        "InvalidParameter",
        "InvalidParameterValue",
        "ParameterValueInvalid",
        "ValidationException",
    ],
};

/// The type of the attributes.
const STRING: &str = "String";

/// A topic to send events to.
#[derive(Debug, Clone)]
pub struct Topic {
    client: Client,
    arn: TopicArn,
}

/// The messages of a call are larger than the topic accepts.
struct TooLong;

impl Topic {
    /// Makes a client for a topic. Sends nothing yet.
    pub async fn open(aws: &Aws, arn: TopicArn) -> Topic {
        let settings = aws.sending_to(Some(arn.region())).await;
        let config = aws_sdk_sns::config::Builder::from(&settings)
            // See `Queue::open`.
            .retry_partition(RetryPartition::new(arn.as_str().to_owned()))
            .build();
        Topic::with(config, arn)
    }

    fn with(config: Config, arn: TopicArn) -> Topic {
        Topic {
            client: Client::from_conf(config),
            arn,
        }
    }

    /// One call for the messages at these positions, or a call for each message if they are too
    /// large together.
    async fn publish(
        &self,
        messages: &[&EventMessage],
        positions: Vec<usize>,
        sending: &mut Resending,
    ) {
        if self.call(messages, &positions, sending).await.is_ok() {
            return;
        }
        for position in &positions {
            let alone = std::slice::from_ref(position);
            if positions.len() == 1 || self.call(messages, alone, sending).await.is_err() {
                sending.set(*position, Err(SendError::too_large()));
            }
        }
    }

    async fn call(
        &self,
        messages: &[&EventMessage],
        positions: &[usize],
        sending: &mut Resending,
    ) -> Result<(), TooLong> {
        let mut entries = Vec::with_capacity(positions.len());
        for position in positions {
            match messages
                .get(*position)
                .map(|message| self.entry(*position, message))
            {
                Some(Ok(entry)) => entries.push(entry),
                Some(Err(error)) => sending.set(*position, Err(error)),
                None => {}
            }
        }
        if entries.is_empty() {
            return Ok(());
        }
        let call = self.client.publish_batch().topic_arn(self.arn.as_str());
        let call = call.set_publish_batch_request_entries(Some(entries));
        let output = match call.send().await {
            Ok(output) => output,
            Err(error) if is_too_long(&error) => return Err(TooLong),
            Err(error) => {
                let error = SNS.classify_batch(error.into());
                for position in positions {
                    sending.set(*position, Err(error.clone()));
                }
                return Ok(());
            }
        };
        // A message that the answer does not list as accepted was not accepted.
        for position in positions {
            let id = position.to_string();
            let mut successful = output.successful().iter();
            let failed = output.failed().iter().find(|entry| entry.id == id);
            let result = if successful.any(|entry| entry.id.as_deref() == Some(&id)) {
                Ok(())
            } else {
                Err(failed.map_or_else(SendError::unanswered, |entry| {
                    let message = entry.message.as_deref();
                    if says_too_long(&entry.code, message) {
                        return SendError::too_large();
                    }
                    SNS.classify_code(&entry.code, message)
                }))
            };
            sending.settle(*position, result);
        }
        Ok(())
    }

    fn entry(
        &self,
        position: usize,
        message: &EventMessage,
    ) -> Result<PublishBatchRequestEntry, SendError> {
        let build_error = |_| SendError::Transient("the call lacks a part".into());
        let fifo = message.message.fifo.as_ref().filter(|_| self.arn.is_fifo());
        let mut entry = PublishBatchRequestEntry::builder()
            .id(position.to_string())
            .message(&message.message.body)
            .set_message_group_id(fifo.map(|fifo| fifo.group.clone()))
            .set_message_deduplication_id(fifo.map(|fifo| fifo.deduplication.clone()));
        for (name, value) in attributes(message) {
            let value = MessageAttributeValue::builder()
                .data_type(STRING)
                .string_value(value)
                .build()
                .map_err(build_error)?;
            entry = entry.message_attributes(name, value);
        }
        entry.build().map_err(build_error)
    }
}

impl Sender<EventMessage> for Topic {
    /// If the topic answers a call but does not accept some of its messages for now, these are sent
    /// again a few times.
    async fn send_batch(&self, messages: &[&EventMessage]) -> Vec<Result<(), SendError>> {
        let mut sending = Resending::new(messages.iter().map(|message| {
            let is_too_large = self.size(message) > MAX_BYTES;
            (!is_too_large)
                .then_some(())
                .ok_or_else(SendError::too_large)
        }));
        while let Some(positions) = sending.next().await {
            self.publish(messages, positions, &mut sending).await;
        }
        sending.into_results()
    }

    fn keeps_order(&self) -> bool {
        self.arn.is_fifo()
    }

    fn size(&self, message: &EventMessage) -> usize {
        let attributes = attributes(message).into_iter();
        let attributes = attributes.map(|(name, value)| name.len() + STRING.len() + value.len());
        message.message.body.len() + attributes.sum::<usize>()
    }

    fn max_call_bytes(&self) -> usize {
        MAX_CALL_BYTES
    }
}

/// The attributes by which subscriptions filter: `type`, `source`, and the two names of the
/// subject, percent-encoded as in the subject. SNS accepts no empty values, so an empty name is left
/// out. A value must be valid JSON when it is put between quotation marks, so `"` and `\` are encoded
/// as well.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>.
fn attributes(message: &EventMessage) -> Vec<(&'static str, String)> {
    let subject = message.subject.as_deref().unwrap_or_default();
    let (product, device) = subject.split_once('/').unwrap_or_default();
    let encoded = |name: &str| name.replace('"', "%22").replace('\\', "%5C");
    let mut attributes = vec![
        ("type", message.kind.as_str().to_owned()),
        ("source", message.source.clone()),
        ("product", encoded(product)),
        ("device", encoded(device)),
    ];
    attributes.retain(|(_, value)| !value.is_empty());
    attributes
}

fn is_too_long(error: &SdkError<PublishBatchError>) -> bool {
    let Some(error) = error.as_service_error() else {
        return false;
    };
    says_too_long(error.code().unwrap_or_default(), error.message())
}

fn says_too_long(code: &str, message: Option<&str>) -> bool {
    code.ends_with("BatchRequestTooLong")
        || code.contains("Parameter") && message.is_some_and(|text| text.contains("too long"))
}

#[cfg(test)]
mod tests;
