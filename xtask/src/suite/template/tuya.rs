//! The pull from Tuya: one window at a time, begun every minute, or nothing of it at all.

use serde_json::{Value, json};

use super::stack::Stack;

/// The function, by the name of its binary.
pub(super) const FUNCTION: &str = "tuya";
/// With what the logical id of all that belongs to it begins.
pub(super) const PREFIX: &str = "Tuya";
/// The condition that all of it stands under.
pub(super) const CONDITION: &str = "PullsTuya";

/// All that belongs to it and is no alarm. The configuration of its calls is SAM's.
const RESOURCES: &[&str] = &[
    "TuyaFunction",
    "TuyaFunctionEventInvokeConfig",
    "TuyaLogs",
    "TuyaRole",
    "TuyaSchedule",
    "TuyaScheduleRole",
];

/// For how long an invocation may last, in seconds: a multiple of the minute after which the
/// schedule calls again, so that a call is near when a window ends.
const TIMEOUT_SECONDS: u64 = 300;

/// Whether a stack with these parameters pulls from Tuya.
pub(super) fn is_on(stack: &Stack) -> bool {
    stack.parameters["TuyaSources"] == "on"
}

/// All of it is there or nothing of it, and no two windows overlap.
pub(super) fn check(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    check_presence(stack, &mut problems);
    if is_on(stack) {
        check_window(stack, &mut problems);
        check_calls(stack, &mut problems);
        check_schedule(stack, &mut problems);
    }
    problems
}

fn check_presence(stack: &Stack, problems: &mut Vec<String>) {
    let default = &stack.source["Parameters"]["TuyaSources"]["Default"];
    if default != "off" {
        problems.push(format!("TuyaSources is {default} where nobody says so"));
    }
    let mut found: Vec<&str> = Vec::new();
    for (id, resource) in &stack.resources {
        let belongs = [
            "AWS::Lambda::EventInvokeConfig",
            "AWS::Scheduler::Schedule",
            "AWS::Scheduler::ScheduleGroup",
        ]
        .iter()
        .any(|kind| resource["Type"] == *kind);
        if !id.starts_with(PREFIX) && !belongs {
            continue;
        }
        if resource["Condition"] != CONDITION {
            problems.push(format!("{id} is there without Tuya, too"));
        }
        if resource["Type"] != "AWS::CloudWatch::Alarm" {
            found.push(id);
        }
    }
    found.sort_unstable();
    let expected: &[&str] = if is_on(stack) { RESOURCES } else { &[] };
    if found != expected {
        problems.push(format!("of Tuya, there is {found:?}"));
    }
}

/// A window ends shortly before a call of the schedule, and is alone.
fn check_window(stack: &Stack, problems: &mut Vec<String>) {
    let function = stack.properties("TuyaFunction");
    let expected = [
        ("Timeout", json!(TIMEOUT_SECONDS)),
        ("MemorySize", json!(256)),
        ("ReservedConcurrentExecutions", json!(1)),
    ];
    for (property, value) in expected {
        if function[property] != value {
            problems.push(format!(
                "TuyaFunction has {property} {}",
                function[property]
            ));
        }
    }
}

/// A call that finds a window under way is dropped after a minute, and one that fails is not made
/// again: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>.
fn check_calls(stack: &Stack, problems: &mut Vec<String>) {
    let expected = json!({
        "DestinationConfig": {},
        "FunctionName": "${TuyaFunction}",
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
    });
    let found: Vec<&Value> = stack
        .of_type("AWS::Lambda::EventInvokeConfig")
        .map(|(_, config)| config)
        .collect();
    if found != [&expected] {
        problems.push(format!("calls are treated as {found:?}"));
    }
}

fn check_schedule(stack: &Stack, problems: &mut Vec<String>) {
    let found: Vec<&Value> = stack
        .of_type("AWS::Scheduler::Schedule")
        .map(|(_, schedule)| schedule)
        .collect();
    let [schedule] = found.as_slice() else {
        problems.push(format!("there are {} schedules", found.len()));
        return;
    };
    let expected = [
        ("ScheduleExpression", json!("rate(1 minute)")),
        ("FlexibleTimeWindow", json!({ "Mode": "OFF" })),
        ("State", Value::Null),
        ("StartDate", Value::Null),
        ("EndDate", Value::Null),
        (
            "Target",
            json!({
                "Arn": "${TuyaFunction.Arn}",
                "RoleArn": "${TuyaScheduleRole.Arn}",
                "RetryPolicy": {
                    "MaximumRetryAttempts": 0,
                    "MaximumEventAgeInSeconds": 60,
                },
            }),
        ),
    ];
    for (property, value) in expected {
        if schedule[property] != value {
            problems.push(format!(
                "the schedule has {property} {}",
                schedule[property]
            ));
        }
    }
}
