//! What the system topics say. They begin with `$` and end with product and device.
//!
//! A gateway publishes for its sub-devices on their topics, so the names in the topic say whom a
//! message is about, and those in the envelope who published it.
//!
//! Source: the topic tables of "Device access" (IoT Hub) and "Thing model protocol" (IoT Explorer).

/// A topic taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Topic<'a> {
    /// What it is about.
    pub family: Family,
    /// Product and device, where the topic is a system topic that names them.
    pub device: Option<(&'a str, &'a str)>,
}

/// The families of topics, by what their messages mean here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// `$thing/up/property`.
    ThingProperty,
    /// `$thing/up/event`.
    ThingEvent,
    /// `$thing/up/action`.
    ThingAction,
    /// `$thing/.../service`: fences, bindings and files.
    ThingService,
    /// The other ways of `$thing`: what the platform sends down.
    ThingDown,
    /// `$ota/report`.
    OtaReport,
    /// `$ota/update`.
    OtaUpdate,
    /// `$gateway/operation`: what a gateway asks for.
    GatewayRequest,
    /// `$gateway/operation/result`: what it is answered.
    GatewayResult,
    /// `$shadow/operation`.
    ShadowRequest,
    /// `$resource`.
    Resource,
    /// `$shadow/operation/result`, `$sys`, `$log`.
    System,
    /// `$rrpc`, `$broadcast`: whatever the customer puts there.
    Raw,
    /// Anything else: the customer's own, or one that is not known here.
    Custom,
}

impl<'a> Topic<'a> {
    /// Takes a topic apart; any text is a topic.
    pub fn parse(text: &'a str) -> Topic<'a> {
        let custom = Topic {
            family: Family::Custom,
            device: None,
        };
        if !text.starts_with('$') {
            return custom;
        }
        let mut parts = [""; 6];
        let mut count = 0;
        for part in text.split('/') {
            match parts.get_mut(count) {
                Some(place) => *place = part,
                None => return custom,
            }
            count += 1;
        }
        let (family, product, device) = match parts.get(..count) {
            Some(["$thing", "up", "property", p, d]) => (Family::ThingProperty, p, d),
            Some(["$thing", "up", "event", p, d]) => (Family::ThingEvent, p, d),
            Some(["$thing", "up", "action", p, d]) => (Family::ThingAction, p, d),
            Some(["$thing", "up" | "down", "service", p, d]) => (Family::ThingService, p, d),
            Some(["$thing", "down", _, p, d]) => (Family::ThingDown, p, d),
            Some(["$ota", "report", p, d]) => (Family::OtaReport, p, d),
            Some(["$ota", "update", p, d]) => (Family::OtaUpdate, p, d),
            Some(["$gateway", "operation", p, d]) => (Family::GatewayRequest, p, d),
            Some(["$gateway", "operation", "result", p, d]) => (Family::GatewayResult, p, d),
            Some(["$shadow", "operation", p, d]) => (Family::ShadowRequest, p, d),
            Some(["$resource", "up" | "down", "service", p, d]) => (Family::Resource, p, d),
            Some(
                ["$shadow" | "$sys" | "$log", "operation", "result", p, d]
                | ["$sys" | "$log", "operation", p, d],
            ) => (Family::System, p, d),
            Some(["$rrpc", "txd" | "rxd", p, d, _] | ["$broadcast", "rxd" | "txd", p, d]) => {
                (Family::Raw, p, d)
            }
            _ => return custom,
        };
        if product.is_empty() || device.is_empty() {
            return custom;
        }
        Topic {
            family,
            device: Some((product, device)),
        }
    }
}

impl Family {
    /// The key under which a payload says what it is: `method` for `$thing`, else `type`.
    pub fn discriminator(self) -> Option<&'static str> {
        match self {
            Family::ThingProperty
            | Family::ThingEvent
            | Family::ThingAction
            | Family::ThingService
            | Family::ThingDown => Some("method"),
            Family::Raw | Family::Custom => None,
            _ => Some("type"),
        }
    }
}

/// Keys of payloads that hold secrets on a topic: signatures that bind a sub-device, and URLs that
/// let anybody who has them read or write a file.
///
/// The topic need not be well-formed: what begins like one that carries secrets may carry them.
pub fn secrets(topic: &str) -> &'static [&'static str] {
    let mut parts = topic.split('/');
    let mut next = || parts.next().unwrap_or_default();
    let (first, second, third) = (next(), next(), next());
    let is = str::eq_ignore_ascii_case;
    if is(first, "$gateway") {
        &["signature"]
    } else if is(first, "$resource") || (is(first, "$thing") && is(third, "service")) {
        &["url", "resource_url", "resource_token"]
    } else if is(first, "$ota") && is(second, "update") {
        &["url"]
    } else {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_system_topic_is_known() {
        let cases = [
            ("$thing/up/property/P/D", Family::ThingProperty),
            ("$thing/down/property/P/D", Family::ThingDown),
            ("$thing/up/event/P/D", Family::ThingEvent),
            ("$thing/down/event/P/D", Family::ThingDown),
            ("$thing/up/action/P/D", Family::ThingAction),
            ("$thing/down/action/P/D", Family::ThingDown),
            ("$thing/up/service/P/D", Family::ThingService),
            ("$thing/down/service/P/D", Family::ThingService),
            ("$ota/report/P/D", Family::OtaReport),
            ("$ota/update/P/D", Family::OtaUpdate),
            ("$gateway/operation/P/D", Family::GatewayRequest),
            ("$gateway/operation/result/P/D", Family::GatewayResult),
            ("$shadow/operation/P/D", Family::ShadowRequest),
            ("$shadow/operation/result/P/D", Family::System),
            ("$sys/operation/P/D", Family::System),
            ("$sys/operation/result/P/D", Family::System),
            ("$log/operation/P/D", Family::System),
            ("$log/operation/result/P/D", Family::System),
            ("$resource/up/service/P/D", Family::Resource),
            ("$resource/down/service/P/D", Family::Resource),
            ("$rrpc/txd/P/D/77", Family::Raw),
            ("$broadcast/rxd/P/D", Family::Raw),
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
            "$thing",
            "$thing/up/property/P",
            "$thing/up/property//D",
            "$new/up/P/D",
            "$thing/up/property/P/D/E",
            "$a/b/c/d/e/f/g",
        ] {
            assert_eq!(
                Topic::parse(text),
                Topic {
                    family: Family::Custom,
                    device: None
                },
                "{text}"
            );
        }
    }
}
