//! The system topics. They begin with `$` and end with product and device.
//!
//! A gateway publishes for its sub-devices on their topics. So the names in the topic say which
//! device a message is about, and those in the envelope say which device published it.
//!
//! Source: the topic tables of "Device access" (IoT Hub) and "Thing model protocol" (IoT Explorer).

/// A parsed topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic<'a> {
    pub family: TopicFamily,
    /// The product and the device, if the topic is a system topic that names them.
    pub device: Option<(&'a str, &'a str)>,
}

/// The families of topics, by the meaning of their messages for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TopicFamily {
    /// `$thing/up/property`.
    ThingProperty,
    /// `$thing/up/event`.
    ThingEvent,
    /// `$thing/up/action`.
    ThingAction,
    /// The other topics of `$thing`: services, and the messages that the platform sends down.
    Thing,
    /// `$ota/report`.
    OtaReport,
    /// `$gateway/operation`: the requests of a gateway.
    GatewayRequest,
    /// `$shadow/operation`, `$template/operation`.
    StateRequest,
    /// Any other topic whose payload the platform defines: `$resource`, `$sys`, `$log`, `$config`,
    /// and topics that are not known here.
    System,
    /// `$thing/.../raw`, and `raw` under any other name: bytes.
    Bytes,
    /// `$rrpc`, `$broadcast`: payloads that the customer defines.
    Raw,
    /// Any other topic: the customer's own.
    Custom,
}

/// Words that a topic can have in place of a product if it is too short to name product and device.
const NO_PRODUCTS: [&str; 13] = [
    "up",
    "down",
    "txd",
    "rxd",
    "operation",
    "result",
    "report",
    "update",
    "property",
    "event",
    "action",
    "service",
    "raw",
];

impl<'a> Topic<'a> {
    /// Parses a topic. Any text is a topic.
    pub fn parse(text: &'a str) -> Topic<'a> {
        let known = text.starts_with('$').then(|| known(text)).flatten();
        match known.or_else(|| last_two(text)) {
            Some((family, (product, device))) if !product.is_empty() && !device.is_empty() => {
                Topic {
                    family,
                    device: Some((product, device)),
                }
            }
            _ => Topic {
                family: TopicFamily::Custom,
                device: None,
            },
        }
    }
}

type Names<'a> = (&'a str, &'a str);

/// The topics whose messages have their own types, or that do not end with product and device.
fn known(text: &str) -> Option<(TopicFamily, Names<'_>)> {
    let mut parts = [""; 6];
    let mut count = 0;
    for part in text.split('/') {
        *parts.get_mut(count)? = part;
        count += 1;
    }
    let (family, product, device) = match parts.get(..count)? {
        ["$thing", _, "raw", p, d] => (TopicFamily::Bytes, p, d),
        ["$thing", "up", "property", p, d] => (TopicFamily::ThingProperty, p, d),
        ["$thing", "up", "event", p, d] => (TopicFamily::ThingEvent, p, d),
        ["$thing", "up", "action", p, d] => (TopicFamily::ThingAction, p, d),
        ["$thing", "up" | "down", _, p, d] => (TopicFamily::Thing, p, d),
        ["$ota", "report", p, d] => (TopicFamily::OtaReport, p, d),
        ["$gateway", "operation", p, d] => (TopicFamily::GatewayRequest, p, d),
        ["$shadow" | "$template", "operation", p, d] => (TopicFamily::StateRequest, p, d),
        ["$rrpc", "txd" | "rxd", p, d, _] | ["$rrpc" | "$broadcast", "txd" | "rxd", p, d] => {
            (TopicFamily::Raw, p, d)
        }
        _ => return None,
    };
    let is_name = |name: &str| !NO_PRODUCTS.contains(&name);
    is_name(product).then_some((family, (product, device)))
}

/// `$NAME/.../{product}/{device}`, the shape of every system topic, including future ones.
fn last_two(text: &str) -> Option<(TopicFamily, Names<'_>)> {
    let mut parts = text.rsplit('/');
    let (device, product, before) = (parts.next()?, parts.next()?, parts.next()?);
    let is_of_the_system = text.starts_with('$') && parts.next().is_some();
    let family = if before == "raw" {
        TopicFamily::Bytes
    } else {
        TopicFamily::System
    };
    // A direction is followed by a kind.
    let is_kind = matches!(before, "up" | "down");
    (is_of_the_system && !is_kind && !before.is_empty() && !NO_PRODUCTS.contains(&product))
        .then_some((family, (product, device)))
}

impl TopicFamily {
    /// The keys under which a payload names its kind: `method` for `$thing`, else `type`; on an
    /// unknown topic, either.
    pub fn discriminators(self) -> &'static [&'static str] {
        match self {
            TopicFamily::ThingProperty
            | TopicFamily::ThingEvent
            | TopicFamily::ThingAction
            | TopicFamily::Thing => &["method"],
            TopicFamily::OtaReport | TopicFamily::GatewayRequest | TopicFamily::StateRequest => {
                &["type"]
            }
            TopicFamily::System => &["type", "method"],
            TopicFamily::Bytes | TopicFamily::Raw | TopicFamily::Custom => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_topic_names_its_device() {
        let cases = [
            ("$thing/up/property/P/D", TopicFamily::ThingProperty),
            ("$thing/down/property/P/D", TopicFamily::Thing),
            ("$thing/up/event/P/D", TopicFamily::ThingEvent),
            ("$thing/down/event/P/D", TopicFamily::Thing),
            ("$thing/up/action/P/D", TopicFamily::ThingAction),
            ("$thing/down/action/P/D", TopicFamily::Thing),
            ("$thing/up/service/P/D", TopicFamily::Thing),
            ("$thing/down/service/P/D", TopicFamily::Thing),
            ("$thing/up/raw/P/D", TopicFamily::Bytes),
            ("$thing/down/raw/P/D", TopicFamily::Bytes),
            ("$brand/new/raw/P/D", TopicFamily::Bytes),
            ("$thing/up/brand_new/P/D", TopicFamily::Thing),
            ("$ota/report/P/D", TopicFamily::OtaReport),
            ("$ota/update/P/D", TopicFamily::System),
            ("$gateway/operation/P/D", TopicFamily::GatewayRequest),
            ("$gateway/operation/result/P/D", TopicFamily::System),
            ("$shadow/operation/P/D", TopicFamily::StateRequest),
            ("$shadow/operation/result/P/D", TopicFamily::System),
            ("$template/operation/P/D", TopicFamily::StateRequest),
            ("$template/operation/result/P/D", TopicFamily::System),
            ("$sys/operation/P/D", TopicFamily::System),
            ("$sys/operation/result/P/D", TopicFamily::System),
            ("$log/operation/P/D", TopicFamily::System),
            ("$log/operation/result/P/D", TopicFamily::System),
            ("$config/report/P/D", TopicFamily::System),
            ("$config/operation/P/D", TopicFamily::System),
            ("$config/operation/result/P/D", TopicFamily::System),
            ("$resource/up/service/P/D", TopicFamily::System),
            ("$resource/down/service/P/D", TopicFamily::System),
            ("$twecall/up/service/P/D", TopicFamily::System),
            ("$brand/new/P/D", TopicFamily::System),
            (
                "$brand/new/and/much/longer/than/that/P/D",
                TopicFamily::System,
            ),
            ("$rrpc/txd/P/D/77", TopicFamily::Raw),
            ("$rrpc/rxd/P/D/77", TopicFamily::Raw),
            ("$rrpc/txd/P/D", TopicFamily::Raw),
            ("$broadcast/rxd/P/D", TopicFamily::Raw),
        ];
        for (text, family) in cases {
            assert_eq!(
                Topic::parse(text),
                Topic {
                    family,
                    device: Some(("P", "D"))
                },
                "{text}"
            );
        }
        for text in [
            "",
            "P/D/event",
            "any/where/P/D",
            "$thing",
            "$new/P/D",
            "$thing/up/property/P",
            "$thing/up/property//D",
            "$thing/up/property/P/",
            "$thing/up/service/result/D",
            "$gateway/operation/result/P",
            "$gateway/operation/P",
            "$resource/up/service/P",
            "$thing/up/raw/D",
            "$thing/down/raw/D",
            "$thing/up/brand_new/D",
            "$brand/new/raw/D",
            "$ota/report/P",
            "$rrpc/txd/P",
            "$//P/D",
        ] {
            assert_eq!(
                Topic::parse(text),
                Topic {
                    family: TopicFamily::Custom,
                    device: None
                },
                "{text}"
            );
        }
    }
}
