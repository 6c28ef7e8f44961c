//! Messages as Lambda hands them to a function.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html#example-standard-queue-message-event>.

use super::sqs::REGION;
use aws_lambda_events::{
    encodings::Base64Data,
    sqs::{SqsEvent, SqsMessage, SqsMessageAttribute},
};
use aws_sdk_sqs::types::{Message, MessageAttributeValue};

/// The event for a batch from the queue with this ARN.
pub(crate) fn event(messages: &[Message], queue_arn: &str) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = messages
        .iter()
        .map(|message| record(message, queue_arn))
        .collect();
    event
}

fn record(message: &Message, queue_arn: &str) -> SqsMessage {
    let mut record = SqsMessage::default();
    record.message_id.clone_from(&message.message_id);
    record.receipt_handle.clone_from(&message.receipt_handle);
    record.body.clone_from(&message.body);
    record.md5_of_body.clone_from(&message.md5_of_body);
    record
        .md5_of_message_attributes
        .clone_from(&message.md5_of_message_attributes);
    record.attributes = message
        .attributes
        .iter()
        .flatten()
        .map(|(name, value)| (name.as_str().to_owned(), value.clone()))
        .collect();
    record.message_attributes = message
        .message_attributes
        .iter()
        .flatten()
        .map(|(name, value)| (name.clone(), attribute(value)))
        .collect();
    record.event_source_arn = Some(queue_arn.to_owned());
    record.event_source = Some("aws:sqs".to_owned());
    record.aws_region = Some(REGION.to_owned());
    record
}

fn attribute(value: &MessageAttributeValue) -> SqsMessageAttribute {
    let mut attribute = SqsMessageAttribute::default();
    attribute.string_value.clone_from(&value.string_value);
    attribute.binary_value = value.binary_value.as_ref().map(|bytes| {
        let mut data = Base64Data::default();
        data.0 = bytes.as_ref().to_vec();
        data
    });
    attribute.data_type = Some(value.data_type.clone());
    attribute
}
