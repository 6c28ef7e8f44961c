//! The environment variables of the functions. No other module reads any.

use crate::telemetry::{Format, Settings};
use std::path::PathBuf;
use thingrelay_core::config::{ConfigError, Problem};
use thingrelay_core::queue_url::QueueUrl;

/// The path of a file with the whole configuration, TOML or JSON: for use on one machine.
pub const CONFIG_FILE: &str = "THINGRELAY_CONFIG_FILE";
/// The name or ARN of the SSM parameter with the settings.
pub const SETTINGS_PARAMETER: &str = "THINGRELAY_SETTINGS_PARAMETER";
/// The name or ARN of the Secrets Manager entry with the secrets, for a function that has any.
pub const SECRETS: &str = "THINGRELAY_SECRETS";
/// The URL of the staging queue.
pub const STAGING_QUEUE_URL: &str = "THINGRELAY_STAGING_QUEUE_URL";
/// The URL of the quarantine queue.
pub const QUARANTINE_QUEUE_URL: &str = "THINGRELAY_QUARANTINE_QUEUE_URL";
/// The URL of the queue that gets the events if the configuration names no target.
pub const EVENTS_QUEUE_URL: &str = "THINGRELAY_EVENTS_QUEUE_URL";
/// The name of the Firehose stream of the archive, if there is one.
pub const ARCHIVE_STREAM: &str = "THINGRELAY_ARCHIVE_STREAM";
/// The name of the target that the function `webhook` sends to.
pub const WEBHOOK_TARGET: &str = "THINGRELAY_WEBHOOK_TARGET";
/// The URL of the queue from which the function `webhook` takes the events.
pub const WEBHOOK_QUEUE_URL: &str = "THINGRELAY_WEBHOOK_QUEUE_URL";
/// The URL of the queue for the events that a webhook's receiver did not take.
pub const DEAD_LETTER_QUEUE_URL: &str = "THINGRELAY_DEAD_LETTER_QUEUE_URL";
/// The CloudWatch namespace of the metrics; `thingrelay` if it is not set.
pub const METRICS_NAMESPACE: &str = "THINGRELAY_METRICS_NAMESPACE";

/// Where the documents are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentLocation {
    /// All documents in one file.
    File(PathBuf),
    /// In AWS.
    Cloud {
        /// The name or ARN of the SSM parameter with the settings.
        settings: String,
        /// The name or ARN of the Secrets Manager entry with the secrets, for a reader that has
        /// any.
        secrets: Option<String>,
    },
}

impl DocumentLocation {
    /// Without the secrets, for a reader that does not use them.
    #[must_use]
    pub fn settings_alone(self) -> DocumentLocation {
        match self {
            DocumentLocation::Cloud { settings, .. } => DocumentLocation::Cloud {
                settings,
                secrets: None,
            },
            file @ DocumentLocation::File(_) => file,
        }
    }
}

/// Where the documents of the configuration are.
///
/// # Errors
/// The environment names none.
pub fn documents() -> Result<DocumentLocation, ConfigError> {
    place(|name| std::env::var(name).ok())
}

fn place(variable: impl Fn(&str) -> Option<String>) -> Result<DocumentLocation, ConfigError> {
    let given = |name| variable(name).filter(|value| !value.is_empty());
    match (given(CONFIG_FILE), given(SETTINGS_PARAMETER)) {
        (Some(path), _) => Ok(DocumentLocation::File(path.into())),
        (None, Some(settings)) => Ok(DocumentLocation::Cloud {
            settings,
            secrets: given(SECRETS),
        }),
        (None, None) => Err(problem(
            SETTINGS_PARAMETER,
            format!("is not set in the environment, nor is {CONFIG_FILE}"),
        )),
    }
}

/// The URL of a queue that the environment names.
///
/// # Errors
/// The variable is not set, or is not the URL of a queue.
pub fn queue_url(name: &'static str) -> Result<QueueUrl, ConfigError> {
    let text = std::env::var(name).map_err(|_| problem(name, "is not set in the environment"))?;
    QueueUrl::parse(&text).ok_or_else(|| problem(name, "is not the URL of an SQS queue"))
}

/// The URL of a queue, if the environment names one.
///
/// # Errors
/// The variable is set, but is not the URL of a queue.
pub fn optional_queue_url(name: &'static str) -> Result<Option<QueueUrl>, ConfigError> {
    match std::env::var(name) {
        Err(_) => Ok(None),
        Ok(text) if text.is_empty() => Ok(None),
        Ok(_) => queue_url(name).map(Some),
    }
}

/// A text that the environment holds.
///
/// # Errors
/// The variable is not set.
pub fn text(name: &'static str) -> Result<String, ConfigError> {
    optional_text(name).ok_or_else(|| problem(name, "is not set in the environment"))
}

/// A text, if the environment holds one.
pub fn optional_text(name: &'static str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// The endpoint of an AWS service, if the environment names one in place of the service's own.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html>.
pub fn endpoint_url(service: &str) -> Option<String> {
    [
        format!("AWS_ENDPOINT_URL_{service}").as_str(),
        "AWS_ENDPOINT_URL",
    ]
    .into_iter()
    .find_map(|name| std::env::var(name).ok().filter(|url| !url.is_empty()))
}

/// Whether the environment asks for FIPS endpoints.
///
/// Source: <https://docs.aws.amazon.com/sdkref/latest/guide/feature-endpoints.html>.
pub fn use_fips() -> bool {
    is_true("AWS_USE_FIPS_ENDPOINT")
}

/// Whether the environment asks for endpoints that also have IPv6. The source is the same.
pub fn use_dual_stack() -> bool {
    is_true("AWS_USE_DUALSTACK_ENDPOINT")
}

fn is_true(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| value.eq_ignore_ascii_case("true"))
}

fn problem(place: &str, message: impl Into<String>) -> ConfigError {
    Problem::new(place, message).into()
}

/// How to log, and the namespace of the metrics. Lambda's own variable for the level wins over
/// `RUST_LOG`.
pub fn telemetry() -> Settings {
    telemetry_of(|name| std::env::var(name).ok())
}

fn telemetry_of(variable: impl Fn(&str) -> Option<String>) -> Settings {
    let given = |name| variable(name).filter(|value| !value.is_empty());
    let level = given("AWS_LAMBDA_LOG_LEVEL").or_else(|| given("RUST_LOG"));
    Settings {
        format: Format::of(&given("AWS_LAMBDA_LOG_FORMAT").unwrap_or_default()),
        level: level.unwrap_or_default(),
        namespace: given(METRICS_NAMESPACE).unwrap_or_else(|| "thingrelay".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lambdas_own_level_wins_and_nothing_need_be_set() {
        let (lambda, rust) = ("AWS_LAMBDA_LOG_LEVEL", "RUST_LOG");
        let format = ("AWS_LAMBDA_LOG_FORMAT", "Text");
        let namespace = (METRICS_NAMESPACE, "thingrelay/one");
        let cases = [
            (vec![], (Format::Json, "", "thingrelay")),
            (vec![(rust, "debug")], (Format::Json, "debug", "thingrelay")),
            (
                vec![(lambda, "WARN"), (rust, "debug")],
                (Format::Json, "WARN", "thingrelay"),
            ),
            (
                vec![(lambda, ""), (rust, "debug")],
                (Format::Json, "debug", "thingrelay"),
            ),
            (
                vec![format, namespace],
                (Format::Text, "", "thingrelay/one"),
            ),
            (
                vec![(METRICS_NAMESPACE, "")],
                (Format::Json, "", "thingrelay"),
            ),
        ];
        for (environment, (format, level, namespace)) in cases {
            let found = telemetry_of(|name| {
                let mut pairs = environment.iter();
                let pair = pairs.find(|(other, _)| *other == name);
                pair.map(|(_, value)| (*value).to_owned())
            });
            let expected = Settings {
                format,
                level: level.to_owned(),
                namespace: namespace.to_owned(),
            };
            assert_eq!(found, expected, "{environment:?}");
        }
    }

    #[test]
    fn a_file_goes_before_the_cloud() {
        let cloud = |secrets: Option<&str>| DocumentLocation::Cloud {
            settings: "/relay/settings".to_owned(),
            secrets: secrets.map(str::to_owned),
        };
        let settings = (SETTINGS_PARAMETER, "/relay/settings");
        let file = (CONFIG_FILE, "a.toml");
        let cases = [
            (vec![file], Some(DocumentLocation::File("a.toml".into()))),
            (
                vec![file, settings],
                Some(DocumentLocation::File("a.toml".into())),
            ),
            (
                vec![settings, (SECRETS, "tokens")],
                Some(cloud(Some("tokens"))),
            ),
            (
                vec![(CONFIG_FILE, ""), settings, (SECRETS, "")],
                Some(cloud(None)),
            ),
            (vec![(SECRETS, "tokens")], None),
            (vec![], None),
        ];
        for (environment, expected) in cases {
            let found = place(|name| {
                let mut pairs = environment.iter();
                let pair = pairs.find(|(other, _)| *other == name);
                pair.map(|(_, value)| (*value).to_owned())
            });
            assert_eq!(found.ok(), expected, "{environment:?}");
        }
    }
}
