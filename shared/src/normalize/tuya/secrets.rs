//! Which members of Tuya's messages are secrets: by their names, in any message but in the list of a
//! report. There, a key may be the code of a property.

use super::super::secrets::{is_secret, may_hold_one};
use crate::{
    json::{Json, redact},
    tuya::message::is_report,
};

/// The lists whose items are a device's own.
const REPORTED: &[&str] = &["status", "properties"];

/// The text of the message without its secrets, if there are any.
pub(super) fn without(body: Json<'_>) -> Option<String> {
    let [code] = body.pick(["bizCode"]);
    let code = code.and_then(Json::word);
    let may_be_report = code.is_none_or(|code| is_report(&code));
    redact::without(body, &is_secret, if may_be_report { REPORTED } else { &[] })
}

/// Whether a `bizData` is a text that may hold a secret and is no JSON from which it could be taken.
pub(super) fn are_out_of_reach(body: Json<'_>) -> bool {
    let members = body.members().into_iter().flatten();
    let mut texts = members.filter(|(key, value)| key.is("bizData") && value.is_string());
    texts.any(|(_, value)| match value.text() {
        Some(text) => Json::parse(&text).is_none() && may_hold_one(&text),
        None => true,
    })
}
