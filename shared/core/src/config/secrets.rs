//! The keys that belong to the secrets.

/// The keys of sources and targets that belong to the secrets.
pub const SECRETS: [&str; 6] = [
    "tokens",
    "access_key",
    "password",
    "client_key",
    "client_key_password",
    "signing_secrets",
];
