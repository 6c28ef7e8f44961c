//! Checks events against the JSON Schema of CloudEvents and the schemas of this project.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;

use jsonschema::{Registry, Validator};
use serde_json::Value;

/// The prefix of every event type.
const TYPE_PREFIX: &str = "io.thingrelay.";

/// All schemas, ready to use.
pub struct Schemas {
    envelope: Validator,
    data: BTreeMap<String, Validator>,
}

impl Schemas {
    /// Reads `schemas/` of the checkout and the schema of CloudEvents.
    ///
    /// # Panics
    ///
    /// If a schema cannot be read, is not a schema, or refers to a missing schema.
    pub fn read() -> Self {
        let package = env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the test");
        let package = Path::new(&package);
        let envelope = read(&package.join("schemas/cloudevents.json"));
        let documents = read_all(&package.join("../schemas"));
        assert!(!documents.is_empty(), "schemas/ holds no schema");
        let registry = Registry::new()
            .extend(
                documents
                    .iter()
                    .map(|(id, document)| (id.as_str(), document)),
            )
            .and_then(jsonschema::RegistryBuilder::prepare)
            .expect("the schemas refer to one another");
        let data = documents
            .iter()
            .map(|(id, document)| {
                let validator = jsonschema::options()
                    .with_registry(&registry)
                    .should_validate_formats(true)
                    .build(document)
                    .unwrap_or_else(|error| panic!("{id} is no schema: {error}"));
                (id.clone(), validator)
            })
            .collect();
        Schemas {
            envelope: jsonschema::options()
                .should_validate_formats(true)
                .build(&envelope)
                .expect("the schema of CloudEvents is one"),
            data,
        }
    }

    /// Checks an event against both schemas, and its `dataschema` against its `type`.
    ///
    /// # Panics
    ///
    /// If the event violates a schema; the message lists every violation.
    pub fn check(&self, event: &Value) {
        report(event, &self.envelope, event);
        assert_eq!(event["specversion"], "1.0", "{event}");
        assert_eq!(event["datacontenttype"], "application/json", "{event}");
        assert_eq!(event.get("partitionkey"), event.get("subject"), "{event}");
        let id = event["dataschema"]
            .as_str()
            .expect("an event names its schema");
        let kind = event["type"].as_str().expect("an event has a type");
        let kind = kind.strip_prefix(TYPE_PREFIX).expect("the type's prefix");
        assert!(
            id.ends_with(&format!("/{kind}.json")),
            "the schema {id} is not the one of {kind}"
        );
        let validator = self
            .data
            .get(id)
            .unwrap_or_else(|| panic!("schemas/ has no schema with the id {id}"));
        report(event, validator, &event["data"]);
    }
}

fn report(event: &Value, validator: &Validator, part: &Value) {
    let violations: Vec<String> = validator
        .iter_errors(part)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(violations.is_empty(), "{violations:#?}\nin {event}");
}

fn read_all(directory: &Path) -> Vec<(String, Value)> {
    fs::read_dir(directory)
        .expect("the checkout has a directory schemas/")
        .map(|entry| entry.expect("an entry of schemas/").path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let document = read(&path);
            let id = document["$id"].as_str().expect("a schema has an $id");
            (id.to_owned(), document)
        })
        .collect()
}

fn read(path: &Path) -> Value {
    let text = fs::read_to_string(path)
        .unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
