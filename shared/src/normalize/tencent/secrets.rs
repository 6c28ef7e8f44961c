//! Which payloads of Tencent Cloud's topics may hold secrets: tokens and signatures that bind
//! devices, and URLs that let anybody who has them read or write a file.
//!
//! Sources: "Gateway sub-device" and "OTA device firmware update" (IoT Hub), "Device binding" and
//! "File management" (IoT Explorer).

use crate::json::Json;

/// What is done about a payload's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Secrets {
    /// There are none: the members are the customer's.
    None,
    /// Members are taken out of JSON by their names.
    Named,
    /// The same; what is no JSON may hold secrets, and is not shown.
    Expected,
}

/// Methods and types whose members are of the product's own model.
const OF_THE_MODEL: [&str; 17] = [
    "report",
    "report_reply",
    "report_info",
    "report_info_reply",
    "get_status",
    "get_status_reply",
    "control",
    "control_reply",
    "event_post",
    "events_post",
    "event_reply",
    "action",
    "action_reply",
    "get",
    "update",
    "delta",
    "delete",
];

impl Secrets {
    /// By the topic, and by the payload's `method` or `type`.
    ///
    /// The topic need not be well-formed: what begins like one that carries secrets may carry them.
    pub(super) fn of(topic: Option<&str>, payload: Option<Json<'_>>) -> Secrets {
        let mut parts = topic.unwrap_or_default().split('/');
        let mut next = || parts.next().unwrap_or_default().to_ascii_lowercase();
        let (first, second, third) = (next(), next(), next());
        match (&*first, &*second, &*third) {
            ("$gateway" | "$resource", _, _) | ("$thing", _, "service") | ("$ota", "update", _) => {
                Secrets::Expected
            }
            ("$rrpc" | "$broadcast", _, _) | (_, _, "raw") => Secrets::None,
            ("$thing" | "$shadow" | "$template", _, _) if is_of_the_model(payload) => Secrets::None,
            (name, _, _) if name.starts_with('$') => Secrets::Named,
            _ => Secrets::None,
        }
    }
}

fn is_of_the_model(payload: Option<Json<'_>>) -> bool {
    let [method, kind] = payload.map_or([None; 2], |payload| payload.pick(["method", "type"]));
    let word = method.or(kind).and_then(Json::word);
    word.is_some_and(|word| OF_THE_MODEL.contains(&&*word))
}
