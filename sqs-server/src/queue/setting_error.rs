//! Why an attribute of a queue is refused.

/// Why an attribute is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SettingError {
    /// A queue of this kind has no such attribute.
    #[error("Unknown Attribute {0}.")]
    UnknownName(String),
    /// The value is outside its range or grammar.
    #[error("Invalid value for the parameter {0}.")]
    InvalidValue(String),
    /// A policy document is wrong.
    #[error("Value {value} for parameter {name} is invalid. Reason: {reason}")]
    InvalidPolicy {
        name: &'static str,
        value: String,
        reason: String,
    },
}
