//! The URL of an SQS queue, and the facts that can be read from it.

use crate::arn::is_region;
use http::Uri;
use std::{fmt, net::IpAddr};

/// The DNS suffixes of AWS's services by partition, including those for IPv6.
///
/// Source: <https://github.com/boto/botocore/blob/develop/botocore/data/partitions.json>.
const SUFFIXES: [&str; 14] = [
    "amazonaws.com",
    "api.aws",
    "amazonaws.com.cn",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "api.aws.ic.gov",
    "sc2s.sgov.gov",
    "api.aws.scloud",
    "cloud.adc-e.uk",
    "api.cloud-aws.adc-e.uk",
    "csp.hci.ic.gov",
    "api.aws.hci.ic.gov",
];

/// The URL of an SQS queue: origin, account, name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueUrl {
    text: String,
    origin: String,
    host: String,
}

impl QueueUrl {
    /// The URL, if it is an absolute `http` or `https` URL that names a queue and holds no
    /// credentials.
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
        // The parser of URLs passes over a fragment.
        let is_bare = uri.query().is_none() && !text.contains('#');
        (well_named && is_bare).then(|| QueueUrl {
            text: text.to_owned(),
            origin: format!("{scheme}://{authority}"),
            host: uri.host().unwrap_or_default().to_ascii_lowercase(),
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

    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// Whether the queue is FIFO: SQS requires the suffix for FIFO queues only.
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

    /// Whether requests to the queue are encrypted.
    pub fn is_encrypted(&self) -> bool {
        self.origin.starts_with("https:")
    }

    /// Account and name.
    pub fn path(&self) -> &str {
        self.text.get(self.origin.len()..).unwrap_or_default()
    }

    /// The AWS region, if the host is one of SQS's: the service's own (with or without FIPS or
    /// IPv6), the older names, or a VPC endpoint.
    ///
    /// Source: <https://docs.aws.amazon.com/general/latest/gr/sqs-service.html>.
    pub fn region(&self) -> Option<&str> {
        let host = self.host.as_str();
        if host == "queue.amazonaws.com" {
            return Some("us-east-1");
        }
        let before = |suffix: &&str| host.strip_suffix(suffix)?.strip_suffix('.');
        let labels: Vec<&str> = SUFFIXES.iter().find_map(before)?.split('.').collect();
        let region = match labels.as_slice() {
            ["sqs" | "sqs-fips", region] | [region, "queue"] => region,
            [endpoint, "sqs", region, "vpce"] if endpoint.starts_with("vpce-") => region,
            _ => return None,
        };
        is_region(region).then_some(region)
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
    fn hosts_of_sqs_name_their_region_and_others_do_not() {
        let cases = [
            ("sqs.eu-west-1.amazonaws.com", Some("eu-west-1")),
            ("SQS.EU-West-1.amazonaws.com", Some("eu-west-1")),
            (
                "sqs-fips.us-gov-west-1.amazonaws.com",
                Some("us-gov-west-1"),
            ),
            ("sqs.eu-west-1.api.aws", Some("eu-west-1")),
            ("sqs-fips.us-east-2.api.aws", Some("us-east-2")),
            ("eu-west-1.queue.amazonaws.com", Some("eu-west-1")),
            ("queue.amazonaws.com", Some("us-east-1")),
            ("sqs.cn-north-1.amazonaws.com.cn", Some("cn-north-1")),
            ("cn-north-1.queue.amazonaws.com.cn", Some("cn-north-1")),
            (
                "sqs.cn-north-1.api.amazonwebservices.com.cn",
                Some("cn-north-1"),
            ),
            ("sqs.eusc-de-east-1.amazonaws.eu", Some("eusc-de-east-1")),
            ("sqs.us-iso-east-1.c2s.ic.gov", Some("us-iso-east-1")),
            (
                "vpce-0a1b2c3d4e5f60718-ab12cd34.sqs.eu-west-1.vpce.amazonaws.com",
                Some("eu-west-1"),
            ),
            (
                "vpce-0a1b2c3d4e5f60718-ab12cd34-eu-west-1a.sqs.eu-west-1.vpce.amazonaws.com",
                Some("eu-west-1"),
            ),
            ("sqs.eu-west-1.amazonaws.co", None),
            ("sqs.amazonaws.com", None),
            ("sqs.amazonaws.com.example.org", None),
            ("sqs.eu-west-1.amazonaws.com.example.org", None),
            ("sns.eu-west-1.amazonaws.com", None),
            ("example.sqs.eu-west-1.vpce.amazonaws.com", None),
            ("sqs.eu-west-1.example.org", None),
            ("amazonaws.com", None),
            ("localhost", None),
        ];
        for (host, region) in cases {
            let url = QueueUrl::parse(&format!("https://{host}/123456789012/q")).expect(host);
            assert_eq!(url.region(), region, "{host}");
            assert_eq!(url.path(), "/123456789012/q");
        }
    }

    #[test]
    fn urls_of_queues_and_of_none() {
        let aws = QueueUrl::parse("https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo")
            .expect("a queue");
        assert_eq!(aws.origin(), "https://sqs.eu-west-1.amazonaws.com");
        assert_eq!(aws.name(), "events.fifo");
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
            "https://h/0/q#x",
            "http://127.0.0.1:99999/0/q",
            "http://127.0.0.1:/0/q",
            "https://h/0/a b",
            "https://h/0/.fifo ",
        ] {
            assert_eq!(QueueUrl::parse(bad), None, "{bad}");
        }
    }
}
