//! Values of arguments.

use std::convert::Infallible;
use thingrelay_core::secret::Secret;

/// Takes any text, so that no error message of the argument parser ever shows a secret.
pub(crate) fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(Secret::new(text))
}

/// The secret, unless it is empty: a variable of the environment may be empty.
pub(crate) fn not_empty(secret: Option<&Secret>) -> Option<&Secret> {
    secret.filter(|secret| !secret.expose().is_empty())
}

/// Takes a positive number of seconds, an hour at most.
pub(crate) fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|seconds| (0.001..=3600.0).contains(seconds))
        .ok_or_else(|| "expected a number of seconds from 0.001 to 3600".to_owned())
}
