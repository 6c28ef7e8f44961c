//! JSON documents made of arbitrary bytes, with the words of the protocols as keys and values.

use libfuzzer_sys::arbitrary::{Arbitrary, Result, Unstructured};

/// How deep a document is nested at most.
const MAX_DEPTH: u8 = 6;

/// Names of members, and texts, that mean something to a parser.
const WORDS: [&str; 96] = [
    "",
    "0",
    "1",
    "P1",
    "meter-7",
    "gw-1",
    "s1",
    "devicename",
    "DeviceName",
    "productid",
    "ProductID",
    "productname",
    "topic",
    "Topic",
    "payload",
    "Payload",
    "seq",
    "Seq",
    "timestamp",
    "Timestamp",
    "MsgType",
    "msgtype",
    "Event",
    "Time",
    "TimeMills",
    "Reason",
    "MsgTitle",
    "MsgContent",
    "RequestId",
    "Publish",
    "Forward",
    "StatusChange",
    "Status",
    "Online",
    "Offline",
    "method",
    "type",
    "report",
    "report_info",
    "control_reply",
    "event_post",
    "events_post",
    "action_reply",
    "params",
    "events",
    "eventId",
    "clientToken",
    "code",
    "status",
    "response",
    "actionId",
    "state",
    "reported",
    "update",
    "online",
    "offline",
    "bind",
    "unbind",
    "devices",
    "product_id",
    "device_name",
    "signature",
    "report_version",
    "report_progress",
    "progress",
    "version",
    "percent",
    "result_code",
    "result_msg",
    "module",
    "$thing/up/property/P1/meter-7",
    "$thing/up/event/P1/meter-7",
    "$thing/up/action/P1/meter-7",
    "$thing/up/raw/P1/meter-7",
    "$ota/report/P1/meter-7",
    "$gateway/operation/P1/gw-1",
    "$shadow/operation/P1/meter-7",
    "P1/meter-7/own",
    "1750000000",
    "1750000000123",
    "2025-06-15 23:06:40",
    "e30=",
    "eyJhIjoxfQ==",
    "bizCode",
    "bizData",
    "dataId",
    "devId",
    "productKey",
    "properties",
    "dpId",
    "value",
    "t",
    "time",
    "ts",
    "statusReport",
    "devicePropertyMessage",
];

/// The text of a document.
///
/// # Errors
/// There are too few bytes.
pub fn text(choices: &mut Unstructured<'_>) -> Result<Vec<u8>> {
    let mut out = String::new();
    value(choices, &mut out, 0)?;
    Ok(out.into_bytes())
}

fn value(choices: &mut Unstructured<'_>, out: &mut String, depth: u8) -> Result<()> {
    let most = if depth >= MAX_DEPTH { 5 } else { 9 };
    // A document is an object, as a rule.
    let kind = if depth == 0 {
        9
    } else {
        choices.int_in_range(0..=most)?
    };
    match kind {
        0 => out.push_str(["null", "true", "false"][choices.choose_index(3)?]),
        1 => out.push_str(&i64::arbitrary(choices)?.to_string()),
        2 => out.push_str(
            [
                "0",
                "-0",
                "1.50",
                "1e2",
                "1e400",
                "1750000000",
                "9007199254740993",
            ][choices.choose_index(7)?],
        ),
        3 | 4 => string(out, choices.choose(&WORDS)?),
        5 => string(out, <&str>::arbitrary(choices)?),
        6 => {
            // JSON as a string.
            let mut inner = String::new();
            value(choices, &mut inner, depth.max(MAX_DEPTH - 2) + 1)?;
            string(out, &inner);
        }
        7 => {
            out.push('[');
            for index in 0..choices.int_in_range(0..=4)? {
                if index > 0 {
                    out.push(',');
                }
                value(choices, out, depth + 1)?;
            }
            out.push(']');
        }
        _ => {
            out.push('{');
            for index in 0..choices.int_in_range(0..=8)? {
                if index > 0 {
                    out.push(',');
                }
                string(out, choices.choose(&WORDS)?);
                out.push(':');
                value(choices, out, depth + 1)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

fn string(out: &mut String, text: &str) {
    out.push_str(&serde_json::Value::from(text).to_string());
}
