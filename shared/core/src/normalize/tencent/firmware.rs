//! `$ota/report`: a device reports its firmware.
//!
//! Source: "OTA device firmware update" (IoT Hub, IoT Explorer). The numbers come as strings.

use crate::{
    event::detail::{Detail, Firmware},
    json::{Json, Scalar},
};
use std::borrow::Cow;

/// Reads `report_version` and `report_progress`; `None` for anything else.
pub(super) fn detail<'a>(word: &str, payload: Json<'a>) -> Option<Detail<'a>> {
    let [report] = payload.pick(["report"]);
    let [version, progress] = report?.pick(["version", "progress"]);
    let version = version.and_then(Json::non_empty_text);
    let firmware = match word {
        "report_version" => Firmware {
            state: Cow::Borrowed("version"),
            version: Some(version?),
            previous_version: None,
            module: None,
            percent: None,
            result_code: None,
            message: None,
        },
        "report_progress" => {
            let [state, percent, result_code, message] =
                progress?.pick(["state", "percent", "result_code", "result_msg"]);
            let state = state?.non_empty_text()?;
            Firmware {
                state: if state == "fail" {
                    Cow::Borrowed("failed")
                } else {
                    state
                },
                version,
                previous_version: None,
                module: None,
                percent: percent.and_then(Scalar::numeric).and_then(Scalar::number),
                result_code: result_code.and_then(Scalar::numeric),
                message: message.and_then(Json::non_empty_text),
            }
        }
        _ => return None,
    };
    Some(Detail::Firmware(firmware))
}
