//! The kinds of message that the platform sends, one body for each.
//!
//! The shapes are those of Tencent Cloud's pages on rule forwarding, data synchronisation, the
//! device's Thing Specification protocol, firmware upgrades and gateways; the values are made up.

use super::{
    request::HeaderFamily,
    template::{Fields, Template},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use time::{OffsetDateTime, UtcOffset, macros::format_description};

/// A kind of message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Kind {
    /// A device reports properties (HTTP envelope).
    Report,
    /// A device comes online or goes offline, in turns (queue envelope).
    Status,
    /// A device posts an event.
    Event,
    /// A device replies to an action.
    Action,
    /// A device reports what it is.
    Info,
    /// A device reports the progress of a firmware upgrade.
    Firmware,
    /// A gateway says that two sub-devices are online.
    Gateway,
    /// A custom push of data development, signed in X-Tc- headers.
    CustomPush,
    /// A binary payload, as base64 text in the HTTP envelope.
    Binary,
    /// A report in the envelope of message queues.
    Queue,
    /// JSON on a topic of the customer's own.
    Custom,
}

/// How the bodies of one kind are composed.
#[derive(Debug, Clone)]
pub(crate) struct Recipe {
    kind: Kind,
    template: Template,
}

/// The offset of China Standard Time, in which the platform writes `Time`.
const PLATFORM_OFFSET_HOURS: i8 = 8;

impl Kind {
    /// Every kind, in the order of the help.
    pub(crate) const ALL: [Kind; 11] = [
        Kind::Report,
        Kind::Status,
        Kind::Event,
        Kind::Action,
        Kind::Info,
        Kind::Firmware,
        Kind::Gateway,
        Kind::CustomPush,
        Kind::Binary,
        Kind::Queue,
        Kind::Custom,
    ];

    /// The header names of the platform's signature for this kind.
    pub(crate) fn header_family(self) -> HeaderFamily {
        match self {
            Kind::CustomPush => HeaderFamily::XTc,
            _ => HeaderFamily::Plain,
        }
    }

    /// The recipe of this kind.
    pub(crate) fn recipe(self) -> Recipe {
        let template = match self {
            Kind::Report => envelope(PROPERTY_TOPIC, REPORT),
            Kind::Event => envelope(EVENT_TOPIC, EVENT),
            Kind::Action => envelope(ACTION_TOPIC, ACTION),
            Kind::Info => envelope(PROPERTY_TOPIC, INFO),
            Kind::Firmware => envelope(FIRMWARE_TOPIC, FIRMWARE),
            Kind::Gateway => envelope(GATEWAY_TOPIC, GATEWAY),
            Kind::Custom => envelope(CUSTOM_TOPIC, CUSTOM),
            Kind::CustomPush => CUSTOM_PUSH.into(),
            Kind::Binary => BINARY.into(),
            Kind::Queue => REPORT.into(),
            Kind::Status => Vec::new(),
        };
        Recipe {
            kind: self,
            template: Template::parse(&template),
        }
    }
}

impl Recipe {
    /// The body of one message.
    pub(crate) fn fill(&self, fields: &Fields<'_>) -> Bytes {
        match self.kind {
            Kind::Binary => {
                let payload = BASE64_STANDARD.encode(self.template.fill(fields));
                let body = envelope(BINARY_TOPIC, &format!("\"{payload}\""));
                Template::parse(&body).fill(fields)
            }
            Kind::Queue => {
                let payload = self.template.fill(fields);
                let topic = format!("$thing/up/property/{}/{}", fields.product, fields.device);
                queue_envelope(fields, "Publish", "", &topic, Some(&payload))
            }
            Kind::Status => {
                let event = if fields.n % 2 == 1 {
                    "Online"
                } else {
                    "Offline"
                };
                queue_envelope(fields, "StatusChange", event, "", None)
            }
            _ => self.template.fill(fields),
        }
    }
}

pub(super) const PROPERTY_TOPIC: &str = "$thing/up/property/{product}/{device}";
pub(super) const EVENT_TOPIC: &str = "$thing/up/event/{product}/{device}";
pub(super) const ACTION_TOPIC: &str = "$thing/up/action/{product}/{device}";
pub(super) const FIRMWARE_TOPIC: &str = "$ota/report/{product}/{device}";
pub(super) const GATEWAY_TOPIC: &str = "$gateway/operation/{product}/{device}";
pub(super) const CUSTOM_TOPIC: &str = "{product}/{device}/data";
pub(super) const BINARY_TOPIC: &str = "{product}/{device}/raw";

pub(super) const REPORT: &str = r#"{"method":"report","clientToken":"{product}-{seq}","timestamp":{timestamp},"params":{"n":{n},"energy":{random},"relay":1,"voltage":229.6}}"#;
pub(super) const EVENT: &str = r#"{"method":"event_post","clientToken":"{product}-{seq}","version":"1.0","eventId":"overload","type":"alert","timestamp":{timestamp},"params":{"n":{n},"current":{random}}}"#;
pub(super) const ACTION: &str = r#"{"method":"action_reply","clientToken":"{product}-{seq}","code":0,"status":"done","response":{"n":{n},"result":{random}}}"#;
pub(super) const INFO: &str = r#"{"method":"report_info","clientToken":"{product}-{seq}","params":{"name":"{device}","imei":"{random}","module_hardinfo":"relay-2","module_softinfo":"V1.4.0","fw_ver":"2.0.{n}","mac":"02:00:00:00:00:01","device_label":{"hall":"north"}}}"#;
pub(super) const FIRMWARE: &str = r#"{"type":"report_progress","report":{"progress":{"state":"downloading","percent":"{n}","result_code":"0","result_msg":""},"version":"2.0.1"}}"#;
pub(super) const GATEWAY: &str = r#"{"type":"online","payload":{"devices":[{"product_id":"{product}","device_name":"{device}-a"},{"product_id":"{product}","device_name":"{device}-b"}]}}"#;
pub(super) const CUSTOM: &str = r#"{"n":{n},"reading":{random},"at":{timestamp}}"#;
const CUSTOM_PUSH: &str = r#"{"DeviceName":"{device}","ProductId":"{product}","MsgTitle":"Overload","MsgContent":"{\"n\":{n},\"current\":{random}}","RequestId":"{product}-{device}-{seq}","Timestamp":{timestamp}}"#;
/// A payload that begins and ends with bytes that are not UTF-8, like the frame of a meter.
pub(super) const BINARY: &[u8] = b"\xfe\x68{device};{n};{random}\x16\xff";

/// The HTTP envelope as a template. Source: "Data synchronisation to HTTP", IoT Explorer.
fn envelope(topic: &str, payload: &str) -> Vec<u8> {
    format!(
        r#"{{"devicename":"{{device}}","productid":"{{product}}","topic":"{topic}","seq":{{seq}},"timestamp":{{timestamp}},"payload":{payload}}}"#
    )
    .into_bytes()
}

/// The queue envelope. Source: "Data synchronisation to CKafka", IoT Explorer.
pub(super) fn queue_envelope(
    fields: &Fields<'_>,
    msg_type: &str,
    event: &str,
    topic: &str,
    payload: Option<&[u8]>,
) -> Bytes {
    let body = serde_json::json!({
        "MsgType": msg_type,
        "Event": event,
        "Topic": topic,
        "Seq": fields.seq,
        "PayloadLen": payload.map_or(0, <[u8]>::len),
        "ProductId": fields.product,
        "DeviceName": fields.device,
        "Payload": payload.map(|payload| BASE64_STANDARD.encode(payload)),
        "Time": platform_time(fields.timestamp),
        "Reason": if event == "Offline" { "REASON_DEVICE_DISCONNECT" } else { "" },
    });
    Bytes::from(body.to_string())
}

/// The time as `YYYY-MM-DD HH:MM:SS` in the platform's time zone.
fn platform_time(unix_seconds: u64) -> String {
    let offset = UtcOffset::from_hms(PLATFORM_OFFSET_HOURS, 0, 0).unwrap_or(UtcOffset::UTC);
    i64::try_from(unix_seconds)
        .ok()
        .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
        .and_then(|moment| {
            let format = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
            moment.to_offset(offset).format(&format).ok()
        })
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;
    use std::collections::HashSet;

    #[test]
    fn every_kind_is_json_that_names_its_device_and_changes_with_its_number() {
        for kind in Kind::ALL {
            let recipe = kind.recipe();
            let body = recipe.fill(&Fields::EXAMPLE);
            let value: Value = serde_json::from_slice(&body).unwrap();
            let named = ["devicename", "DeviceName"]
                .iter()
                .find_map(|key| value.get(key));
            assert_eq!(named, Some(&Value::from("device-0001")), "{kind:?}");
            let numbers: HashSet<_> = (1..=50)
                .map(|n| {
                    recipe.fill(&Fields {
                        n,
                        seq: 42 + n,
                        ..Fields::EXAMPLE
                    })
                })
                .collect();
            assert_eq!(numbers.len(), 50, "{kind:?}");
        }
    }

    #[test]
    fn the_queue_envelope_carries_the_payload_in_base64_with_its_length() {
        let body: Value =
            serde_json::from_slice(&Kind::Queue.recipe().fill(&Fields::EXAMPLE)).unwrap();
        let payload = BASE64_STANDARD
            .decode(body["Payload"].as_str().unwrap())
            .unwrap();
        assert_eq!(body["PayloadLen"], payload.len());
        assert_eq!(body["Time"], "2023-11-15 06:13:20");
        let payload: Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!(payload["params"]["n"], 3);
    }

    #[test]
    fn a_device_comes_online_and_goes_offline_in_turns() {
        let recipe = Kind::Status.recipe();
        for (n, event) in [(1, "Online"), (2, "Offline"), (3, "Online")] {
            let body: Value = serde_json::from_slice(&recipe.fill(&Fields {
                n,
                ..Fields::EXAMPLE
            }))
            .unwrap();
            assert_eq!(body["Event"], event);
            assert_eq!(body["Payload"], Value::Null);
        }
    }
}
