//! The tables of fields in docs/events.md have exactly the members that the schemas give to the
//! typed part of each event.

use std::fs;

use serde_json::{Value, json};
use thingrelay_tests::template::{read, root};

/// Members of every event, which docs/events.md explains only once.
const EVERYWHERE: &[&str] = &[
    "device",
    "origin",
    "payload",
    "payload_text",
    "payload_base64",
];

/// Definitions that are a single value in the tables.
const SIMPLE: &[&str] = &["device", "time"];

#[test]
fn the_tables_have_the_fields_of_the_schemas() {
    let events = read("docs/events.md");
    let common = schema("common.v1.json");
    let mut kinds = 0;
    for entry in fs::read_dir(root().join("schemas")).unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        let kind = name
            .strip_suffix(".v1.json")
            .filter(|kind| *kind != "common");
        if let Some(kind) = kind {
            kinds += 1;
            assert_eq!(
                told(&events, kind),
                fields(&schema(&name), &common),
                "{kind}"
            );
        }
    }
    assert!(kinds > 5, "{kinds} kinds");
}

fn schema(name: &str) -> Value {
    serde_json::from_str(&read(&format!("schemas/{name}"))).unwrap()
}

/// The members of the typed part, each with `yes` if it is always present and `no` otherwise.
fn fields(schema: &Value, common: &Value) -> Vec<(String, String)> {
    let mut fields = Vec::new();
    walk("", schema, common, &mut fields);
    fields.retain(|(path, _)| !EVERYWHERE.contains(&path.as_str()));
    fields.sort();
    fields
}

fn walk(path: &str, schema: &Value, common: &Value, fields: &mut Vec<(String, String)>) {
    let name = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next());
    let schema = name.map_or(schema, |name| &common["$defs"][name]);
    if name.is_some_and(|name| SIMPLE.contains(&name)) {
        return;
    }
    if schema["type"] == "array" {
        walk(&format!("{path}[]"), &schema["items"], common, fields);
    }
    let required = schema["required"].as_array();
    for (member, inner) in schema["properties"].as_object().into_iter().flatten() {
        let path = match path {
            "" => member.clone(),
            path => format!("{path}.{member}"),
        };
        let is_required = required.is_some_and(|names| names.iter().any(|name| name == member));
        let always = if is_required { "yes" } else { "no" };
        if !(path == *member && EVERYWHERE.contains(&member.as_str())) {
            walk(&path, inner, common, fields);
        }
        fields.push((path, always.to_owned()));
    }
}

/// The first and third cells of the table of fields in the section for this type.
fn told(events: &str, kind: &str) -> Vec<(String, String)> {
    let section = events
        .split_once(&format!("\n## `{kind}`\n"))
        .map_or("", |(_, rest)| rest);
    let mut fields: Vec<_> = section
        .lines()
        .take_while(|line| !line.starts_with("## "))
        .skip_while(|line| !line.starts_with("| field |"))
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|line| {
            let mut cells = line.split('|').skip(1).map(str::trim);
            let field = cells.next()?.trim_matches('`').to_owned();
            Some((field, cells.nth(1)?.to_owned()))
        })
        .collect();
    fields.sort();
    fields
}

#[test]
fn members_are_found_in_lists_and_definitions_and_in_tables() {
    let common = json!({"$defs": {
        "device": {"properties": {"name": {}}},
        "presence": {"properties": {"gateway": {"$ref": "common.v1.json#/$defs/device"}}}}});
    let schema = json!({"required": ["online", "device"], "properties": {
        "device": {"$ref": "common.v1.json#/$defs/device"},
        "online": {"$ref": "common.v1.json#/$defs/presence"},
        "items": {"type": "array", "items": {"required": ["code"], "properties": {"code": {}}}}}});
    let expected = [
        ("items", "no"),
        ("items[].code", "yes"),
        ("online", "yes"),
        ("online.gateway", "no"),
    ]
    .map(|(field, always)| (field.to_owned(), always.to_owned()));
    assert_eq!(fields(&schema, &common), expected);
    let table = "\n## `a`\n\ntext\n\n| field | type | always | meaning |\n|---|---|---|---|\n\
        | `online` | object | yes | x |\n| `online.gateway` | string | no | y |\n\n## `b`\n";
    assert_eq!(told(table, "a"), expected[2..]);
    assert!(told(table, "b").is_empty());
    assert!(told(table, "c").is_empty());
}
