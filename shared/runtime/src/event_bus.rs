//! An EventBridge event bus to send to.

use crate::{
    aws::Aws,
    ordered::Sender,
    resending::Resending,
    send_error::{SendError, Service},
};
use aws_sdk_eventbridge::{
    Client, Config,
    config::retry::RetryPartition,
    error::{ProvideErrorMetadata, SdkError},
    operation::put_events::PutEventsError,
    primitives::DateTime,
    types::{PutEventsRequestEntry, PutEventsResultEntry},
};
use thingrelay_core::{
    event_bus_name::EventBusName,
    message::{EventMessage, MAX_BYTES},
};

/// All entries of a call together must have "less than 1 MB". A call stays below that in either
/// sense of MB. An event between the two sizes is sent alone, and the bus decides.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>.
const MAX_CALL_BYTES: usize = 999_999;

/// The bytes of an entry's time.
///
/// Source:
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size>.
const TIME_BYTES: usize = 14;

/// A missing permission on the bus is an operator's slip, although it is reported for each entry.
///
/// Source:
/// <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html>.
const EVENTBRIDGE: Service = Service {
    of_the_message: &["InvalidArgument", "MalformedDetail", "RedactionFailure"],
};

/// An event bus to send events to. It keeps no order and drops no copies.
#[derive(Debug, Clone)]
pub struct EventBus {
    client: Client,
    name: EventBusName,
}

impl EventBus {
    /// Makes a client for an event bus. Sends nothing yet.
    pub async fn open(aws: &Aws, name: EventBusName) -> EventBus {
        let settings = aws.sending_to(name.region()).await;
        let config = aws_sdk_eventbridge::config::Builder::from(&settings)
            // See `Queue::open`.
            .retry_partition(RetryPartition::new(name.as_str().to_owned()))
            .build();
        EventBus::with(config, name)
    }

    fn with(config: Config, name: EventBusName) -> EventBus {
        EventBus {
            client: Client::from_conf(config),
            name,
        }
    }

    /// One call for the messages at these positions.
    async fn put(
        &self,
        messages: &[&EventMessage],
        positions: Vec<usize>,
        sending: &mut Resending,
    ) {
        let sent: Vec<&EventMessage> = positions
            .iter()
            .filter_map(|position| messages.get(*position).copied())
            .collect();
        let entries = sent.iter().map(|message| self.entry(message)).collect();
        let call = self.client.put_events().set_entries(Some(entries));
        let output = match call.send().await {
            Ok(output) => output,
            Err(error) => {
                let is_alone =
                    matches!(sent.as_slice(), [message] if self.is_oversized(message, &error));
                let error = if is_alone {
                    SendError::too_large()
                } else {
                    EVENTBRIDGE.classify_batch(error.into())
                };
                for position in positions {
                    sending.set(position, Err(error.clone()));
                }
                return;
            }
        };
        // Only its position tells an entry of the answer from others.
        let is_whole = output.entries().len() == positions.len();
        for (index, position) in positions.into_iter().enumerate() {
            let entry = output.entries().get(index).filter(|_| is_whole);
            sending.settle(position, outcome(entry));
        }
    }

    fn entry(&self, message: &EventMessage) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(self.name.as_str())
            .source(&message.source)
            .detail_type(message.kind.as_str())
            .detail(&message.message.body)
            .time(DateTime::from_millis(message.time.unix_millis()))
            .build()
    }

    /// Whether the failure of a call with this message alone is about its size.
    fn is_oversized(&self, message: &EventMessage, error: &SdkError<PutEventsError>) -> bool {
        let Some(error) = error.as_service_error() else {
            return false;
        };
        let says_so = error
            .message()
            .is_some_and(|text| text.contains("over the limit"));
        error.code() == Some("ValidationException")
            && (says_so || self.size(message) > MAX_CALL_BYTES)
    }
}

/// An entry of the answer that has no id was not accepted.
fn outcome(entry: Option<&PutEventsResultEntry>) -> Result<(), SendError> {
    let Some(entry) = entry else {
        return Err(SendError::unanswered());
    };
    match (entry.error_code(), entry.event_id()) {
        (Some(code), _) => Err(EVENTBRIDGE.classify_code(code, entry.error_message())),
        (None, None | Some("")) => Err(SendError::unanswered()),
        (None, Some(_)) => Ok(()),
    }
}

impl Sender<EventMessage> for EventBus {
    /// If the bus answers a call but does not accept some of its messages for now, these are sent
    /// again a few times.
    async fn send_batch(&self, messages: &[&EventMessage]) -> Vec<Result<(), SendError>> {
        let mut sending = Resending::new(messages.iter().map(|message| {
            let is_too_large = self.size(message) >= MAX_BYTES;
            (!is_too_large)
                .then_some(())
                .ok_or_else(SendError::too_large)
        }));
        while let Some(positions) = sending.next().await {
            self.put(messages, positions, &mut sending).await;
        }
        sending.into_results()
    }

    fn keeps_order(&self) -> bool {
        false
    }

    fn size(&self, message: &EventMessage) -> usize {
        let kind = message.kind.as_str();
        TIME_BYTES + message.source.len() + kind.len() + message.message.body.len()
    }

    fn max_call_bytes(&self) -> usize {
        MAX_CALL_BYTES
    }
}

#[cfg(test)]
mod tests;
