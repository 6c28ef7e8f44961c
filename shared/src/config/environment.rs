//! The environment variables of the functions. No other module reads any.

use super::{Config, Problem, Problems, Reader};
use crate::queue::QueueUrl;

/// Path of the file with the configuration, TOML or JSON.
pub const CONFIG_FILE: &str = "THINGRELAY_CONFIG_FILE";
/// URL of the staging queue.
pub const STAGING_QUEUE_URL: &str = "THINGRELAY_STAGING_QUEUE_URL";
/// URL of the quarantine queue.
pub const QUARANTINE_QUEUE_URL: &str = "THINGRELAY_QUARANTINE_QUEUE_URL";

/// Reads the configuration from the file that the environment names.
///
/// # Errors
/// The variable is not set, the file cannot be read, or its problems.
pub fn config(reader: Reader) -> Result<Config, Problems> {
    let path = variable(CONFIG_FILE)?;
    let text = std::fs::read_to_string(&path).map_err(|error| {
        problem(
            CONFIG_FILE,
            format!("names a file that cannot be read: {error}"),
        )
    })?;
    Config::parse(&[&text], reader)
}

/// The URL of a queue that the environment names.
///
/// # Errors
/// The variable is not set, or is no URL of a queue.
pub fn queue_url(name: &'static str) -> Result<QueueUrl, Problems> {
    QueueUrl::parse(&variable(name)?).ok_or_else(|| problem(name, "is no URL of an SQS queue"))
}

fn variable(name: &'static str) -> Result<String, Problems> {
    std::env::var(name).map_err(|_| problem(name, "is not set in the environment"))
}

fn problem(place: &str, message: impl Into<String>) -> Problems {
    let mut problems = Problems::default();
    problems.push(Problem::new(place, message));
    problems
}

/// The level from which log lines are written: Lambda's own variable wins over `RUST_LOG`.
pub fn log_level() -> String {
    std::env::var("AWS_LAMBDA_LOG_LEVEL")
        .or_else(|_| std::env::var("RUST_LOG"))
        .unwrap_or_else(|_| "info".to_owned())
}
