//! `$thing` and `$shadow`: properties, events, actions.
//!
//! Source: "Thing model protocol" (IoT Explorer), "Device shadow" (IoT Hub).

use super::route::{Context, Draft, message};
use crate::{
    event::data::{Action, DeviceEvent, Part, Property},
    json::{self, Members},
    timestamp::Timestamp,
};
use serde_json::value::RawValue;

/// `report` and `control_reply` with parameters, `report_info`.
pub(super) fn property<'a>(context: &Context<'a, '_>) -> Vec<Draft<'a>> {
    let params = context
        .prepared
        .members
        .as_ref()
        .and_then(|members| members.some("params"));
    match (context.word, params) {
        ("report" | "control_reply", Some(params)) => properties(context, params),
        ("report_info", Some(params)) if params.get().starts_with('{') => {
            one(context, Part::Info(params))
        }
        _ => Vec::new(),
    }
}

/// `update` with `state.reported`.
pub(super) fn shadow<'a>(context: &Context<'a, '_>) -> Vec<Draft<'a>> {
    let reported = || {
        let state = Members::of(context.prepared.members.as_ref()?.get("state")?)?;
        state.some("reported")
    };
    match context.word {
        "update" => reported().map_or_else(Vec::new, |reported| properties(context, reported)),
        _ => Vec::new(),
    }
}

/// `event_post`, and `events_post` with one event each.
pub(super) fn event<'a>(context: &Context<'a, '_>) -> Vec<Draft<'a>> {
    let Some(members) = &context.prepared.members else {
        return Vec::new();
    };
    match context.word {
        "event_post" => event_part(members).map_or_else(Vec::new, |part| one(context, part)),
        "events_post" => {
            let entries = members
                .get("events")
                .and_then(json::elements)
                .unwrap_or_default();
            let mut drafts = Vec::with_capacity(entries.len());
            let mut odd = false;
            for entry in &entries {
                let entry = Members::of(entry);
                match entry.as_ref().and_then(event_part) {
                    Some(part) => {
                        let time = entry.as_ref().and_then(own_time).unwrap_or(context.time);
                        drafts.push(Draft {
                            device: Some(context.device.clone()),
                            time,
                            part,
                        });
                    }
                    None => odd = true,
                }
            }
            if odd && !drafts.is_empty() {
                drafts.extend(one(context, message(context.prepared)));
            }
            drafts
        }
        _ => Vec::new(),
    }
}

/// `action_reply`.
pub(super) fn action<'a>(context: &Context<'a, '_>) -> Vec<Draft<'a>> {
    match (context.word, &context.prepared.members) {
        ("action_reply", Some(members)) => one(
            context,
            Part::Action(Action {
                client_token: members.get("clientToken").and_then(json::text),
                code: members.some("code"),
                status: members.get("status").and_then(json::text),
                response: members.some("response"),
            }),
        ),
        _ => Vec::new(),
    }
}

fn one<'a>(context: &Context<'a, '_>, part: Part<'a>) -> Vec<Draft<'a>> {
    vec![Draft {
        device: Some(context.device.clone()),
        time: context.time,
        part,
    }]
}

/// One property for each member; none of it where the value is no object.
fn properties<'a>(context: &Context<'a, '_>, values: &'a RawValue) -> Vec<Draft<'a>> {
    let Some(members) = Members::of(values) else {
        return Vec::new();
    };
    let properties = members
        .iter()
        .map(|(code, value)| Property {
            code: code.clone(),
            value,
            time: context.time,
            dp_id: None,
        })
        .collect();
    one(context, Part::Properties(properties))
}

fn event_part<'a>(members: &Members<'a>) -> Option<Part<'a>> {
    let code = members
        .get("eventId")
        .and_then(json::text)
        .filter(|code| !code.is_empty())?;
    Some(Part::Event(DeviceEvent {
        code,
        level: members.get("type").and_then(json::text),
        params: members.some("params").or_else(|| json::parse("{}"))?,
    }))
}

fn own_time(members: &Members<'_>) -> Option<Timestamp> {
    Timestamp::from_platform_number(&json::text(members.get("timestamp")?)?)
}
