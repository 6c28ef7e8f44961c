#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

use super::{super::alarms::Raised, *};
use serde_json::{Value, json};

fn queue(name: &str, holds_failures: bool, waiting: u64, age: Option<u64>) -> QueueReport {
    QueueReport {
        name: name.to_owned(),
        holds_failures,
        url: format!("https://sqs/1/{name}"),
        depth: Some(Depth {
            waiting,
            in_flight: 1,
            delayed: 0,
        }),
        oldest_seconds: age,
    }
}

/// A stack without problems.
pub(in crate::status) fn well() -> StackReport {
    let empty = QueueReport {
        depth: Some(Depth::default()),
        ..queue("quarantine", true, 0, None)
    };
    StackReport {
        name: "relay".to_owned(),
        status: "UPDATE_COMPLETE".to_owned(),
        status_reason: None,
        has_failed: false,
        updated: Some(Timestamp::from_unix_millis(1_796_000_000_000)),
        version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        queues: vec![queue("staging", false, 3, Some(250)), empty],
        alarms: Alarms {
            ok: 2,
            no_data: 1,
            ..Alarms::default()
        },
    }
}

/// A stack with every problem, and an alarm with this reason.
pub(in crate::status) fn ill(reason: &str) -> StackReport {
    let gone = QueueReport {
        depth: None,
        ..queue("events", false, 0, None)
    };
    StackReport {
        status: "UPDATE_ROLLBACK_COMPLETE".to_owned(),
        status_reason: Some("no right".to_owned()),
        has_failed: true,
        version: Some("0.0.9".to_owned()),
        queues: vec![gone, queue("quarantine", true, 1, Some(7200))],
        alarms: Alarms {
            on: vec![Raised {
                id: "QuarantineAlarm".to_owned(),
                name: "relay-QuarantineAlarm-1".to_owned(),
                since: Some(Timestamp::from_unix_millis(1_795_999_000_000)),
                reason: reason.to_owned(),
                runbook: Some("docs/runbook.md#quarantine".to_owned()),
            }],
            silenced: 4,
            missing: vec!["SettingsAlarm".to_owned()],
            ..Alarms::default()
        },
        ..well()
    }
}

/// A report of these stacks.
pub(in crate::status) fn report(stacks: Vec<StackReport>) -> Report {
    Report {
        region: "eu-west-1".to_owned(),
        stacks,
    }
}

#[test]
fn each_thing_that_is_wrong_is_a_problem() {
    assert_eq!(report(vec![well()]).problems(), [""; 0]);
    let expected = [
        "relay: the last change failed, the stack is UPDATE_ROLLBACK_COMPLETE",
        "relay: the alarm QuarantineAlarm is on",
        "relay: the alarm SettingsAlarm does not exist any more",
        "relay: the queue events does not exist any more",
        "relay: messages in quarantine: 2",
    ];
    assert_eq!(report(vec![well(), ill("r")]).problems(), expected);
}

#[test]
fn json_has_all_that_is_known() {
    let read = |stack| -> Value { serde_json::from_str(&report(vec![stack]).to_json()).unwrap() };
    let json = read(well());
    assert_eq!(json["is_well"], true);
    assert_eq!(json["region"], "eu-west-1");
    let staging = json!({"name": "staging", "url": "https://sqs/1/staging", "waiting": 3,
        "in_flight": 1, "delayed": 0, "oldest_seconds": 250});
    assert_eq!(json["stacks"][0]["queues"][0], staging);
    let json = read(ill("Threshold Crossed"));
    assert_eq!(json["is_well"], false);
    assert_eq!(json["problems"].as_array().unwrap().len(), 5);
    let gone = json!({"name": "events", "url": "https://sqs/1/events", "oldest_seconds": null});
    assert_eq!(json["stacks"][0]["queues"][0], gone);
    let on = json!({"id": "QuarantineAlarm", "name": "relay-QuarantineAlarm-1",
        "since": "2026-11-30T00:36:40Z", "reason": "Threshold Crossed",
        "runbook": "docs/runbook.md#quarantine"});
    assert_eq!(json["stacks"][0]["alarms"]["on"], json!([on]));
}
