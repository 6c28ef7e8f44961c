//! `$gateway/operation`: a gateway tells of its sub-devices, one event each.
//!
//! Source: "Gateway sub-device" (IoT Hub).

use super::route::{Context, Draft, message};
use crate::{
    event::data::{Binding, Device, Part, Presence},
    json::{self, Members},
};

/// `bind`, `unbind`, `online`, `offline`.
pub(super) fn request<'a>(context: &Context<'a, '_>) -> Vec<Draft<'a>> {
    let gateway = || Some(context.device.clone());
    let part: Box<dyn Fn() -> Part<'a> + '_> = match context.word {
        "online" => Box::new(|| {
            Part::Online(Presence {
                reason: None,
                gateway: gateway(),
            })
        }),
        "offline" => Box::new(|| {
            Part::Offline(Presence {
                reason: None,
                gateway: gateway(),
            })
        }),
        "bind" => Box::new(|| Part::Bound(Binding { gateway: gateway() })),
        "unbind" => Box::new(|| Part::Unbound(Binding { gateway: gateway() })),
        _ => return Vec::new(),
    };
    let devices = || {
        let payload = Members::of(context.prepared.members.as_ref()?.get("payload")?)?;
        json::elements(payload.get("devices")?)
    };
    let devices = devices().unwrap_or_default();
    let mut drafts: Vec<Draft<'a>> = devices
        .iter()
        .filter_map(|entry| {
            let device = Some(sub_device(&Members::of(entry)?)?);
            Some(Draft {
                device,
                time: context.time,
                part: part(),
            })
        })
        .collect();
    // An entry that names nobody must not vanish: it stays with the gateway.
    if !drafts.is_empty() && drafts.len() < devices.len() {
        let device = Some(context.device.clone());
        drafts.push(Draft {
            device,
            time: context.time,
            part: message(context.prepared),
        });
    }
    drafts
}

fn sub_device<'a>(entry: &Members<'a>) -> Option<Device<'a>> {
    let name = |key| {
        entry
            .get(key)
            .and_then(json::text)
            .filter(|text| !text.is_empty())
    };
    Some(Device {
        product: name("product_id")?,
        name: name("device_name")?,
    })
}
