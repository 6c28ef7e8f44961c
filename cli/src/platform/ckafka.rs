//! The kinds of message as Tencent Cloud puts them on CKafka: the same payloads in the envelope of
//! message queues.

use super::{
    kind::{self, Kind},
    template::{Fields, Template},
};
use bytes::Bytes;

/// How the records of one kind are composed.
#[derive(Debug, Clone)]
pub(crate) struct Recipe(Form);

#[derive(Debug, Clone)]
enum Form {
    /// A payload on a topic.
    Publish { topic: Template, payload: Template },
    /// The same message as over HTTP.
    Same(kind::Recipe),
}

impl Recipe {
    /// The recipe of a kind; `None` if the kind never comes through CKafka.
    pub(crate) fn of(kind: Kind) -> Option<Recipe> {
        let (topic, payload): (_, &[u8]) = match kind {
            Kind::Report => (kind::PROPERTY_TOPIC, kind::REPORT.as_bytes()),
            Kind::Event => (kind::EVENT_TOPIC, kind::EVENT.as_bytes()),
            Kind::Action => (kind::ACTION_TOPIC, kind::ACTION.as_bytes()),
            Kind::Info => (kind::PROPERTY_TOPIC, kind::INFO.as_bytes()),
            Kind::Firmware => (kind::FIRMWARE_TOPIC, kind::FIRMWARE.as_bytes()),
            Kind::Gateway => (kind::GATEWAY_TOPIC, kind::GATEWAY.as_bytes()),
            Kind::Custom => (kind::CUSTOM_TOPIC, kind::CUSTOM.as_bytes()),
            Kind::Binary => (kind::BINARY_TOPIC, kind::BINARY),
            Kind::Status | Kind::Queue => return Some(Recipe(Form::Same(kind.recipe()))),
            Kind::CustomPush => return None,
        };
        Some(Recipe(Form::Publish {
            topic: Template::parse(topic.as_bytes()),
            payload: Template::parse(payload),
        }))
    }

    /// The value of one record.
    pub(crate) fn fill(&self, fields: &Fields<'_>) -> Bytes {
        match &self.0 {
            Form::Same(recipe) => recipe.fill(fields),
            Form::Publish { topic, payload } => {
                let topic = topic.fill(fields);
                let topic = String::from_utf8_lossy(&topic);
                let payload = payload.fill(fields);
                kind::queue_envelope(fields, "Publish", "", &topic, Some(&payload))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine, prelude::BASE64_STANDARD};
    use serde_json::Value;
    use std::collections::HashSet;

    #[test]
    fn every_kind_but_the_custom_push_is_in_the_envelope_of_queues() {
        for kind in Kind::ALL {
            let Some(recipe) = Recipe::of(kind) else {
                assert_eq!(kind, Kind::CustomPush);
                continue;
            };
            let value: Value = serde_json::from_slice(&recipe.fill(&Fields::EXAMPLE)).unwrap();
            assert_eq!(value["DeviceName"], "device-0001", "{kind:?}");
            assert_eq!(value["ProductId"], "P", "{kind:?}");
            let payload = value["Payload"].as_str().unwrap_or_default();
            let payload = BASE64_STANDARD.decode(payload).unwrap();
            assert_eq!(value["PayloadLen"], payload.len(), "{kind:?}");
            let numbers: HashSet<_> = (1..=50)
                .map(|n| Fields {
                    n,
                    seq: 42 + n,
                    ..Fields::EXAMPLE
                })
                .map(|fields| recipe.fill(&fields))
                .collect();
            assert_eq!(numbers.len(), 50, "{kind:?}");
        }
    }

    #[test]
    fn a_topic_names_its_device_and_a_payload_is_the_same_as_over_http() {
        for (kind, topic) in [
            (Kind::Report, "$thing/up/property/P/device-0001"),
            (Kind::Event, "$thing/up/event/P/device-0001"),
            (Kind::Gateway, "$gateway/operation/P/device-0001"),
            (Kind::Custom, "P/device-0001/data"),
            (Kind::Binary, "P/device-0001/raw"),
        ] {
            let recipe = Recipe::of(kind).unwrap();
            let value: Value = serde_json::from_slice(&recipe.fill(&Fields::EXAMPLE)).unwrap();
            assert_eq!(value["Topic"], topic);
            let payload = value["Payload"].as_str().unwrap();
            let pushed: Value =
                serde_json::from_slice(&kind.recipe().fill(&Fields::EXAMPLE)).unwrap();
            assert_eq!(pushed["topic"], topic);
            let pushed = match &pushed["payload"] {
                Value::String(base64) => base64.clone(),
                json => {
                    let decoded = BASE64_STANDARD.decode(payload).unwrap();
                    assert_eq!(serde_json::from_slice::<Value>(&decoded).unwrap(), *json);
                    continue;
                }
            };
            assert_eq!(payload, pushed);
        }
    }
}
