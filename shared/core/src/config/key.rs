//! The keys of a table: their values and their meaning.
//!
//! A reader accepts only the keys that are declared here. The JSON Schema and the documentation are
//! generated from the same declarations.

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    pub name: &'static str,
    /// Whether the key belongs to the secrets.
    pub is_secret: bool,
    /// The values that the key may hold.
    pub shape: Shape,
    /// The default value, or when the key is required; in Markdown.
    pub absent: &'static str,
    /// The meaning of the key, in Markdown.
    pub meaning: &'static str,
}

/// The values that a key may hold.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// One of several words.
    Word(fn() -> Vec<&'static str>),
    Boolean,
    /// A whole number.
    Number {
        /// The smallest value.
        from: u64,
        /// The largest value.
        to: u64,
    },
    /// A text that matches a pattern, in the regular expressions of JSON Schema.
    Text {
        pattern: &'static str,
        /// The pattern, explained for people.
        what: &'static str,
    },
    /// A list of different texts that match a pattern.
    List {
        pattern: &'static str,
        /// The most items.
        most: Option<u64>,
        /// The pattern, explained for people.
        what: &'static str,
    },
    /// A list of filters.
    Filters,
}

/// The keys that a table may have in one case.
#[derive(Debug, Clone, Copy)]
pub struct KeyGroup {
    /// The heading in the documentation.
    pub title: &'static str,
    pub keys: &'static [Key],
}

impl Key {
    /// A key of the settings.
    pub(super) const fn new(
        name: &'static str,
        shape: Shape,
        absent: &'static str,
        meaning: &'static str,
    ) -> Key {
        Key {
            name,
            is_secret: false,
            shape,
            absent,
            meaning,
        }
    }

    /// The same key, but of the secrets.
    pub(super) const fn secret(self) -> Key {
        Key {
            is_secret: true,
            ..self
        }
    }
}

impl Shape {
    /// A text in PEM.
    pub(super) const fn pem(what: &'static str) -> Shape {
        Shape::Text {
            pattern: "-----BEGIN ",
            what,
        }
    }

    /// A text that is not empty.
    pub(super) const TEXT: Shape = Shape::Text {
        pattern: ".",
        what: "text",
    };
}

/// The words of a table of choices.
pub(super) fn words<T>(choices: &[(&'static str, T)]) -> Vec<&'static str> {
    choices.iter().map(|(word, _)| *word).collect()
}
