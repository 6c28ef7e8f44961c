//! The keys that belong to the secrets.

/// The keys of a source that belong to the secrets.
pub const SECRETS: [&str; 5] = [
    "tokens",
    "access_key",
    "password",
    "client_key",
    "client_key_password",
];
