//! TOML or JSON text, and the merge of documents.

use super::{name, problem::Problem};
use serde::{
    Deserialize,
    de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor},
};
use serde_json::{Map, Value, error::Category, value::RawValue};
use std::{collections::BTreeMap, fmt};
use toml::de::{DeTable, DeValue};

/// A document as a tree.
#[derive(Debug, Clone, Default)]
pub struct Document {
    entries: Map<String, Value>,
    /// The line of each key and item, by its place.
    places: BTreeMap<String, usize>,
}

impl Document {
    /// Parses JSON if the text begins with `{`, else TOML. Skips a byte-order mark. In both
    /// formats, a table may have a key only once.
    ///
    /// # Errors
    /// The place of the error. The text at that place is left out, as it may be a secret.
    pub fn parse(text: &str) -> Result<Document, Problem> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_start().starts_with('{') {
            let entries = read_json(text).map_err(|error| {
                let what = match error.classify() {
                    Category::Eof => "the JSON ends too early".to_owned(),
                    Category::Data => "a key appears twice in one object".to_owned(),
                    Category::Syntax | Category::Io => json_error(&error.to_string()),
                };
                Problem::new(
                    format!("line {}, column {}", error.line(), error.column()),
                    what,
                )
            })?;
            let mut places = BTreeMap::new();
            find_lines_of_json("", text, &Text::of(text), &mut places);
            return Ok(Document { entries, places });
        }
        let read = || -> Result<Document, toml::de::Error> {
            let root = DeTable::parse(text)?;
            let mut places = BTreeMap::new();
            find_lines_of_toml("", root.get_ref(), &Text::of(text), &mut places);
            let entries = Map::deserialize(toml::Deserializer::from(root))?;
            Ok(Document { entries, places })
        };
        read().map_err(|error| {
            let offset = error.span().map_or(0, |span| span.start);
            let before = text.get(..offset).unwrap_or_default();
            let line = Text::of(text).line(offset);
            let column = before.chars().rev().take_while(|c| *c != '\n').count() + 1;
            Problem::new(
                format!("line {line}, column {column}"),
                toml_error(error.message()),
            )
        })
    }

    /// The line of a place such as `sources.meters.tokens[1]`; `None` if the document has nothing
    /// at that place.
    pub(super) fn line(&self, place: &str) -> Option<usize> {
        self.places.get(place).copied()
    }

    /// Merges another document into this one. Tables are merged; other values of the other document
    /// win.
    pub fn overlay(&mut self, other: Document) {
        merge(&mut self.entries, other.entries);
    }

    /// The top-level entries.
    pub fn entries(&self) -> &Map<String, Value> {
        &self.entries
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.entries
    }
}

/// A document's text, and the ends of its lines.
struct Text<'a> {
    text: &'a str,
    ends: Vec<usize>,
}

impl<'a> Text<'a> {
    fn of(text: &'a str) -> Text<'a> {
        let ends = text.match_indices('\n').map(|(end, _)| end).collect();
        Text { text, ends }
    }

    /// The line of an offset. The first line is 1.
    fn line(&self, offset: usize) -> usize {
        self.ends.partition_point(|end| *end < offset) + 1
    }

    /// The offset of a part of the text.
    fn offset(&self, part: &str) -> usize {
        let begin = self.text.as_ptr().addr();
        part.as_ptr().addr().saturating_sub(begin)
    }
}

fn find_lines_of_toml(
    path: &str,
    table: &DeTable<'_>,
    text: &Text<'_>,
    found: &mut BTreeMap<String, usize>,
) {
    for (key, value) in table {
        let place = place(path, key.get_ref());
        find_lines_in_toml(&place, value.get_ref(), text, found);
        found.insert(place, text.line(key.span().start));
    }
}

fn find_lines_in_toml(
    path: &str,
    value: &DeValue<'_>,
    text: &Text<'_>,
    found: &mut BTreeMap<String, usize>,
) {
    match value {
        DeValue::Table(table) => find_lines_of_toml(path, table, text, found),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let place = format!("{path}[{index}]");
                find_lines_in_toml(&place, item.get_ref(), text, found);
                found.insert(place, text.line(item.span().start));
            }
        }
        _ => {}
    }
}

/// `part` is an object or a list, or a value whose parts have no places. It has been parsed before,
/// which limits its depth.
fn find_lines_of_json(
    path: &str,
    part: &str,
    text: &Text<'_>,
    found: &mut BTreeMap<String, usize>,
) {
    let items = serde_json::from_str::<Vec<&RawValue>>(part);
    for (index, item) in items.into_iter().flatten().enumerate() {
        let place = format!("{path}[{index}]");
        let line = text.line(text.offset(item.get()));
        find_lines_of_json(&place, item.get(), text, found);
        found.insert(place, line);
    }
    let table = serde_json::from_str::<BTreeMap<String, &RawValue>>(part);
    for (key, value) in table.into_iter().flatten() {
        let place = place(path, &key);
        let begin = text.offset(value.get());
        find_lines_of_json(&place, value.get(), text, found);
        // Only white space and a colon come between a key and its value.
        let key_end = text.text.get(..begin).and_then(|before| before.rfind('"'));
        found.insert(place, text.line(key_end.unwrap_or(begin)));
    }
}

/// The place of a key, as problems show it.
fn place(path: &str, key: &str) -> String {
    let name = name::shown(key);
    match path {
        "" => name.into_owned(),
        path => format!("{path}.{name}"),
    }
}

/// The JSON parser's message. Its messages about syntax quote nothing of the text.
fn json_error(message: &str) -> String {
    let found = message.split(" at line ").next().unwrap_or_default();
    format!("this is not JSON: {found}")
}

/// The TOML parser's message, if it is known to quote nothing of the text.
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
        ("duplicate key", _) => "a key or a table appears twice".to_owned(),
        (_, Some(known)) => format!("this is not TOML: {known}"),
        (_, None) => "this is not TOML".to_owned(),
    }
}

/// Refuses a key that appears twice, as TOML does: the value that is ignored could be the one that
/// the user means.
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
                return Err(A::Error::custom("a key appears twice"));
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

#[cfg(test)]
mod tests;
