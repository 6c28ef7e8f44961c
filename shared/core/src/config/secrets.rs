//! The keys that belong to the secrets.

/// What belongs to the secrets of a source.
pub const SECRETS: [&str; 5] = [
    "tokens",
    "access_key",
    "password",
    "client_key",
    "client_key_password",
];
