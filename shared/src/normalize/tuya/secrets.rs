//! What never leaves: the `token` with which a device is bound.

use crate::json::Json;

/// The keys of members that are secrets. A report of data has none: there, a key is the code of a
/// property.
pub(super) fn keys(body: Json<'_>) -> &'static [&'static str] {
    let [code, data] = body.pick(["bizCode", "bizData"]);
    if code.is_some() || data.is_some() {
        &["token"]
    } else {
        &[]
    }
}

/// Whether a `bizData` is a string that may hold a secret, so that none could be taken out.
pub(super) fn are_out_of_reach(body: Json<'_>) -> bool {
    let strings = body
        .members()
        .into_iter()
        .flatten()
        .filter(|(key, value)| key.is("bizData") && value.is_string());
    let may_hold = |value: Json<'_>| match value.text() {
        Some(text) => text.contains("\\u") || text.to_ascii_lowercase().contains("token"),
        None => true,
    };
    strings.into_iter().any(|(_, value)| may_hold(value))
}
