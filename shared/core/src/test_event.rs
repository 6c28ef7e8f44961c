//! The event by which an operator tries a target.

use crate::{
    event::{
        EventType,
        cloud_event::{CONTENT_TYPE, SPEC_VERSION},
    },
    identity::FieldHasher,
    json::write::ObjectWriter,
    normalize::OutgoingEvent,
    timestamp::Timestamp,
};

/// The `source` of every test event. No platform is called that.
pub const SOURCE: &str = "/thingrelay/test";

/// A test event for the target of this name. Events with different nonces have different ids.
pub fn test_event(target: &str, nonce: &[u8], time: Timestamp) -> OutgoingEvent {
    let hash = FieldHasher::new("test")
        .field(target.as_bytes())
        .field(nonce);
    let id = [hash.into_message_id().as_str(), "-0"].concat();
    let kind = EventType::Test;
    let mut json = String::new();
    let mut event = ObjectWriter::begin(&mut json);
    event.plain("specversion", SPEC_VERSION);
    event.plain("id", &id);
    event.plain("source", SOURCE);
    event.plain("type", kind.as_str());
    event.time("time", time);
    event.plain("datacontenttype", CONTENT_TYPE);
    event.plain("dataschema", kind.schema());
    let mut data = ObjectWriter::begin(event.member("data"));
    let mut test = ObjectWriter::begin(data.member("test"));
    test.text("target", target);
    test.end();
    data.end();
    event.end();
    OutgoingEvent {
        id,
        kind,
        source: SOURCE.to_owned(),
        subject: None,
        device: None,
        device_id: None,
        time,
        replay: None,
        json,
    }
}
