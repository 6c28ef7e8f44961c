//! The tables of fields in docs/events.md have the members that the schemas give to the typed part of
//! each event, and no others.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// Members of every event, which docs/events.md explains once.
const EVERYWHERE: &[&str] = &[
    "device",
    "origin",
    "payload",
    "payload_text",
    "payload_base64",
];

/// Definitions that stand for one value in the tables.
const SIMPLE: &[&str] = &["device", "time"];

/// Where the tables and the schemas differ.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let events = fs::read_to_string(root.join("docs/events.md")).context("no docs/events.md")?;
    let common = schema(&root.join("schemas/common.v1.json"))?;
    let mut problems = Vec::new();
    for entry in fs::read_dir(root.join("schemas"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let Some(kind) = name
            .strip_suffix(".v1.json")
            .filter(|kind| *kind != "common")
        else {
            continue;
        };
        let expected = fields(&schema(&path)?, &common);
        let told = told(&events, kind);
        if told != expected {
            problems.push(format!(
                "docs/events.md has the fields {told:?} of {kind}, its schema {expected:?}"
            ));
        }
    }
    Ok(problems)
}

fn schema(path: &Path) -> Result<Value> {
    let text =
        fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(serde_json::from_str(&text)?)
}

/// The members of the typed part, each with `yes` if it is always there and `no` if not.
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

/// The first and third cells of the table of fields in the section of a type.
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

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

    #[test]
    fn the_tables_have_the_fields_of_the_schemas() -> Result<()> {
        let problems = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))?;
        assert!(problems.is_empty(), "{problems:#?}");
        Ok(())
    }
}
