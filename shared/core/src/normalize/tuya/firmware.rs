//! The progress of a firmware update: `upgradeStatus`, `upgradeProcess`, `deviceOtaProgress`.

use crate::{
    event::detail::Firmware,
    json::{Json, Scalar},
};
use std::borrow::Cow;

/// Numbers come as numbers or as strings.
pub(super) fn progress(data: Json<'_>) -> Firmware<'_> {
    let [
        status,
        percent,
        version,
        previous,
        module,
        firmware,
        message,
    ] = data.pick([
        "upgradeStatus",
        "progress",
        "newVersion",
        "oldVersion",
        "moduleType",
        "firmwareType",
        "description",
    ]);
    let percent = percent.and_then(Scalar::numeric).and_then(Scalar::number);
    let under_way = if percent.is_some() {
        "updating"
    } else {
        "unknown"
    };
    Firmware {
        state: status
            .and_then(Json::non_empty_text)
            .map_or(Cow::Borrowed(under_way), state),
        version: version.and_then(Json::non_empty_text),
        previous_version: previous.and_then(Json::non_empty_text),
        module: module.or(firmware).and_then(Scalar::numeric),
        percent,
        result_code: None,
        message: message.and_then(Json::non_empty_text),
    }
}

/// The meaning of the numbers, as Tuya's API gives it for the same updates. The page of messages
/// lists a number without its meaning. Any other word is kept.
///
/// Source: "Get update information",
/// <https://developer.tuya.com/en/docs/cloud/device-management?id=Kcp2l2jzz44s2>.
fn state(word: Cow<'_, str>) -> Cow<'_, str> {
    Cow::Borrowed(match &*word {
        "1" => "ready",
        "2" => "updating",
        "3" => "done",
        // An exception and a time-out.
        "4" | "7" => "failed",
        _ => return word,
    })
}
