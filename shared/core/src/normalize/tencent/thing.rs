//! `$thing` and `$shadow`: properties, events, actions.
//!
//! Source: "Thing model protocol" (IoT Explorer), "Device shadow" (IoT Hub).

use super::{super::draft::Draft, context::Context};
use crate::{
    event::{
        detail::{Action, Detail, DeviceEvent},
        properties::Properties,
    },
    json::Json,
    timestamp::Timestamp,
};

/// Reads `report` and `control_reply` with parameters, and `report_info`; `None` for anything else.
pub(super) fn property<'a>(
    word: &str,
    params: Option<Json<'a>>,
    time: Timestamp,
) -> Option<Detail<'a>> {
    let params = params?;
    match word {
        "report" | "control_reply" => Some(Detail::Properties(Properties::Members(params, time))),
        "report_info" => Some(Detail::Info(params)),
        _ => None,
    }
}

/// Reads `update` with `state.reported`; `None` for anything else.
pub(super) fn shadow<'a>(word: &str, payload: Json<'a>, time: Timestamp) -> Option<Detail<'a>> {
    let [state] = payload.pick(["state"]);
    let [reported] = state?.pick(["reported"]);
    let reported = reported.filter(|reported| reported.is_object())?;
    (word == "update").then_some(Detail::Properties(Properties::Members(reported, time)))
}

/// Reads `action_reply`; `None` for anything else.
pub(super) fn action<'a>(word: &str, payload: Json<'a>) -> Option<Detail<'a>> {
    let [code, status, response, token] =
        payload.pick(["code", "status", "response", "clientToken"]);
    (word == "action_reply").then(|| {
        Detail::Action(Action {
            name: None,
            code,
            status: status.and_then(Json::text),
            response,
            token: token.and_then(Json::non_empty_text),
        })
    })
}

/// Reads `event_post`, and `events_post`, each of whose entries gets an event; `None` for anything
/// else.
///
/// An entry that names no event must not vanish. It becomes a message.
pub(super) fn events<'a>(context: &Context<'a, '_>, payload: Json<'a>) -> Vec<Draft<'a>> {
    match context.word {
        "event_post" => event(context, payload).into_iter().collect(),
        "events_post" => {
            let [entries] = payload.pick(["events"]);
            let entries = entries.and_then(Json::elements).into_iter().flatten();
            entries
                .map(|entry| event(context, entry).unwrap_or_else(|| context.message()))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn event<'a>(context: &Context<'a, '_>, entry: Json<'a>) -> Option<Draft<'a>> {
    let [code, level, params, time] = entry.pick(["eventId", "type", "params", "timestamp"]);
    let own_time = time
        .and_then(Json::text)
        .and_then(|t| Timestamp::from_platform_number(&t));
    let detail = Detail::Event(DeviceEvent {
        code: code?.non_empty_text()?,
        level: level.and_then(Json::non_empty_text),
        params: params.unwrap_or(Json::EMPTY_OBJECT),
    });
    Some(context.draft(detail, own_time.unwrap_or(context.time)))
}
