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
    /// The number of a report, the same in both families; 0 is none.
    pub data_id: Option<Cow<'a, str>>,
    /// The id of the device that it is about.
    pub device: Option<Cow<'a, str>>,
    /// The id of the device's product.
    pub product: Option<Cow<'a, str>>,
    /// The list of what a device reports: `status`, or IoT Core's `properties`. Where there are
    /// several, an empty one does not count.
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
    Json::read(text.as_bytes()).is_some().then_some(text)
}

/// Whether a code is that of reports of data.
pub fn is_report(code: &str) -> bool {
    matches!(code, "statusReport" | "devicePropertyMessage")
}

impl<'a> Message<'a> {
    /// Reads a message; any JSON is one. `unquoted` is what [`unquoted_data`] gives for it.
    pub fn of(body: Json<'a>, unquoted: Option<&'a str>) -> Message<'a> {
        let [code, quoted, ts] = body.pick(["bizCode", "bizData", "ts"]);
        let unquoted = unquoted.and_then(|text| Json::read(text.as_bytes()));
        let data = unquoted.or(quoted);
        let names = ["dataId", "devId", "productId", "productKey"];
        let outer = body.pick(names);
        let inner = data.map_or([None; 4], |data| data.pick(names));
        let [data_id, device, product_id, product_key] = [0, 1, 2, 3].map(|at: usize| {
            let word = |values: &[Option<Json<'a>>; 4]| {
                let word = values.get(at).copied().flatten()?.word();
                word.filter(|word| at != 0 || !matches!(word.trim(), "" | "0"))
            };
            word(&inner).or_else(|| word(&outer))
        });
        let time = |object: Json<'a>| object.pick(["time"])[0];
        let lists = || {
            let objects = data.into_iter().chain([body]);
            let values = objects.flat_map(|object| object.pick(["status", "properties"]));
            values.flatten().filter(|value| value.elements().is_some())
        };
        let is_empty = |list: &Json<'a>| list.elements().is_some_and(|mut it| it.next().is_none());
        Message {
            code: code.and_then(Json::word),
            data,
            data_id,
            device,
            product: product_id.or(product_key),
            reported: lists()
                .find(|list| !is_empty(list))
                .or_else(|| lists().next()),
            data_time: data.and_then(time).or_else(|| time(body)),
            ts,
        }
    }

    /// Whether it is a report of data: it has a list, and no code that says something else.
    pub fn is_report(&self) -> bool {
        self.reported.is_some() && self.code.as_deref().is_none_or(is_report)
    }
}
