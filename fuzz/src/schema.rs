//! Events held against the schemas of the repository, as far as shapes go: types, members, words. The
//! tests of `thingrelay-core` hold events against the whole of the schemas; their validator would take
//! most of the build here.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use thingrelay_core::normalize::OutgoingEvent;

/// The schemas, by the names of their files.
static SCHEMAS: LazyLock<BTreeMap<String, Value>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schemas");
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let schemas = paths.filter(|path| path.extension().is_some_and(|it| it == "json"));
    schemas
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (
                name,
                serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap(),
            )
        })
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
    assert_eq!(value["time"], event.time.to_string());
    let (_, file) = event.kind.schema().rsplit_once('/').unwrap();
    if let Err(problem) = fits(file, &SCHEMAS[file], &value["data"]) {
        panic!("{problem}\nin {json}");
    }
}

/// Whether a value fits a schema of that file.
fn fits(file: &str, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let (named, path) = reference.split_once('#').unwrap_or((reference, ""));
        let file = if named.is_empty() { file } else { named };
        fits(
            file,
            SCHEMAS[file].pointer(path).expect("a part of a schema"),
            value,
        )?;
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
        one => Vec::from_iter(one.as_str()),
    };
    let is_of = |name: &&str| match *name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("the type {other}"),
    };
    if !types.is_empty() && !types.iter().any(is_of) {
        return Err(format!("{value} is none of {types:?}"));
    }
    if schema["enum"]
        .as_array()
        .is_some_and(|words| !words.contains(value))
        || schema.get("const").is_some_and(|only| only != value)
    {
        return Err(format!("{value} is not of {schema}"));
    }
    if let (Some(least), Some(text)) = (schema["minLength"].as_u64(), value.as_str())
        && (text.chars().count() as u64) < least
    {
        return Err(format!("{text:?} is too short"));
    }
    if let Some(members) = value.as_object() {
        for name in schema["required"].as_array().into_iter().flatten() {
            if !members.contains_key(name.as_str().unwrap()) {
                return Err(format!("{name} is missing in {value}"));
            }
        }
        for (name, member) in members {
            match schema["properties"].get(name) {
                Some(schema) => fits(file, schema, member)?,
                None if schema["additionalProperties"] == false => {
                    return Err(format!("{name} is not known in {value}"));
                }
                None => {}
            }
        }
    }
    for item in value.as_array().into_iter().flatten() {
        fits(file, &schema["items"], item)?;
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        fits(file, part, value)?;
    }
    match schema.get("not") {
        Some(not) if fits(file, not, value).is_ok() => Err(format!("{value} is {not}")),
        _ => any_fits(file, schema, value),
    }
}

fn any_fits(file: &str, schema: &Value, value: &Value) -> Result<(), String> {
    for key in ["anyOf", "oneOf"] {
        if let Some(choices) = schema[key].as_array()
            && !choices
                .iter()
                .any(|choice| fits(file, choice, value).is_ok())
        {
            return Err(format!("{value} fits none of {choices:?}"));
        }
    }
    Ok(())
}
