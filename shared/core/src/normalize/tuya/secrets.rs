//! Which members of Tuya's messages are secrets: by their names, in any message but in the list of a
//! report. There, a key may be the code of a property.

use super::super::secrets::RULES;
use crate::{
    json::{Json, redact},
    tuya::{Message, message::unquoted_data},
};

/// The text of the message without its secrets, if there are any.
pub(super) fn without(body: Json<'_>) -> Option<String> {
    let data = unquoted_data(body);
    let message = Message::of(body, data.as_deref());
    let reported = message.reported.filter(|_| message.is_report());
    let place = reported.map(|list| place(list, body, data.as_deref()));
    redact::without(body, RULES, &place.unwrap_or_default())
}

/// Where a list stands: in the message, or in the text of `bizData`, which is a string.
fn place(list: Json<'_>, body: Json<'_>, data: Option<&str>) -> Vec<usize> {
    let in_data = || list.offset_in(Json::parse(data?)?);
    let [quoted] = body.pick(["bizData"]);
    match (list.offset_in(body), in_data()) {
        (Some(at), _) => vec![at],
        (None, at) => [quoted.and_then(|quoted| quoted.offset_in(body)), at]
            .into_iter()
            .flatten()
            .collect(),
    }
}
