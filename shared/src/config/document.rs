//! TOML or JSON text, and how one document is laid over another.

use super::problem::Problem;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value, error::Category};
use std::fmt;

/// A document as a tree.
#[derive(Debug, Clone, Default)]
pub struct Document(Map<String, Value>);

impl Document {
    /// Parses text that is JSON if it begins with `{`, else TOML. A byte-order mark is passed over.
    /// Neither may have a key twice in one table.
    ///
    /// # Errors
    /// The place of the error, without the text there: it may be a secret.
    pub fn parse(text: &str) -> Result<Document, Problem> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with('{') {
            read_json(text).map(Document).map_err(|error| {
                let what = match error.classify() {
                    Category::Eof => "the JSON ends too early".to_owned(),
                    Category::Data => "a key stands twice in one object".to_owned(),
                    Category::Syntax | Category::Io => json_error(&error.to_string()),
                };
                Problem::new(
                    format!("line {}, column {}", error.line(), error.column()),
                    what,
                )
            })
        } else {
            toml::from_str(text).map(Document).map_err(|error| {
                let offset = error.span().map_or(0, |span| span.start);
                let before = text.get(..offset).unwrap_or_default();
                let line = before.matches('\n').count() + 1;
                let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
                Problem::new(
                    format!("line {line}, column {column}"),
                    toml_error(error.message()),
                )
            })
        }
    }

    /// Lays another document over this one: its tables are merged, its other values win.
    pub fn overlay(&mut self, other: Document) {
        merge(&mut self.0, other.0);
    }

    /// Its top-level entries.
    pub fn entries(&self) -> &Map<String, Value> {
        &self.0
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

/// What the parser of JSON found: its words for errors of syntax quote nothing of the text.
fn json_error(message: &str) -> String {
    let found = message.split(" at line ").next().unwrap_or_default();
    format!("this is no JSON: {found}")
}

/// What the parser of TOML found, where its words are known to quote nothing of the text.
fn toml_error(message: &str) -> String {
    const FIXED: [&str; 12] = [
        "string values must be quoted",
        "unclosed table",
        "unclosed array table",
        "unclosed array",
        "unclosed inline table",
        "missing comma between array elements",
        "missing comma between key-value pairs",
        "missing assignment between key-value pairs",
        "missing value",
        "key with no value",
        "invalid unquoted key",
        "carriage return must be followed by newline",
    ];
    let known = FIXED.into_iter().find(|known| message.starts_with(known));
    match (message, known) {
        ("duplicate key", _) => "a key or a table stands twice".to_owned(),
        (_, Some(known)) => format!("this is no TOML: {known}"),
        (_, None) => "this is no TOML".to_owned(),
    }
}

/// As TOML does, refuses a key that stands twice: the one of the two that is passed over could be
/// the one that counts.
fn read_json(text: &str) -> Result<Map<String, Value>, serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict.deserialize(&mut reader)?;
    reader.end()?;
    match value {
        Value::Object(entries) => Ok(entries),
        _ => Err(Error::custom("no object")),
    }
}

/// Reads JSON whose keys are unique.
struct Strict;

impl<'de> DeserializeSeed<'de> for Strict {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(Strict)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            if map.contains_key(&key) {
                return Err(A::Error::custom("a key stands twice"));
            }
            map.insert(key, entries.next_value_seed(Strict)?);
        }
        Ok(Value::Object(map))
    }
}

fn merge(below: &mut Map<String, Value>, above: Map<String, Value>) {
    for (key, value) in above {
        match (below.get_mut(&key), value) {
            (Some(Value::Object(below)), Value::Object(above)) => merge(below, above),
            (_, value) => {
                below.insert(key, value);
            }
        }
    }
}
