//! Which members of Tuya's messages are secrets: decided by their names, in every message, but not
//! in the list of a report. There, a key may be the code of a property.

use super::super::secrets::RULES;
use crate::{
    json::{Json, redact},
    tuya::{Message, message::Unquoted},
};

/// The text of the message without its secrets; `None` if there are none.
pub(super) fn without(body: Json<'_>) -> Option<String> {
    let unquoted = Unquoted::default();
    let message = Message::of(body, &unquoted);
    let kept = Some(&message).filter(|message| message.is_report());
    let kept = kept.and_then(|message| message.place_of_reported(body));
    redact::without(body, RULES, &kept.unwrap_or_default())
}
