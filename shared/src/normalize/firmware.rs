//! `$ota/report`: what a device tells about its firmware.
//!
//! Source: "OTA device firmware update" (IoT Hub, IoT Explorer). Numbers come as strings there.

use super::route::{Context, Draft};
use crate::{
    event::data::{Firmware, Part},
    json::{self, Members},
};
use std::borrow::Cow;

/// `report_version` and `report_progress`.
pub(super) fn report<'a>(context: &Context<'a, '_>) -> Vec<Draft<'a>> {
    let report = || Members::of(context.prepared.members.as_ref()?.get("report")?);
    let firmware = match context.word {
        "report_version" => report().map(|report| Firmware {
            state: Cow::Borrowed("version"),
            version: report.get("version").and_then(json::text),
            percent: None,
            result_code: None,
            message: None,
        }),
        "report_progress" => report().and_then(|report| {
            let progress = Members::of(report.get("progress")?)?;
            let state = progress.get("state").and_then(json::text)?;
            Some(Firmware {
                state: if state == "fail" {
                    Cow::Borrowed("failed")
                } else {
                    state
                },
                version: report.get("version").and_then(json::text),
                percent: progress.get("percent").and_then(json::integer),
                result_code: progress.get("result_code").and_then(json::integer),
                message: progress
                    .get("result_msg")
                    .and_then(json::text)
                    .filter(|text| !text.is_empty()),
            })
        }),
        _ => None,
    };
    firmware.map_or_else(Vec::new, |firmware| {
        vec![Draft {
            device: Some(context.device.clone()),
            time: context.time,
            part: Part::Firmware(firmware),
        }]
    })
}
