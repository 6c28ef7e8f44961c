//! The kinds of message as Tuya sends them, before they are encrypted.
//!
//! The shapes are those of Tuya's page on its message service,
//! <https://developer.tuya.com/en/docs/iot/Pulsar-SDK-get-message?id=Kawfmtxntb9hz>; the values are
//! made up.

use super::{
    kind::Kind,
    template::{Fields, Template},
};
use bytes::Bytes;

/// How the messages of one kind are composed.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    protocol: i64,
    /// The forms, which each device sends in turn.
    forms: Vec<Template>,
}

impl Recipe {
    /// The recipe of this kind; `None` if Tuya has no such messages.
    pub(crate) fn of(kind: Kind) -> Option<Recipe> {
        let (protocol, forms): (i64, &[&str]) = match kind {
            Kind::Report => (4, &[REPORT]),
            Kind::Status => (20, &[ONLINE, OFFLINE]),
            Kind::Event => (1000, &[EVENT]),
            Kind::Info => (20, &[NAME]),
            Kind::Firmware => (20, &[FIRMWARE]),
            Kind::Action
            | Kind::Gateway
            | Kind::CustomPush
            | Kind::Binary
            | Kind::Queue
            | Kind::Custom => return None,
        };
        let forms = forms.iter().map(|form| Template::parse(form.as_bytes()));
        Some(Recipe {
            protocol,
            forms: forms.collect(),
        })
    }

    /// The `protocol` of the envelope.
    pub(crate) fn protocol(&self) -> i64 {
        self.protocol
    }

    /// Composes one message.
    pub(crate) fn fill(&self, fields: &Fields<'_>) -> Bytes {
        let turn = fields.n.saturating_sub(1) % self.forms.len().max(1) as u64;
        let form = usize::try_from(turn)
            .ok()
            .and_then(|turn| self.forms.get(turn));
        form.map(|form| form.fill(fields)).unwrap_or_default()
    }
}

const REPORT: &str = r#"{"dataId":"{product}-{seq}","devId":"{device}","productKey":"{product}","status":[{"code":"n","value":{n},"t":{timestamp}000,"101":"{n}"},{"code":"energy","value":{random},"t":{timestamp}000,"102":"{random}"},{"code":"relay","value":true,"t":{timestamp}000,"1":"true"}]}"#;
const ONLINE: &str = r#"{"bizCode":"online","bizData":{"time":{timestamp}000,"uid":"{product}-{seq}"},"devId":"{device}","productKey":"{product}","ts":{timestamp}000}"#;
const OFFLINE: &str = r#"{"bizCode":"offline","bizData":{"time":{timestamp}000,"uid":"{product}-{seq}"},"devId":"{device}","productKey":"{product}","ts":{timestamp}000}"#;
const EVENT: &str = r#"{"bizCode":"deviceEventMessage","bizData":{"devId":"{device}","productId":"{product}","eventCode":"overload","outputParams":{"n":{n},"current":{random}}},"ts":{timestamp}000}"#;
const NAME: &str = r#"{"bizCode":"nameUpdate","bizData":{"devId":"{device}","name":"{device} number {number}","uid":"{product}-{seq}"},"devId":"{device}","productKey":"{product}","ts":{timestamp}000}"#;
const FIRMWARE: &str = r#"{"bizCode":"upgradeStatus","bizData":{"devId":"{device}","upgradeStatus":"2","moduleType":"0","description":"step {number}","oldVersion":"1.0.0","newVersion":"1.0.{n}"},"devId":"{device}","productKey":"{product}","ts":{timestamp}000}"#;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::HashSet;

    #[test]
    fn every_kind_is_json_that_names_its_device_and_changes_with_its_number() {
        for kind in Kind::ALL {
            let Some(recipe) = Recipe::of(kind) else {
                continue;
            };
            let value: Value = serde_json::from_slice(&recipe.fill(&Fields::EXAMPLE)).unwrap();
            let device = value.get("devId").unwrap_or(&value["bizData"]["devId"]);
            assert_eq!(device, "device-0001", "{kind:?}");
            let bodies: HashSet<Bytes> = (1..=50)
                .map(|n| Fields {
                    n,
                    seq: 42 + n,
                    ..Fields::EXAMPLE
                })
                .map(|fields| recipe.fill(&fields))
                .collect();
            assert_eq!(bodies.len(), 50, "{kind:?}");
        }
    }

    #[test]
    fn a_device_comes_online_and_goes_offline_in_turns() {
        let recipe = Recipe::of(Kind::Status).unwrap();
        for (n, code) in [(1, "online"), (2, "offline"), (3, "online")] {
            let body = recipe.fill(&Fields {
                n,
                ..Fields::EXAMPLE
            });
            let value: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(value["bizCode"], code, "{n}");
            assert_eq!(value["ts"], 1_700_000_000_000_u64);
        }
    }
}
