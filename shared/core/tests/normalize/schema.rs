//! Checks events against the schemas of this project and of CloudEvents.

use jsonschema::{Registry, Validator};
use serde_json::Value;
use std::{collections::BTreeMap, fs, path::Path, sync::LazyLock};
use thingrelay_core::{
    event::{EventType, subject::subject},
    normalize::OutgoingEvent,
    test_event::test_event,
    timestamp::Timestamp,
};

struct Schemas {
    envelope: Validator,
    data: BTreeMap<String, Validator>,
}

static SCHEMAS: LazyLock<Schemas> = LazyLock::new(|| {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    let documents: Vec<(String, Value)> = fs::read_dir(package.join("../../schemas"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "json")
        })
        .map(|path| {
            let document = read(&path);
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            let id = document["$id"].as_str().unwrap().to_owned();
            assert_eq!(id, format!("https://thingrelay.io/schemas/{name}"));
            (id, document)
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
        jsonschema::options()
            .with_registry(&registry)
            .should_validate_formats(true)
            .build(document)
            .unwrap()
    };
    Schemas {
        envelope: build(&read(
            &package.join("tests/fixtures/cloudevents.schema.json"),
        )),
        data: documents
            .iter()
            .map(|(id, document)| (id.clone(), build(document)))
            .collect(),
    }
});

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The parsed event, after every check that holds for any event.
pub(crate) fn checked(event: &OutgoingEvent) -> Value {
    assert!(
        !event.json.contains(['\n', '\r']),
        "an event is one line: {}",
        event.json
    );
    assert!(
        thingrelay_core::staged::sqs_takes(&event.json),
        "SQS takes every character: {:?}",
        event.json
    );
    let value: Value = serde_json::from_str(&event.json)
        .unwrap_or_else(|error| panic!("{error} in {}", event.json));
    assert_eq!(value["id"], event.id);
    assert_eq!(value["type"], event.kind.as_str());
    assert_eq!(value["specversion"], "1.0");
    assert_eq!(value["datacontenttype"], "application/json");
    assert_eq!(value.get("partitionkey"), value.get("subject"));
    assert_eq!(value["source"], event.source);
    assert!(event.source.ends_with(&format!("/{}", event.source_name())));
    assert_eq!(value["time"], event.time.to_text().as_str());
    assert_eq!(
        value.get("subject").and_then(Value::as_str),
        event.subject.as_deref()
    );
    let device = event.device.as_ref();
    let product = device.and_then(|device| device.product.as_deref());
    let name = device.map(|device| device.name.as_ref());
    let shown = |key: &str| value["data"]["device"].get(key).and_then(Value::as_str);
    assert_eq!((shown("product"), shown("name")), (product, name));
    let subject = value["data"].get("device").map(|device| {
        let product = device.get("product").map(|it| it.as_str().unwrap());
        subject(product, device["name"].as_str().unwrap())
    });
    assert_eq!(
        value.get("subject").and_then(Value::as_str),
        subject.as_deref()
    );
    hold(&SCHEMAS.envelope, &value, &event.json);
    let schema = value["dataschema"].as_str().unwrap();
    let name = event.kind.as_str().strip_prefix("io.thingrelay.").unwrap();
    assert_eq!(schema, format!("https://thingrelay.io/schemas/{name}.json"));
    hold(&SCHEMAS.data[schema], &value["data"], &event.json);
    value
}

fn hold(validator: &Validator, part: &Value, json: &str) {
    let violations: Vec<String> = validator
        .iter_errors(part)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert!(violations.is_empty(), "{violations:#?}\nin {json}");
}

#[test]
fn every_type_has_a_schema_and_every_schema_a_type() {
    let of_types: Vec<String> = EventType::ALL
        .iter()
        .map(|kind| {
            let name = kind.as_str().strip_prefix("io.thingrelay.").unwrap();
            format!("https://thingrelay.io/schemas/{name}.json")
        })
        .chain(
            ["common", "test"].map(|name| format!("https://thingrelay.io/schemas/{name}.v1.json")),
        )
        .collect();
    for id in SCHEMAS.data.keys() {
        assert!(of_types.contains(id), "{id} describes no type");
    }
    assert_eq!(SCHEMAS.data.len(), of_types.len());
}

#[test]
fn the_schemas_are_strict() {
    let good = serde_json::json!({
        "device": {"product": "P", "name": "d"},
        "origin": {"platform": "tencent-iot-hub", "channel": "http", "kind": "x"},
        "message": {"format": "json"},
        "payload": 1
    });
    let validator = &SCHEMAS.data["https://thingrelay.io/schemas/device.message.v1.json"];
    assert!(validator.is_valid(&good));
    let broken: [fn(&mut Value); 6] = [
        |data| data["more"] = Value::Null,
        |data| data["device"]["more"] = Value::Null,
        |data| data["payload_text"] = "x".into(),
        |data| data["message"]["format"] = "text".into(),
        |data| data["origin"]["channel"] = "pigeon".into(),
        |data| {
            data.as_object_mut().unwrap().remove("device");
        },
    ];
    for (index, breaks) in broken.iter().enumerate() {
        let mut data = good.clone();
        breaks(&mut data);
        assert!(!validator.is_valid(&data), "case {index}: {data}");
    }
}

#[test]
fn a_test_event_is_an_event_and_each_has_an_id_of_its_own() {
    let time = Timestamp::from_unix_millis(1_795_233_600_250);
    let first = test_event("ev\"ents", b"1", time);
    assert_eq!(checked(&first)["data"]["test"]["target"], "ev\"ents");
    assert_eq!(first, test_event("ev\"ents", b"1", time));
    assert_ne!(first.id, test_event("ev\"ents", b"2", time).id);
    assert_ne!(first.id, test_event("others", b"1", time).id);
}
