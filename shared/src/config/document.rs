//! TOML or JSON text, and how one document is laid over another.

use super::problem::Problem;
use serde_json::{Map, Value};

/// A document as a tree.
#[derive(Debug, Clone, Default)]
pub struct Document(Map<String, Value>);

impl Document {
    /// Parses text that is JSON if it begins with `{`, else TOML.
    ///
    /// # Errors
    /// The place of the error, without the text there: it may be a secret.
    pub fn parse(text: &str) -> Result<Document, Problem> {
        if text.trim_start().starts_with('{') {
            serde_json::from_str(text).map(Document).map_err(|error| {
                let what = match error.classify() {
                    serde_json::error::Category::Eof => "the JSON ends too early",
                    _ => "no JSON object",
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
                Problem::new(format!("line {line}"), "no TOML")
            })
        }
    }

    /// Lays another document over this one: its tables are merged, its other values win.
    pub fn overlay(&mut self, other: Document) {
        merge(&mut self.0, other.0);
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        self.0
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
