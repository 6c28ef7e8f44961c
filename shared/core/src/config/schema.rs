//! The JSON Schema of documents: settings, secrets, or both in one.
//!
//! A document may be one of several, so no key is required if another document may have it. The
//! parser checks the rules between keys.

use super::{
    filter,
    key::{Key, KeyGroup, Shape},
    source,
    target::{self, TargetType},
};
use crate::source::{Channel, Platform};
use serde_json::{Map, Value, json};

/// The keys of every table, in the order of the documentation.
pub fn groups() -> Vec<KeyGroup> {
    let mut groups = groups_of_sources();
    groups.extend(target::keys(None));
    groups
}

pub fn schema() -> Value {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings and secrets of thingrelay",
        "type": "object",
        "properties": {
            "sources": {
                "description": "The sources of messages, by name.",
                "type": "object",
                "propertyNames": {"pattern": "^[a-z0-9][a-z0-9_-]{0,63}$"},
                "additionalProperties": {"$ref": "#/$defs/source"},
            },
            "targets": {
                "description": "The queues, topics, event buses and webhooks that events are forwarded to, by name.",
                "type": "object",
                "additionalProperties": {"$ref": "#/$defs/target"},
            },
        },
        "additionalProperties": false,
        "$defs": {
            "source": {
                "type": "object",
                "if": {"required": ["platform"]},
                "then": {
                    "if": {"properties": {"platform": {"const": Platform::Tuya.as_str()}}},
                    "then": {"$ref": "#/$defs/tuya"},
                    "else": {
                        "if": {
                            "properties": {"channel": {"const": Channel::Ckafka.as_str()}},
                            "required": ["channel"],
                        },
                        "then": {"$ref": "#/$defs/ckafka"},
                        "else": {"$ref": "#/$defs/http"},
                    },
                },
                "else": {"$ref": "#/$defs/part"},
            },
            "http": table(source::keys(Channel::Http), Completeness::Whole),
            "ckafka": table(source::keys(Channel::Ckafka), Completeness::Whole),
            "tuya": table(source::keys(Channel::Pulsar), Completeness::Whole),
            "part": table(&groups_of_sources(), Completeness::Part),
            "target": {
                "if": {"properties": {"type": {"const": "sns"}}, "required": ["type"]},
                "then": {"$ref": "#/$defs/sns"},
                "else": {
                    "if": {"properties": {"type": {"const": "eventbridge"}}, "required": ["type"]},
                    "then": {"$ref": "#/$defs/eventbridge"},
                    "else": {
                        "if": {"properties": {"type": {"const": "webhook"}}, "required": ["type"]},
                        "then": {"$ref": "#/$defs/webhook"},
                        "else": {
                            "if": {"required": ["signing_secrets"]},
                            "then": {"$ref": "#/$defs/signing"},
                            "else": {"$ref": "#/$defs/sqs"},
                        },
                    },
                },
            },
            "sqs": table(target::keys(Some(TargetType::Sqs)), Completeness::Whole),
            "sns": table(target::keys(Some(TargetType::Sns)), Completeness::Whole),
            "eventbridge": table(target::keys(Some(TargetType::EventBridge)), Completeness::Whole),
            "webhook": table(target::keys(Some(TargetType::Webhook)), Completeness::Whole),
            "signing": table(target::keys(Some(TargetType::Webhook)), Completeness::Part),
        },
    });
    for (name, definition) in filter::definitions() {
        schema["$defs"][name] = definition;
    }
    schema
}

/// Whether a table must have the required settings.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Completeness {
    Whole,
    /// Another document has the rest, as with a document of secrets.
    Part,
}

fn groups_of_sources() -> Vec<KeyGroup> {
    let mut groups: Vec<KeyGroup> = Vec::new();
    for group in [Channel::Http, Channel::Ckafka, Channel::Pulsar]
        .into_iter()
        .flat_map(source::keys)
    {
        if !groups.iter().any(|other| other.title == group.title) {
            groups.push(*group);
        }
    }
    groups
}

fn table(groups: &[KeyGroup], completeness: Completeness) -> Value {
    let keys = || groups.iter().flat_map(|group| group.keys);
    let mut properties = Map::new();
    for key in keys() {
        properties.entry(key.name).or_insert_with(|| property(key));
    }
    let required: Vec<&str> = keys()
        .filter(|key| key.absent == "required" && !key.is_secret)
        .filter(|_| completeness == Completeness::Whole)
        .map(|key| key.name)
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn property(key: &Key) -> Value {
    let mut property = match key.shape {
        Shape::Word(words) => json!({"enum": words()}),
        Shape::Boolean => json!({"type": "boolean"}),
        Shape::Number { from, to } => json!({"type": "integer", "minimum": from, "maximum": to}),
        Shape::Text { pattern, .. } => json!({"type": "string", "pattern": pattern}),
        Shape::List { pattern, most, .. } => {
            let mut list = json!({
                "type": "array",
                "items": {"type": "string", "pattern": pattern},
                "minItems": 1,
                "uniqueItems": true,
            });
            if let Some(most) = most {
                list["maxItems"] = json!(most);
            }
            list
        }
        Shape::Filters => json!({"type": "array", "items": {"$ref": "#/$defs/filter"}}),
    };
    property["description"] = json!(key.meaning);
    if key.is_secret {
        property["writeOnly"] = json!(true);
    }
    property
}
