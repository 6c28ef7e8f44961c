//! Names, URLs and ARNs of queues.
//! (SQS Developer Guide, "Amazon SQS queue and message identifiers".)

/// Region and account: the parts of every ARN.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) region: String,
    pub(crate) account: String,
}

impl Identity {
    /// The ARN of the queue with this name.
    pub(crate) fn arn(&self, name: &str) -> String {
        format!("arn:aws:sqs:{}:{}:{name}", self.region, self.account)
    }

    /// The name of the queue with this ARN, if it is a queue of this server.
    pub(crate) fn name_of_arn<'a>(&self, arn: &'a str) -> Option<&'a str> {
        let mut parts = arn.splitn(6, ':');
        let ours = parts.next() == Some("arn")
            && parts.next().is_some()
            && parts.next() == Some("sqs")
            && parts.next() == Some(self.region.as_str())
            && parts.next() == Some(self.account.as_str());
        parts.next().filter(|name| ours && is_queue_name(name))
    }
}

/// Whether a queue may have this name: 1 to 80 letters, digits, hyphens and underscores, including
/// the suffix `.fifo` of FIFO queues.
pub(crate) fn is_queue_name(name: &str) -> bool {
    let stem = name.strip_suffix(".fifo").unwrap_or(name);
    (1..=80).contains(&name.len())
        && !stem.is_empty()
        && stem
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}

/// The name at the end of a queue URL, whatever its host, port and account: a queue keeps its URL
/// when the server starts again on another port.
pub(crate) fn name_of_url(url: &str) -> Option<&str> {
    let name = url.trim_end_matches('/').rsplit('/').next()?;
    is_queue_name(name).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_a_grammar() {
        let eighty = "a".repeat(80);
        let fifo = format!("{}.fifo", "a".repeat(75));
        for good in ["a", "A-b_9", "a.fifo", &eighty, &fifo] {
            assert!(is_queue_name(good), "{good}");
        }
        let long = "a".repeat(81);
        let long_fifo = format!("{}.fifo", "a".repeat(76));
        for bad in [
            "",
            ".fifo",
            "a.b",
            "a b",
            "ä",
            "a.fifo.fifo",
            &long,
            &long_fifo,
        ] {
            assert!(!is_queue_name(bad), "{bad}");
        }
    }

    #[test]
    fn urls_name_a_queue_whatever_the_host() {
        for url in [
            "http://127.0.0.1:1/000000000000/a.fifo",
            "https://sqs.eu-west-1.amazonaws.com/123/a.fifo",
            "http://localhost:2/a.fifo",
            "a.fifo",
        ] {
            assert_eq!(name_of_url(url), Some("a.fifo"), "{url}");
        }
        for url in ["", "http://127.0.0.1:1/", "http://127.0.0.1:1/0/a b"] {
            assert_eq!(name_of_url(url), None, "{url}");
        }
    }

    #[test]
    fn an_arn_is_read_as_it_is_written() {
        let identity = Identity {
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
        };
        assert_eq!(
            identity.name_of_arn(&identity.arn("q.fifo")),
            Some("q.fifo")
        );
        assert_eq!(identity.name_of_arn("arn:aws:sqs:us-east-1:1:q"), None);
        assert_eq!(
            identity.name_of_arn("arn:aws:sns:us-east-1:000000000000:q"),
            None
        );
    }
}
