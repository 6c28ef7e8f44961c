//! The properties that a device reports.
//!
//! Items of both families come in these shapes, mixed, with their keys in any case:
//!
//! * `{"code": "switch", "value": true, "t": 1795233600000, "1": "true"}`: the key that is a number
//!   is the number of the data point, and its value is the property's value as text;
//! * `{"code": "switch", "dpId": 1, "value": true, "time": 1795233600000}`: `dpId` is the number;
//! * the same without the number or without the code, or with `mode` (`rw`, `ro`);
//! * `{"switch": true, "t": 1795233600000}`: the key is the code, or the data point's number.
//!
//! A member with an unknown key is a property of its own. But in an item with a code, the member
//! describes the property (`unit`, `type`). The payload of the event has every member.

use super::time;
use crate::{
    event::properties::{Properties, Property},
    json::{Json, Key},
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// The items of a list. `None` if the list has items, but none can be understood.
pub(super) fn properties(list: Json<'_>, time: Timestamp) -> Option<Properties<'_>> {
    let mut found = Vec::new();
    let is_empty = list.elements()?.next().is_none();
    read_list(list, time, &mut found);
    (is_empty || !found.is_empty()).then_some(Properties::List(found))
}

/// A list in the list is read as if its items were in the outer list. Content is nested no deeper
/// than [`MAX_DEPTH`](crate::json::interoperable::MAX_DEPTH).
fn read_list<'a>(list: Json<'a>, time: Timestamp, found: &mut Vec<Property<'a>>) {
    for element in list.elements().into_iter().flatten() {
        if let Some(item) = Item::of(element) {
            item.read(time, found);
        } else {
            read_list(element, time, found);
        }
    }
}

/// Keys that describe the data point whose number is in the same item.
const DESCRIPTIONS: [&str; 3] = ["type", "unit", "custom_name"];

/// A key with its value.
type Named<'a> = (Cow<'a, str>, Json<'a>);

#[derive(Default)]
struct Item<'a> {
    code: Option<Cow<'a, str>>,
    dp_id: Option<Cow<'a, str>>,
    value: Option<Json<'a>>,
    t: Option<Named<'a>>,
    time: Option<Named<'a>>,
    mode: Option<Named<'a>>,
    /// The first member whose key is a number.
    data_point: Option<Named<'a>>,
    /// The first member with any other key.
    named: Option<Named<'a>>,
    /// Further members of these two kinds.
    more: Vec<Named<'a>>,
}

impl<'a> Item<'a> {
    fn of(item: Json<'a>) -> Option<Self> {
        let mut read = Item::default();
        for (key, value) in item.members()? {
            if !read.takes(key, value) {
                let Some(name) = key.text() else { continue };
                let place = if is_number(&name) {
                    &mut read.data_point
                } else {
                    &mut read.named
                };
                match place {
                    None => *place = Some((name, value)),
                    Some(_) => read.more.push((name, value)),
                }
            }
        }
        Some(read)
    }

    /// Takes the member if it means the same in every item. If a key comes twice, the last one
    /// counts.
    fn takes(&mut self, key: Key<'a>, value: Json<'a>) -> bool {
        let named = || key.text().map(|name| (name, value));
        if key.is("code") {
            self.code = value.non_empty_text();
        } else if key.is("value") {
            // `null` is also a value.
            self.value = Some(value);
        } else if key.is("dpId") || key.is("dp_id") {
            self.dp_id = value.non_empty_text();
        } else if key.is("t") && (key.is_written("t") || time::own(Some(value)).is_some()) {
            // `T` may be a property's own code.
            self.t = named();
        } else if key.is("time") {
            self.time = named();
        } else if key.is("mode") {
            self.mode = named();
        } else {
            return false;
        }
        true
    }

    fn read(self, time: Timestamp, found: &mut Vec<Property<'a>>) {
        let own = |named: &Option<Named<'a>>| time::own(named.as_ref().map(|(_, value)| *value));
        let time = own(&self.t).or_else(|| own(&self.time)).unwrap_or(time);
        let number = self.data_point.as_ref().map(|(number, _)| number.clone());
        let of_data_point = self.data_point.map(|(_, text)| text);
        if let Some(code) = self.code {
            let dp_id = self.dp_id.or(number);
            found.extend(self.value.or(of_data_point).map(|value| Property {
                code,
                value,
                time,
                dp_id,
            }));
            return;
        }
        if let Some((value, dp_id)) = self.value.zip(self.dp_id.clone()) {
            // The member with the number and the value as text is the same data point.
            let other = number.zip(of_data_point).filter(|(key, _)| *key != dp_id);
            found.push(Property {
                code: dp_id.clone(),
                value,
                time,
                dp_id: Some(dp_id),
            });
            let named = self.named.into_iter().chain(self.more);
            let own = named.filter(|(key, _)| !DESCRIPTIONS.contains(&&**key));
            found.extend(own.chain(other).map(|named| of_its_own(named, time)));
            return;
        }
        let is_single = self.more.is_empty();
        let value = self.value.filter(|_| is_single);
        // Without a code, and without another key that could be one, one of these is a property's
        // own code.
        let is_alone = self.value.is_none() && self.dp_id.is_none() && number.is_none();
        let of_t = self.t.clone().filter(|(_, at)| {
            let is_time_known = self.time.is_none() || own(&self.time).is_some();
            is_alone && is_single && is_time_known && time::own(Some(*at)).is_none()
        });
        let time_of_day = self
            .time
            .filter(|(_, at)| self.t.is_some() || (is_alone && time::own(Some(*at)).is_none()));
        let named = self.named.or(self.mode).or(of_t).or(time_of_day);
        // Among several codes, a number is a property of its own.
        let among = !is_single && named.is_some();
        let data_point = number.clone().zip(of_data_point).filter(|_| among);
        let dp_id = self.dp_id.or(number);
        found.extend(match (named, of_data_point, dp_id) {
            (Some((code, own)), _, dp_id) => Some(Property {
                code,
                value: value.unwrap_or(own),
                time,
                dp_id: dp_id.filter(|_| is_single),
            }),
            (None, Some(own), Some(dp_id)) => Some(Property {
                code: dp_id.clone(),
                value: value.unwrap_or(own),
                time,
                dp_id: Some(dp_id),
            }),
            (None, _, _) => None,
        });
        found.extend(
            self.more
                .into_iter()
                .chain(data_point)
                .map(|named| of_its_own(named, time)),
        );
    }
}

fn of_its_own((code, value): Named<'_>, time: Timestamp) -> Property<'_> {
    Property {
        dp_id: is_number(&code).then(|| code.clone()),
        code,
        value,
        time,
    }
}

fn is_number(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}
