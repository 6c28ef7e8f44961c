//! Values of arguments.
//!
//! # Layout
//!
//! * [`time`]: a point in time.
//! * [`token`]: the token of a source.

pub(crate) mod time;
pub(crate) mod token;

use std::convert::Infallible;
use thingrelay_core::{queue_url::QueueUrl, secret::Secret};

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

/// Takes the URL of a queue.
pub(crate) fn queue(text: &str) -> Result<QueueUrl, String> {
    QueueUrl::parse(text).ok_or_else(|| {
        "expected the URL of a queue, such as https://sqs.eu-west-1.amazonaws.com/123456789012/staging.fifo".to_owned()
    })
}

/// Takes the URL of a staging queue.
pub(crate) fn staging_queue(text: &str) -> Result<QueueUrl, String> {
    let url = queue(text)?;
    if url.is_fifo() {
        Ok(url)
    } else {
        Err(
            "the staging queue must be a FIFO queue, which keeps the order: its name ends in .fifo"
                .to_owned(),
        )
    }
}

/// The queues of `thingrelay dev` on this machine.
#[derive(Debug, Clone)]
pub(crate) struct Endpoint {
    pub(crate) staging: QueueUrl,
    /// The quarantine and the queue of dead letters.
    pub(crate) others: [QueueUrl; 2],
}

/// Takes the URL of the queue server of `thingrelay dev`.
pub(crate) fn endpoint(text: &str) -> Result<Endpoint, String> {
    let url = |name: &str| {
        let text = format!("{}/000000000000/{name}", text.trim_end_matches('/'));
        QueueUrl::parse(&text).filter(QueueUrl::is_loopback)
    };
    let all = || {
        Some(Endpoint {
            staging: url("staging.fifo")?,
            others: [url("quarantine")?, url("dead-letter.fifo")?],
        })
    };
    all().ok_or_else(|| {
        "expected the address of a queue server on this machine, such as http://127.0.0.1:9324"
            .to_owned()
    })
}
