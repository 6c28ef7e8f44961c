//! What must hold for every message that is staged, and for its events.

use thingrelay_core::identity::MessageId;
use thingrelay_core::message::{MAX_BYTES, Message};
use thingrelay_core::normalize::{NormalizeError, OutgoingEvent, normalize};
use thingrelay_core::source::{Decoding, PayloadFormat};
use thingrelay_core::staged::{EdgeError, Incoming, Staged, sqs_takes, stand_in};

use crate::schema;

/// The two ways to read a payload.
pub const DECODINGS: [Decoding; 2] = [
    Decoding {
        payload: PayloadFormat::Json,
        utc_offset_seconds: 8 * 3600,
    },
    Decoding {
        payload: PayloadFormat::Base64,
        utc_offset_seconds: -3600,
    },
];

/// A message that was staged, read back and turned into events, once for each way to read it.
#[derive(Debug)]
pub struct Staging {
    pub id: MessageId,
    pub group: String,
    pub events: [Result<Vec<OutgoingEvent>, NormalizeError>; 2],
}

/// Stages a message, reads it back as the consumer does, and checks the events.
pub fn stage(incoming: Incoming<'_>) -> Staging {
    let expected = incoming.clone();
    let (id, message) = incoming.into_message();
    queue_takes(&message);
    let staged = Staged::from_body(&message.body).expect("what is staged reads back");
    assert_eq!(staged.id, id);
    assert_eq!(staged.id, expected.identified.id);
    assert_eq!(&staged.source, expected.source);
    assert_eq!(staged.platform, expected.platform);
    assert_eq!(staged.received, expected.received);
    assert_eq!(staged.transport, expected.transport);
    assert_eq!(staged.error, expected.error);
    assert_eq!(staged.original, expected.original);
    refusals_are_references(&message, &staged);
    Staging {
        group: expected.identified.group.to_string(),
        events: DECODINGS.map(|decoding| events(&staged, decoding)),
        id,
    }
}

/// Turns a staged message into events, and checks them.
pub fn events(
    staged: &Staged<'_>,
    decoding: Decoding,
) -> Result<Vec<OutgoingEvent>, NormalizeError> {
    let events = normalize(staged, decoding);
    assert_eq!(
        events,
        normalize(staged, decoding),
        "another try gives the same"
    );
    match &events {
        Ok(events) => {
            assert!(!events.is_empty(), "nothing falls through");
            for (index, event) in events.iter().enumerate() {
                assert_eq!(event.id, format!("{}-{index}", staged.id));
                schema::hold(event);
            }
        }
        Err(_) => {
            let is_json = serde_json::from_slice::<serde_json::Value>(&staged.original).is_ok();
            assert!(!is_json, "JSON gives events");
        }
    }
    events
}

/// Fails if two messages share an id and differ in what their events say.
pub fn one_id_has_one_content(one: &Staging, other: &Staging) {
    if one.id == other.id {
        assert_eq!(
            one.events, other.events,
            "two messages share the id {}",
            one.id
        );
        assert_eq!(one.group, other.group, "one message is in two groups");
    }
}

/// Fails unless the queue takes the message.
pub fn queue_takes(message: &Message) {
    assert!(message.body.len() <= MAX_BYTES);
    assert!(
        sqs_takes(&message.body),
        "SQS refuses a character: {:?}",
        message.body
    );
    let fifo = message.fifo.as_ref().expect("staging is a FIFO queue");
    for text in [&fifo.group, &fifo.deduplication] {
        assert!(MessageId::parse(text).is_some(), "{text}");
    }
}

fn refusals_are_references(message: &Message, staged: &Staged<'_>) {
    let reference = stand_in(message).expect("what is no reference has one");
    assert_eq!(reference.fifo, message.fifo);
    queue_takes(&reference);
    let read = Staged::from_body(&reference.body).expect("a reference reads back");
    assert_eq!((&read.id, &read.transport), (&staged.id, &staged.transport));
    assert_eq!(read.error, Some(EdgeError::RefusedByQueue));
    assert_eq!(stand_in(&reference), None);
}
