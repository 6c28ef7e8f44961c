//! What a decrypted message says of itself.
//!
//! Two families come, mixed: in the older one the device stands beside `bizData`, in IoT Core's
//! inside. What stands inside counts before what stands beside it.
//!
//! Source: <https://developer.tuya.com/en/docs/iot/message-type?id=Kavqerli65a1u>.

use crate::json::Json;
use std::borrow::Cow;

/// The members of a message that mean something here.
#[derive(Debug)]
pub struct Message<'a> {
    /// `bizCode`: what it is about. A report of data may have none.
    pub code: Option<Cow<'a, str>>,
    /// `bizData`.
    pub data: Option<Json<'a>>,
    /// The number of a report, the same in both families.
    pub data_id: Option<Cow<'a, str>>,
    /// The id of the device that it is about.
    pub device: Option<Cow<'a, str>>,
    /// The id of the device's product.
    pub product: Option<Cow<'a, str>>,
    /// The list of what a device reports: `status`, or IoT Core's `properties`.
    pub reported: Option<Json<'a>>,
    /// `time` of `bizData`, or beside it.
    pub data_time: Option<Json<'a>>,
    /// `ts`.
    pub ts: Option<Json<'a>>,
}

/// The text of a `bizData` that is JSON in a string.
pub fn unquoted_data(body: Json<'_>) -> Option<Cow<'_, str>> {
    let [data] = body.pick(["bizData"]);
    let text = data.filter(|data| data.is_string())?.text()?;
    Json::parse(&text).is_some().then_some(text)
}

/// Whether a code is that of reports of data.
pub fn is_report(code: &str) -> bool {
    matches!(code, "statusReport" | "devicePropertyMessage")
}

impl<'a> Message<'a> {
    /// Reads a message; any JSON is one. `unquoted` is what [`unquoted_data`] gives for it.
    pub fn of(body: Json<'a>, unquoted: Option<&'a str>) -> Message<'a> {
        let [code, quoted, ts] = body.pick(["bizCode", "bizData", "ts"]);
        let data = unquoted.and_then(Json::parse).or(quoted);
        let names = ["dataId", "devId", "productId", "productKey"];
        let outer = body.pick(names);
        let inner = data.map_or([None; 4], |data| data.pick(names));
        let [data_id, device, product_id, product_key] = [0, 1, 2, 3].map(|at: usize| {
            let word = |values: &[Option<Json<'a>>; 4]| values.get(at).copied().flatten()?.word();
            word(&inner).or_else(|| word(&outer))
        });
        let time = |object: Json<'a>| object.pick(["time"])[0];
        let lists = |object: Json<'a>| {
            let [status, properties] = object.pick(["status", "properties"]);
            let is_list = |value: &Json<'a>| value.elements().is_some();
            status.filter(is_list).or(properties.filter(is_list))
        };
        Message {
            code: code.and_then(Json::word),
            data,
            data_id,
            device,
            product: product_id.or(product_key),
            reported: data.and_then(lists).or_else(|| lists(body)),
            data_time: data.and_then(time).or_else(|| time(body)),
            ts,
        }
    }

    /// Whether it is a report of data: by its code, or by its list where there is no code.
    pub fn is_report(&self) -> bool {
        match self.code.as_deref() {
            Some(code) => is_report(code),
            None => self.reported.is_some(),
        }
    }
}
