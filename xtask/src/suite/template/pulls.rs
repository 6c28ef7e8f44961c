//! The pulls from Tuya and from CKafka: one window of each at a time, begun every minute.

use serde_json::{Value, json};

use super::parts::{CKAFKA_PULL, Part, TUYA};
use super::stack::Stack;

/// The functions that pull, by the names of their binaries, and the parts that they are of.
pub(super) const PULLS: [(&str, &Part); 2] = [("tuya", &TUYA), ("ckafka-pull", &CKAFKA_PULL)];

/// For how long an invocation may last, in seconds: a multiple of the minute after which the
/// schedule calls again, so that a call is near when a window ends.
const TIMEOUT_SECONDS: u64 = 300;

/// Whether a function pulls.
pub(super) fn is_a_pull(function: &str) -> bool {
    PULLS.iter().any(|(name, _)| *name == function)
}

/// No two windows overlap, and one follows the other.
pub(super) fn check(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    let mut count = 0;
    for (_, part) in PULLS.iter().filter(|(_, part)| (part.is_on)(stack)) {
        count += 1;
        check_window(stack, part.prefix, &mut problems);
        check_calls(stack, part.prefix, &mut problems);
        check_schedule(stack, part.prefix, &mut problems);
    }
    for kind in ["AWS::Lambda::EventInvokeConfig", "AWS::Scheduler::Schedule"] {
        let found = stack.of_type(kind).count();
        if found != count {
            problems.push(format!("there are {found} of {kind}"));
        }
    }
    if stack.of_type("AWS::Scheduler::ScheduleGroup").count() != 0 {
        problems.push("there is a group of schedules".to_owned());
    }
    problems
}

/// A window ends shortly before a call of the schedule, and is alone.
fn check_window(stack: &Stack, prefix: &str, problems: &mut Vec<String>) {
    let function = stack.properties(&format!("{prefix}Function"));
    let expected = [
        ("Timeout", json!(TIMEOUT_SECONDS)),
        ("MemorySize", json!(256)),
        ("ReservedConcurrentExecutions", json!(1)),
    ];
    for (property, value) in expected {
        if function[property] != value {
            problems.push(format!(
                "{prefix}Function has {property} {}",
                function[property]
            ));
        }
    }
}

/// A call that finds a window under way is dropped after a minute, and one that fails is not made
/// again: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>.
fn check_calls(stack: &Stack, prefix: &str, problems: &mut Vec<String>) {
    let expected = json!({
        "DestinationConfig": {},
        "FunctionName": format!("${{{prefix}Function}}"),
        "Qualifier": "$LATEST",
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
    });
    let found = stack.properties(&format!("{prefix}FunctionEventInvokeConfig"));
    if found != &expected {
        problems.push(format!("{prefix}: calls are treated as {found}"));
    }
}

fn check_schedule(stack: &Stack, prefix: &str, problems: &mut Vec<String>) {
    let schedule = stack.properties(&format!("{prefix}Schedule"));
    let expected = [
        ("ScheduleExpression", json!("rate(1 minute)")),
        ("FlexibleTimeWindow", json!({ "Mode": "OFF" })),
        ("State", Value::Null),
        ("StartDate", Value::Null),
        ("EndDate", Value::Null),
        (
            "Target",
            json!({
                "Arn": format!("${{{prefix}Function.Arn}}"),
                "RoleArn": format!("${{{prefix}ScheduleRole.Arn}}"),
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
                "{prefix}Schedule has {property} {}",
                schedule[property]
            ));
        }
    }
}
