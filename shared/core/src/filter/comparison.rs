//! How an attribute is compared.

/// How an attribute is compared. Case matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// The attribute is the text.
    Exact,
    /// The attribute begins with the text.
    Prefix,
    /// The attribute ends with the text.
    Suffix,
}

impl Comparison {
    pub(super) fn holds(self, value: &str, text: &str) -> bool {
        match self {
            Comparison::Exact => value == text,
            Comparison::Prefix => value.starts_with(text),
            Comparison::Suffix => value.ends_with(text),
        }
    }
}
