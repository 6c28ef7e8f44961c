//! A table that is taken apart key by key; what is left over at the end is a problem.

use super::{
    name,
    problem::{Problem, Problems},
};
use crate::secret::Secret;
use serde_json::{Map, Value};

pub(super) struct Table {
    path: String,
    entries: Map<String, Value>,
    known: Vec<&'static str>,
}

/// A name and its table; a problem where something else has the name.
pub(super) type Named = (String, Result<Table, Problem>);

impl Table {
    pub(super) fn root(entries: Map<String, Value>) -> Self {
        Table {
            path: String::new(),
            entries,
            known: Vec::new(),
        }
    }

    /// The place of a key, for problems.
    pub(super) fn place(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Takes a table of named tables. A name without a table is a problem of its own.
    pub(super) fn tables(&mut self, key: &'static str) -> Result<Vec<Named>, Problem> {
        self.known.push(key);
        let place = self.place(key);
        let entries = match self.entries.remove(key) {
            None => return Ok(Vec::new()),
            Some(Value::Object(entries)) => entries,
            Some(_) => {
                let message = format!("is a list of named tables: [{key}.NAME]");
                return Err(Problem::new(place, message));
            }
        };
        let tables = entries.into_iter().map(|(name, value)| {
            let path = format!("{place}.{}", name::shown(&name));
            let table = match value {
                Value::Object(entries) => Ok(Table {
                    path,
                    entries,
                    known: Vec::new(),
                }),
                _ => Err(Problem::new(path, "is a table")),
            };
            (name, table)
        });
        Ok(tables.collect())
    }

    /// Takes a value by a function that says what it should have been.
    pub(super) fn take<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        self.known.push(key);
        let value = self.entries.remove(key)?;
        match read(&value) {
            Ok(value) => Some(value),
            Err(message) => {
                problems.push(Problem::new(self.place(key), message));
                None
            }
        }
    }

    /// Takes a string.
    pub(super) fn string(&mut self, key: &'static str, problems: &mut Problems) -> Option<String> {
        self.take(key, problems, |value| {
            value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| "is a string".to_owned())
        })
    }

    /// Takes `true` or `false`.
    pub(super) fn boolean(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        self.take(key, problems, |value| {
            value.as_bool().ok_or_else(|| "is true or false".to_owned())
        })
    }

    /// Takes a password or key.
    pub(super) fn secret(&mut self, key: &'static str, problems: &mut Problems) -> Option<Secret> {
        self.take(key, problems, |value| not_empty(value).map(Secret::new))
    }

    /// Removes a value that this reader has no use for.
    pub(super) fn discard(&mut self, key: &'static str) {
        self.known.push(key);
        self.entries.remove(key);
    }

    /// Whether a key is there.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Reports the keys that nobody took.
    pub(super) fn finish(self, problems: &mut Problems) {
        for key in self.entries.keys() {
            let (place, message) = match name::nearest(key, self.known.iter().copied()) {
                Some(near) => (
                    self.place(key),
                    format!("is not known here: did you mean {near}?"),
                ),
                None => (
                    self.place(&name::shown(key)),
                    "is not known here: remove it".to_owned(),
                ),
            };
            problems.push(Problem::new(place, message));
        }
    }
}

/// A text that C takes, and that is one.
pub(super) fn not_empty(value: &Value) -> Result<&str, String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.filter(|text| !text.contains('\0'))
        .ok_or_else(|| "is a string that is not empty".to_owned())
}
