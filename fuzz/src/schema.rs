//! Events held against the schemas of the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use jsonschema::{Registry, Validator};
use serde_json::Value;
use thingrelay_core::normalize::OutgoingEvent;

/// The validators of `data`, by the ids of their schemas.
static SCHEMAS: LazyLock<BTreeMap<String, Validator>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    let documents: Vec<(String, Value)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let document: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
            (document["$id"].as_str().unwrap().to_owned(), document)
        })
        .collect();
    let registry = Registry::new()
        .extend(
            documents
                .iter()
                .map(|(id, document)| (id.as_str(), document)),
        )
        .and_then(jsonschema::RegistryBuilder::prepare)
        .unwrap();
    let build = |document: &Value| {
        let options = jsonschema::options();
        options.with_registry(&registry).build(document).unwrap()
    };
    documents
        .iter()
        .map(|(id, document)| (id.clone(), build(document)))
        .collect()
});

/// Fails unless the event is one that a receiver can read, and that a queue takes.
pub fn hold(event: &OutgoingEvent) {
    let json = &event.json;
    assert!(!json.contains(['\n', '\r']), "an event is one line: {json}");
    assert!(
        thingrelay_core::staged::sqs_takes(json),
        "SQS refuses a character: {json:?}"
    );
    let value: Value =
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error} in {json}"));
    assert_eq!(value["specversion"], "1.0");
    assert_eq!(value["id"], event.id);
    assert_eq!(value["type"], event.kind.as_str());
    assert_eq!(value["source"], event.source);
    assert_eq!(
        value.get("subject").and_then(Value::as_str),
        event.subject.as_deref()
    );
    assert_eq!(value.get("partitionkey"), value.get("subject"));
    assert_eq!(value["dataschema"], event.kind.schema());
    assert!(
        value["time"]
            .as_str()
            .is_some_and(|time| time.ends_with('Z'))
    );
    let errors: Vec<String> = SCHEMAS[event.kind.schema()]
        .iter_errors(&value["data"])
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\nin {json}");
}
