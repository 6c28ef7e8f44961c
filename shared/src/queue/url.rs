//! Where a queue is, and what its URL says about it.

use http::Uri;
use std::{fmt, net::IpAddr};

/// The URL of an SQS queue: origin, account, name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueUrl {
    text: String,
    origin: String,
    host: String,
}

impl QueueUrl {
    /// The URL, if it is an absolute `http` or `https` one with the name of a queue, and no
    /// credentials in it.
    pub fn parse(text: &str) -> Option<QueueUrl> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri
            .scheme_str()
            .filter(|scheme| matches!(*scheme, "http" | "https"))?;
        let authority = uri
            .authority()
            .filter(|authority| !authority.as_str().contains('@'))
            .filter(|authority| {
                authority.port_u16().is_some() || authority.as_str() == authority.host()
            })?;
        let name = uri
            .path()
            .rsplit('/')
            .next()
            .filter(|name| !name.is_empty())?;
        let stem = name.strip_suffix(".fifo").unwrap_or(name);
        let well_named = (1..=80).contains(&name.len())
            && stem
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
        (well_named && uri.query().is_none()).then(|| QueueUrl {
            text: text.to_owned(),
            origin: format!("{scheme}://{authority}"),
            host: uri.host().unwrap_or_default().to_owned(),
        })
    }

    /// The URL as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Scheme, host and port.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it is a FIFO queue: SQS demands the suffix of these and of no others.
    pub fn is_fifo(&self) -> bool {
        self.text.ends_with(".fifo")
    }

    /// Whether the queue is on this machine's loopback interface.
    pub fn is_loopback(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host
                .parse::<IpAddr>()
                .is_ok_and(|address| address.is_loopback())
    }

    /// The AWS region, where the host names one: `sqs.REGION.amazonaws.com`.
    pub fn region(&self) -> Option<&str> {
        let (region, domain) = self.host.strip_prefix("sqs.")?.split_once('.')?;
        matches!(domain, "amazonaws.com" | "amazonaws.com.cn" | "api.aws").then_some(region)
    }
}

impl fmt::Display for QueueUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_of_queues_and_of_none() {
        let aws = QueueUrl::parse("https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo")
            .expect("a queue");
        assert_eq!(aws.origin(), "https://sqs.eu-west-1.amazonaws.com");
        assert_eq!(
            (aws.region(), aws.is_fifo(), aws.is_loopback()),
            (Some("eu-west-1"), true, false)
        );
        let local = QueueUrl::parse("http://127.0.0.1:9324/000000000000/events").expect("a queue");
        assert_eq!(
            (local.region(), local.is_fifo(), local.is_loopback()),
            (None, false, true)
        );
        assert!(
            QueueUrl::parse("http://[::1]:9324/0/events")
                .expect("a queue")
                .is_loopback()
        );
        for bad in [
            "",
            "events",
            "ftp://h/0/q",
            "https://h",
            "https://h/",
            "https://u:p@h/0/q",
            "https://h/0/q?x=1",
            "http://127.0.0.1:99999/0/q",
            "http://127.0.0.1:/0/q",
            "https://h/0/a b",
            "https://h/0/.fifo ",
        ] {
            assert_eq!(QueueUrl::parse(bad), None, "{bad}");
        }
    }
}
