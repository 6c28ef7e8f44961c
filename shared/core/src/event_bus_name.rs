//! The name or ARN of an EventBridge event bus, and the facts that can be read from it.

use crate::arn::{Arn, is_region};
use std::fmt;

/// The most characters of an event bus's name.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_CreateEventBus.html>.
const MAX_NAME: usize = 256;

/// An EventBridge event bus: its name or ARN, and its region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EventBusName {
    text: String,
    region: Option<String>,
}

/// Why a text is not the name or ARN of an event bus that accepts `PutEvents`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EventBusNameError {
    /// It is neither a name nor an ARN.
    #[error("is neither the name nor the ARN of an event bus")]
    NotABus,
    /// It is the ARN of a bus with subscribers, which has its own API.
    #[error("is a custom event bus with subscribers (event-busv2), which is not supported")]
    WithSubscribers,
}

impl EventBusName {
    /// The bus with that name or ARN.
    ///
    /// # Errors
    /// See [`EventBusNameError`].
    pub fn parse(text: &str) -> Result<EventBusName, EventBusNameError> {
        let (name, region) = match Arn::of("events", text) {
            Some(arn) => {
                if arn.resource.starts_with("event-busv2/") {
                    return Err(EventBusNameError::WithSubscribers);
                }
                let name = arn.resource.strip_prefix("event-bus/");
                (name.unwrap_or_default(), Some(arn.region.to_owned()))
            }
            None => (text, None),
        };
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if !(1..=MAX_NAME).contains(&name.len()) || !name.bytes().all(is_allowed) {
            return Err(EventBusNameError::NotABus);
        }
        Ok(EventBusName {
            text: text.to_owned(),
            region,
        })
    }

    /// The bus with that name in a region. `None` if the text is not the name of a region, or the
    /// bus's ARN has another region.
    #[must_use]
    pub fn in_region(self, region: &str) -> Option<EventBusName> {
        let agrees = self.region.as_deref().is_none_or(|own| own == region);
        (is_region(region) && agrees).then(|| EventBusName {
            region: Some(region.to_owned()),
            ..self
        })
    }

    /// The name or ARN, as it was given.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    pub fn name(&self) -> &str {
        self.text.rsplit('/').next().unwrap_or_default()
    }

    /// The AWS region, if it is known. A bare name is in the region of the environment.
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }
}

impl fmt::Display for EventBusName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_arns_of_buses_and_of_none() {
        let long = "x".repeat(MAX_NAME);
        let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/meters";
        for (text, name, region) in [
            ("default", "default", None),
            ("Meters_1.a-b", "Meters_1.a-b", None),
            (&long, &long, None),
            (arn, "meters", Some("eu-west-1")),
        ] {
            let bus = EventBusName::parse(text).expect(text);
            assert_eq!(
                (bus.as_str(), bus.name(), bus.region()),
                (text, name, region)
            );
        }
        for bad in [
            "",
            "a b",
            "a/b",
            "aws.partner/example.com/a",
            "arn:aws:events:eu-west-1:123456789012:event-bus/",
            "arn:aws:events:eu-west-1:123456789012:event-bus/a/b",
            "arn:aws:events:eu-west-1:123456789012:event-bus/*",
            "arn:aws:events:eu-west-1:123456789012:rule/a",
            "arn:aws:sns:eu-west-1:123456789012:events",
            "https://events.eu-west-1.amazonaws.com/",
            &format!("{long}x"),
        ] {
            assert_eq!(
                EventBusName::parse(bad),
                Err(EventBusNameError::NotABus),
                "{bad}"
            );
        }
        let other =
            "arn:aws:events:eu-west-1:123456789012:event-busv2/orders/abcdefghij0123456789abcde";
        assert_eq!(
            EventBusName::parse(other),
            Err(EventBusNameError::WithSubscribers)
        );
    }

    #[test]
    fn a_region_goes_with_a_name_and_with_an_arn_of_that_region() {
        let arn = "arn:aws:events:eu-west-1:123456789012:event-bus/meters";
        for (text, region, is_good) in [
            ("meters", "eu-west-1", true),
            ("meters", "Europe", false),
            ("meters", "", false),
            (arn, "eu-west-1", true),
            (arn, "eu-west-2", false),
        ] {
            let bus = EventBusName::parse(text).unwrap().in_region(region);
            let found = bus.as_ref().and_then(EventBusName::region);
            assert_eq!(found, is_good.then_some(region), "{text} {region}");
        }
    }
}
