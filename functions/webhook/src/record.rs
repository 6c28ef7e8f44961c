//! The queue's facts about a record.

use aws_lambda_events::sqs::SqsMessage;
use std::time::Duration;
use thingrelay_core::timestamp::Timestamp;

/// The id under which the event was sent to the queue, which is the event's id; else the queue's own.
pub(crate) fn id(message: &SqsMessage) -> &str {
    let sent = attribute(message, "MessageDeduplicationId");
    sent.or(message.message_id.as_deref()).unwrap_or_default()
}

/// The group: the events of a device, in their order.
pub(crate) fn group(message: &SqsMessage) -> Option<&str> {
    attribute(message, "MessageGroupId")
}

/// How often the record was received, this time included.
pub(crate) fn receives(message: &SqsMessage) -> u32 {
    let count = attribute(message, "ApproximateReceiveCount");
    count.and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// The time since the event was sent to the queue.
pub(crate) fn age(message: &SqsMessage, now: Timestamp) -> Duration {
    let sent = attribute(message, "SentTimestamp").and_then(|sent| sent.parse::<i64>().ok());
    let millis = sent.map_or(0, |sent| now.unix_millis().saturating_sub(sent));
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

fn attribute<'m>(message: &'m SqsMessage, name: &str) -> Option<&'m str> {
    message.attributes.get(name).map(String::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_that_the_queue_does_not_give_have_a_value() {
        let mut message = SqsMessage::default();
        message.message_id = Some("m".to_owned());
        let now = Timestamp::from_unix_millis(5_000);
        assert_eq!((id(&message), group(&message)), ("m", None));
        assert_eq!(
            (receives(&message), age(&message, now)),
            (1, Duration::ZERO)
        );
        for (name, value) in [
            ("MessageDeduplicationId", "e-0"),
            ("MessageGroupId", "g"),
            ("ApproximateReceiveCount", "12"),
            ("SentTimestamp", "2000"),
        ] {
            message.attributes.insert(name.to_owned(), value.to_owned());
        }
        assert_eq!((id(&message), group(&message)), ("e-0", Some("g")));
        assert_eq!(
            (receives(&message), age(&message, now)),
            (12, Duration::from_secs(3))
        );
        assert_eq!(
            age(&message, Timestamp::from_unix_millis(0)),
            Duration::ZERO
        );
    }
}
