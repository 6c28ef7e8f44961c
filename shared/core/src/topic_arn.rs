//! The ARN of an SNS topic, and the facts that can be read from it.

use crate::arn::Arn;
use std::fmt;

/// The most characters of a topic's name.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html>.
const MAX_NAME: usize = 256;

/// The ARN of an SNS topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicArn {
    text: String,
    region: String,
}

impl TopicArn {
    /// The ARN, if it is that of a topic. An ARN with more after the topic's name is that of a
    /// subscription.
    pub fn parse(text: &str) -> Option<TopicArn> {
        let arn = Arn::of("sns", text)?;
        let stem = arn.resource.strip_suffix(".fifo").unwrap_or(arn.resource);
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let is_name =
            !stem.is_empty() && arn.resource.len() <= MAX_NAME && stem.bytes().all(is_allowed);
        is_name.then(|| TopicArn {
            text: text.to_owned(),
            region: arn.region.to_owned(),
        })
    }

    /// The ARN as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn name(&self) -> &str {
        self.text.rsplit(':').next().unwrap_or_default()
    }

    /// The AWS region.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Whether the topic is FIFO: SNS requires the suffix for FIFO topics only.
    pub fn is_fifo(&self) -> bool {
        self.text.ends_with(".fifo")
    }
}

impl fmt::Display for TopicArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_topics_and_of_none() {
        let long = "x".repeat(MAX_NAME);
        for (arn, name, region, is_fifo) in [
            (
                "arn:aws:sns:eu-west-1:123456789012:events.fifo".to_owned(),
                "events.fifo",
                "eu-west-1",
                true,
            ),
            (
                "arn:aws-us-gov:sns:us-gov-west-1:123456789012:Events_1-a".to_owned(),
                "Events_1-a",
                "us-gov-west-1",
                false,
            ),
            (
                format!("arn:aws-cn:sns:cn-north-1:123456789012:{long}"),
                &long,
                "cn-north-1",
                false,
            ),
        ] {
            let topic = TopicArn::parse(&arn).expect(&arn);
            assert_eq!(topic.as_str(), arn);
            assert_eq!(
                (topic.name(), topic.region(), topic.is_fifo()),
                (name, region, is_fifo)
            );
        }
        for bad in [
            "",
            "events.fifo",
            "arn:aws:sns:eu-west-1:123456789012:",
            "arn:aws:sns:eu-west-1:123456789012:.fifo",
            "arn:aws:sns:eu-west-1:123456789012:a.b",
            "arn:aws:sns:eu-west-1:123456789012:a/b",
            "arn:aws:sns:eu-west-1:123456789012:*",
            "arn:aws:sns:eu-west-1:123456789012:events:a2b3c4d5",
            "arn:aws:sns::123456789012:events",
            "arn:aws:sns:EU-WEST-1:123456789012:events",
            "arn:aws:sns:eu-west-1:12345678901:events",
            "arn:aws:sqs:eu-west-1:123456789012:events",
            "arn:amazon:sns:eu-west-1:123456789012:events",
            "ARN:aws:sns:eu-west-1:123456789012:events",
            &format!("arn:aws:sns:eu-west-1:123456789012:{long}x"),
        ] {
            assert_eq!(TopicArn::parse(bad), None, "{bad}");
        }
    }
}
