//! The properties that a device reports.
//!
//! The items of a report's `status` come in these shapes, mixed:
//!
//! * `{"code": "switch", "value": true, "t": 1795233600000, "1": "true"}`: the number of the data
//!   point is the key that is one, with the value as text;
//! * the same without it, or with `mode` (`rw`, `ro`);
//! * `{"switch": true, "t": 1795233600000}`: the key is the code, or the data point's number.

use super::plaintext::own_time;
use crate::{
    event::properties::{Properties, Property},
    json::Json,
    timestamp::Timestamp,
};
use std::borrow::Cow;

/// The items of `status`. Nothing where there are some and none can be understood.
pub(super) fn status(list: Json<'_>, time: Timestamp) -> Option<Properties<'_>> {
    let mut found = Vec::new();
    let mut is_empty = true;
    for item in list.elements()? {
        is_empty = false;
        status_item(item, time, &mut found);
    }
    (is_empty || !found.is_empty()).then_some(Properties::List(found))
}

/// The items of `properties` of a `devicePropertyMessage`.
pub(super) fn properties(data: Json<'_>, time: Timestamp) -> Option<Properties<'_>> {
    let [list] = data.pick(["properties"]);
    let mut found = Vec::new();
    let mut is_empty = true;
    for item in list?.elements()? {
        is_empty = false;
        found.extend(property(item, time));
    }
    (is_empty || !found.is_empty()).then_some(Properties::List(found))
}

fn property(item: Json<'_>, time: Timestamp) -> Option<Property<'_>> {
    let [code, dp_id, own, other] = item.pick(["code", "dpId", "time", "t"]);
    // `null` is a value, too.
    let value = item.members()?.filter(|(key, _)| key.is("value")).last();
    let dp_id = dp_id.and_then(Json::word);
    Some(Property {
        code: code.and_then(Json::word).or_else(|| dp_id.clone())?,
        value: value?.1,
        time: own_time(own).or_else(|| own_time(other)).unwrap_or(time),
        dp_id,
    })
}

/// A key with its value.
type Named<'a> = (Cow<'a, str>, Json<'a>);

#[derive(Default)]
struct Item<'a> {
    code: Option<Cow<'a, str>>,
    value: Option<Json<'a>>,
    t: Option<Json<'a>>,
    mode: Option<Named<'a>>,
    /// Keys that are numbers.
    data_point: Option<Named<'a>>,
    /// Any other key.
    named: Option<Named<'a>>,
    /// What there are more of these two.
    more: Vec<Named<'a>>,
}

impl<'a> Item<'a> {
    fn of(item: Json<'a>) -> Option<Self> {
        let mut read = Item::default();
        for (key, value) in item.members()? {
            let Some(name) = key.text() else { continue };
            match &*name {
                "code" => read.code = value.word(),
                "value" => read.value = Some(value),
                "t" => read.t = Some(value),
                "mode" => read.mode = Some((name, value)),
                _ => {
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
        }
        Some(read)
    }
}

fn status_item<'a>(item: Json<'a>, time: Timestamp, found: &mut Vec<Property<'a>>) {
    let Some(Item {
        code,
        value,
        t,
        mode,
        data_point,
        named,
        more,
    }) = Item::of(item)
    else {
        return;
    };
    let time = own_time(t).unwrap_or(time);
    let dp_id = data_point.as_ref().map(|(number, _)| number.clone());
    if let Some(code) = code {
        found.extend(
            value
                .or(data_point.map(|(_, text)| text))
                .map(|value| Property {
                    code,
                    value,
                    time,
                    dp_id,
                }),
        );
        return;
    }
    let is_single = more.is_empty();
    let value = value.filter(|_| is_single);
    // Without a code, and without another key that could be one, `mode` is a property's own code.
    found.extend(match (named.or(mode), data_point) {
        (Some((code, own)), _) => Some(Property {
            code,
            value: value.unwrap_or(own),
            time,
            dp_id: dp_id.filter(|_| is_single),
        }),
        (None, Some((number, own))) => Some(Property {
            code: number,
            value: value.unwrap_or(own),
            time,
            dp_id,
        }),
        (None, None) => None,
    });
    found.extend(more.into_iter().map(|(code, value)| Property {
        dp_id: is_number(&code).then(|| code.clone()),
        code,
        value,
        time,
    }));
}

fn is_number(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_digit())
}
