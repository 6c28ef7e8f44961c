//! The keys of a table: what each may hold, and what it means.
//!
//! A reader accepts the keys that are declared here and no others, and the JSON Schema and the
//! documentation are made of the same declarations.

/// A key of a table.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Whether it belongs to the secrets.
    pub is_secret: bool,
    /// What it may hold.
    pub shape: Shape,
    /// What happens without it: its default value, or when it is required; in Markdown.
    pub absent: &'static str,
    /// What it means, in Markdown.
    pub meaning: &'static str,
}

/// What a key may hold.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// One of several words.
    Word(fn() -> Vec<&'static str>),
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Number {
        /// The least.
        from: u64,
        /// The greatest.
        to: u64,
    },
    /// A text that matches a pattern, as JSON Schema has them.
    Text {
        /// The pattern.
        pattern: &'static str,
        /// In words, for people.
        what: &'static str,
    },
    /// A list of different texts that match a pattern.
    List {
        /// The pattern.
        pattern: &'static str,
        /// The most items.
        most: Option<u64>,
        /// In words, for people.
        what: &'static str,
    },
}

/// The keys that a table may have in one situation.
#[derive(Debug, Clone, Copy)]
pub struct KeyGroup {
    /// The heading of the documentation.
    pub title: &'static str,
    /// The keys.
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

    /// The same key, of the secrets.
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
