//! The members of a decrypted message.
//!
//! Messages of two families come, mixed: the older one has the device beside `bizData`, IoT Core's
//! inside. A member inside takes precedence over one beside.
//!
//! Source: <https://developer.tuya.com/en/docs/iot/message-type?id=Kavqerli65a1u>.

use crate::json::Json;
use std::{borrow::Cow, cell::OnceCell};

/// The members of a message that have a known meaning.
#[derive(Debug)]
pub struct Message<'a> {
    /// `bizCode`: the kind of the message. A report of data may have none.
    pub code: Option<Cow<'a, str>>,
    /// `bizData`.
    pub data: Option<Json<'a>>,
    /// The number of a report, the same in both families; 0 means that there is none.
    pub data_id: Option<Cow<'a, str>>,
    /// The id of the device that the message is about.
    pub device: Option<Cow<'a, str>>,
    /// The id of the device's product.
    pub product: Option<Cow<'a, str>>,
    /// The list of the properties that a device reports: `status`, or IoT Core's `properties`. If
    /// there are several lists, an empty one does not count.
    pub reported: Option<Json<'a>>,
    /// `time`, in `bizData` or beside it.
    pub data_time: Option<Json<'a>>,
    /// `ts`.
    pub ts: Option<Json<'a>>,
    data_string: Option<Json<'a>>,
    reported_string: Option<Json<'a>>,
}

/// The names of the lists of a report.
const LISTS: [&str; 2] = ["status", "properties"];

/// The texts of members that are JSON in strings. A [`Message`] borrows from them.
#[derive(Debug, Default)]
pub struct Unquoted {
    data: OnceCell<String>,
    lists: [OnceCell<String>; 4],
}

/// A value that may have come as JSON in a string.
#[derive(Debug, Clone, Copy)]
struct Member<'a> {
    value: Json<'a>,
    /// The string, if the value came as one.
    string: Option<Json<'a>>,
}

impl<'a> Member<'a> {
    fn of(value: Json<'a>, text: &'a OnceCell<String>) -> Member<'a> {
        let unquoted = value
            .text()
            .filter(|text| value.is_string() && Json::read(text.as_bytes()).is_some());
        let inner = unquoted
            .and_then(|unquoted| Json::read(text.get_or_init(|| unquoted.into_owned()).as_bytes()));
        Member {
            value: inner.unwrap_or(value),
            string: inner.map(|_| value),
        }
    }
}

/// Whether the code is that of a report of data.
pub fn is_report(code: &str) -> bool {
    matches!(code, "statusReport" | "devicePropertyMessage")
}

impl<'a> Message<'a> {
    /// Reads a message. Any JSON is a message.
    pub fn of(body: Json<'a>, unquoted: &'a Unquoted) -> Message<'a> {
        let [code, data, ts] = body.pick(["bizCode", "bizData", "ts"]);
        let data_member = data.map(|data| Member::of(data, &unquoted.data));
        let data = data_member.map(|data| data.value);
        let names = ["dataId", "devId", "productId", "productKey"];
        let outer = body.pick(names);
        let inner = data.map_or([None; 4], |data| data.pick(names));
        let [data_id, device, product_id, product_key] = [0, 1, 2, 3].map(|at: usize| {
            let word = |values: &[Option<Json<'a>>; 4]| {
                let word = values.get(at).copied().flatten()?.non_empty_text();
                word.filter(|word| at != 0 || !matches!(word.trim(), "" | "0"))
            };
            word(&inner).or_else(|| word(&outer))
        });
        let time = |object: Json<'a>| object.pick(["time"])[0];
        let [status, properties] = data.map_or([None; 2], |data| data.pick(LISTS));
        let [outer_status, outer_properties] = body.pick(LISTS);
        let lists = [status, properties, outer_status, outer_properties]
            .into_iter()
            .zip(&unquoted.lists)
            .filter_map(|(list, text)| Some(Member::of(list?, text)))
            .filter(|list| list.value.elements().is_some());
        let is_empty = |list: &Member<'a>| {
            list.value
                .elements()
                .is_some_and(|mut it| it.next().is_none())
        };
        let reported_member = lists
            .clone()
            .find(|list| !is_empty(list))
            .or_else(|| lists.clone().next());
        Message {
            code: code.and_then(Json::non_empty_text),
            data,
            data_id,
            device,
            product: product_id.or(product_key),
            reported: reported_member.map(|list| list.value),
            data_time: data.and_then(time).or_else(|| time(body)),
            ts,
            data_string: data_member.and_then(|data| data.string),
            reported_string: reported_member.and_then(|list| list.string),
        }
    }

    /// The list's offset in the message, in bytes, after the offsets of the strings that contain
    /// it.
    pub fn place_of_reported(&self, body: Json<'_>) -> Option<Vec<usize>> {
        let list = self.reported?;
        let member = self.reported_string.unwrap_or(list);
        let mut place = match member.offset_in(body) {
            Some(at) => vec![at],
            None => vec![
                self.data_string?.offset_in(body)?,
                member.offset_in(self.data?)?,
            ],
        };
        // A list that came as a string is the whole string.
        place.extend(self.reported_string.map(|_| 0));
        Some(place)
    }

    /// Whether the message is a report of data: it has a list, and no code of another kind.
    pub fn is_report(&self) -> bool {
        self.reported.is_some() && self.code.as_deref().is_none_or(is_report)
    }
}
