//! Where log lines go.

use tracing_subscriber::{EnvFilter, fmt};

/// Writes log lines as JSON to stdout, as CloudWatch takes them, from the level of that name on
/// (`debug`, `info`, ...); of an unknown name: from INFO on.
pub fn init_for_lambda(level: &str) {
    let filter =
        EnvFilter::try_new(level.to_lowercase()).unwrap_or_else(|_| EnvFilter::new("info"));
    // A second initialisation, as in a test, changes nothing.
    let _ = fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .try_init();
}
