//! Reads a table key by key, and reports unknown keys at the end.

use super::{
    found::found,
    key::KeyGroup,
    name,
    problem::{Problem, Problems},
};
use crate::secret::{Secret, is_placeholder};
use serde_json::{Map, Value};

/// A table of a document, which is read key by key.
#[derive(Debug)]
pub struct Table {
    path: String,
    entries: Map<String, Value>,
}

/// A name and its table, or a problem if the value is not a table.
pub(super) type Named = (String, Result<Table, Problem>);

impl Table {
    pub(super) fn root(entries: Map<String, Value>) -> Self {
        Table {
            path: String::new(),
            entries,
        }
    }

    /// The place of a key, as problems show it.
    pub(super) fn place(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }

    /// Takes a table of named tables. A name without a table is a problem of its own.
    pub(super) fn tables(&mut self, key: &'static str) -> Result<Vec<Named>, Problem> {
        let place = self.place(key);
        let entries = match self.entries.remove(key) {
            None => return Ok(Vec::new()),
            Some(Value::Object(entries)) => entries,
            Some(_) => {
                let message = format!("must be named tables: [{key}.NAME]");
                return Err(Problem::new(place, message));
            }
        };
        let tables = entries.into_iter().map(|(name, value)| {
            let path = format!("{place}.{}", name::shown(&name));
            let table = match value {
                Value::Object(entries) => Ok(Table { path, entries }),
                _ => Err(Problem::new(path, "must be a table")),
            };
            (name, table)
        });
        Ok(tables.collect())
    }

    /// Takes a value as it is.
    pub(super) fn value(&mut self, key: &'static str) -> Option<Value> {
        self.entries.remove(key)
    }

    /// Takes a value. The function converts the value, or says what it must be: "must be a number".
    pub(super) fn take<T>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.entries.remove(key)?;
        match read(&value) {
            Ok(value) => Some(value),
            Err(expected) => {
                let message = format!("{expected}, got {}", found(key, &value));
                problems.push(Problem::new(self.place(key), message));
                None
            }
        }
    }

    /// Takes one of several words, and returns the value of the word.
    pub(super) fn choice<T: Copy>(
        &mut self,
        key: &'static str,
        choices: &[(&'static str, T)],
        problems: &mut Problems,
    ) -> Option<T> {
        let value = self.entries.remove(key)?;
        let given = value.as_str().unwrap_or_default();
        if let Some((_, meaning)) = choices.iter().find(|(word, _)| *word == given) {
            return Some(*meaning);
        }
        let words = || choices.iter().map(|(word, _)| *word);
        let near = name::nearest(given, words()).filter(|_| !given.is_empty());
        let got = match near {
            // A text that is so similar to a public word is not a secret, however long it is.
            Some(near) => format!("{given:?}: did you mean \"{near}\"?"),
            None => found(key, &value),
        };
        let message = format!("{}, got {got}", must_be(words()));
        problems.push(Problem::new(self.place(key), message));
        None
    }

    /// Reports a required key that is missing. `what` describes the key.
    pub(super) fn require(&self, key: &str, what: &str, problems: &mut Problems) {
        if !self.has(key) {
            let message = format!("is missing: {what}");
            problems.push(Problem::new(self.place(key), message));
        }
    }

    /// Takes `true` or `false`.
    pub(super) fn boolean(&mut self, key: &'static str, problems: &mut Problems) -> Option<bool> {
        self.take(key, problems, |value| {
            value
                .as_bool()
                .ok_or_else(|| "must be true or false".to_owned())
        })
    }

    /// Takes a password or key.
    pub(super) fn secret(&mut self, key: &'static str, problems: &mut Problems) -> Option<Secret> {
        self.take(key, problems, |value| {
            let text = not_empty(value)?;
            if is_placeholder(text) {
                return Err("must be the real value, not a placeholder".to_owned());
            }
            Ok(Secret::new(text))
        })
    }

    /// Whether the table has a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Reports the keys that the table cannot have. A reader may leave known keys in the table.
    pub(super) fn finish(self, groups: &[KeyGroup], problems: &mut Problems) {
        let keys = groups.iter().flat_map(|group| group.keys);
        let known: Vec<&str> = keys.map(|key| key.name).collect();
        self.finish_with(&known, problems);
    }

    /// Reports the unknown keys.
    pub(super) fn finish_with(self, known: &[&str], problems: &mut Problems) {
        for key in self
            .entries
            .keys()
            .filter(|key| !known.contains(&key.as_str()))
        {
            let (place, message) = match name::nearest(key, known.iter().copied()) {
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

/// "must be one of ...", with these words.
pub(super) fn must_be(words: impl Iterator<Item = &'static str>) -> String {
    let words: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
    match words.as_slice() {
        [only] => format!("must be {only}"),
        words => format!("must be one of {}", words.join(", ")),
    }
}

/// A text that is not empty and that C accepts.
pub(super) fn not_empty(value: &Value) -> Result<&str, String> {
    let text = value.as_str().filter(|text| !text.is_empty());
    text.filter(|text| !text.contains('\0'))
        .ok_or_else(|| "must be a text that is not empty".to_owned())
}
