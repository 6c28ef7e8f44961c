//! `$gateway/operation`: a gateway reports on its sub-devices. Each gets an event.
//!
//! Source: "Gateway sub-device" (IoT Hub).

use super::{super::draft::Draft, context::Context};
use crate::{
    event::{
        detail::{Binding, Detail, Presence},
        device::Device,
    },
    json::Json,
};

/// Reads `bind`, `unbind`, `online` and `offline`; `None` for anything else.
///
/// An entry that names no device must not vanish. It becomes a message of the gateway.
pub(super) fn drafts<'a>(context: &Context<'a, '_>, payload: Json<'a>) -> Vec<Draft<'a>> {
    let told = || Presence {
        gateway: Some(context.device.clone()),
        ..Presence::default()
    };
    let gateway = || Binding {
        gateway: Some(context.device.clone()),
        ..Binding::default()
    };
    let detail = match context.word {
        "online" => Detail::Online(told()),
        "offline" => Detail::Offline(told()),
        "bind" => Detail::Bound(gateway()),
        "unbind" => Detail::Unbound(gateway()),
        _ => return Vec::new(),
    };
    let [payload] = payload.pick(["payload"]);
    let [devices] = payload.map_or([None], |payload| payload.pick(["devices"]));
    let entries = devices.and_then(Json::elements).into_iter().flatten();
    entries
        .map(|entry| match sub_device(entry) {
            Some(device) => Draft {
                device: Some(device),
                time: context.time,
                detail: detail.clone(),
            },
            None => context.message(),
        })
        .collect()
}

fn sub_device(entry: Json<'_>) -> Option<Device<'_>> {
    let [product, name] = entry.pick(["product_id", "device_name"]);
    Some(Device {
        product: Some(product?.non_empty_text()?),
        name: name?.non_empty_text()?,
    })
}
