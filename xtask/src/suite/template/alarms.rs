//! The alarms: those that must be there, each with somebody to tell and a section to read.

use serde_json::{Value, json};

use super::checkout::Checkout;
use super::functions::{logical_id, present};
use super::metric::{self, ACCESS, OWN};
use super::parts::{CKAFKA, CKAFKA_PULL, PULLS, TUYA};
use super::pulls;
use super::stack::{Stack, elements};

/// The longest time that an alarm looks back:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>.
const MAX_SECONDS: u64 = 86_400;
/// After how many minutes a source is silent that names no limit.
const SILENT_AFTER_MINUTES: &str = "15";

/// What an alarm watches, written as `NAMESPACE METRIC {DIMENSION=VALUE} STATISTIC/PERIOD*PERIODS
/// COMPARISON THRESHOLD, MISSING`.
fn watched(alarm: &Value) -> String {
    let dimensions: Vec<String> = dimensions(alarm)
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let text = |property: &str| plain(&alarm[property]);
    let comparison = match text("ComparisonOperator").as_str() {
        "GreaterThanThreshold" => ">",
        "GreaterThanOrEqualToThreshold" => ">=",
        "LessThanThreshold" => "<",
        _ => "?",
    };
    format!(
        "{} {} {{{}}} {}/{}*{} {comparison} {}, {}",
        text("Namespace"),
        text("MetricName"),
        dimensions.join(","),
        text("Statistic"),
        text("Period"),
        text("EvaluationPeriods"),
        text("Threshold"),
        text("TreatMissingData"),
    )
}

/// The alarms that a stack with these parameters has: logical id, section of the runbook, and
/// what each watches.
fn expected(stack: &Stack) -> Vec<(String, &'static str, String)> {
    let visible = "AWS/SQS ApproximateNumberOfMessagesVisible";
    let failures = plain(&stack.parameters["SignatureFailures"]);
    let mut alarms = vec![
        (
            "DeadLetters",
            "dead-letters",
            format!(
                "{visible} {{QueueName=${{DeadLetterQueue.QueueName}}}} Maximum/60*1 >= 1, notBreaching"
            ),
        ),
        (
            "Quarantine",
            "quarantine",
            format!(
                "{visible} {{QueueName=${{QuarantineQueue.QueueName}}}} Maximum/60*1 >= 1, notBreaching"
            ),
        ),
        (
            "StagingAge",
            "staging-age",
            "AWS/SQS ApproximateAgeOfOldestMessage {QueueName=${StagingQueue.QueueName}} Maximum/60*1 > 300, notBreaching"
                .to_owned(),
        ),
        (
            "HandedBack",
            "handed-back",
            format!("{OWN} HandedBack {{}} Sum/3600*2 >= 1, notBreaching"),
        ),
        (
            "StagingFailures",
            "staging-failures",
            format!("{OWN} Unavailable {{}} Sum/60*1 >= 1, notBreaching"),
        ),
        (
            "SignatureFailures",
            "signature-failures",
            format!(
                "{OWN} Rejected {{Reason=bad_signature}} Sum/300*1 >= {failures}, notBreaching"
            ),
        ),
        (
            "ClockSkew",
            "clock-skew",
            format!("{OWN} Rejected {{Reason=stale}} Sum/300*1 >= 1, notBreaching"),
        ),
        (
            "PreviousToken",
            "previous-token",
            format!("{OWN} PreviousToken {{}} Sum/3600*1 >= 1, notBreaching"),
        ),
        (
            "Settings",
            "settings",
            format!("{OWN} SettingsUnavailable {{}} Sum/900*1 >= 1, notBreaching"),
        ),
        (
            "Misconfigured",
            "misconfigured",
            format!("{OWN} Misconfigured {{}} Sum/900*1 >= 1, notBreaching"),
        ),
        (
            "RequestThrottles",
            "request-throttles",
            format!("{ACCESS} Throttled {{}} Sum/60*1 >= 1, notBreaching"),
        ),
    ]
    .into_iter()
    .map(|(name, section, watched)| (format!("{name}Alarm"), section, watched))
    .collect::<Vec<_>>();
    for function in present(stack).filter(|function| !pulls::is_a_pull(function)) {
        let id = logical_id(function);
        let name = id.trim_end_matches("Function");
        for (metric, section) in [
            ("Errors", "function-errors"),
            ("Throttles", "function-throttles"),
        ] {
            alarms.push((
                format!("{name}{metric}Alarm"),
                section,
                format!(
                    "AWS/Lambda {metric} {{FunctionName=${{{id}}}}} Sum/60*1 >= 1, notBreaching"
                ),
            ));
        }
    }
    alarms.extend(of_parts(stack));
    let sources = stack.parameters["WatchedSources"]
        .as_str()
        .unwrap_or_default();
    for (index, entry) in sources
        .split(',')
        .filter(|entry| !entry.is_empty())
        .enumerate()
    {
        let (source, minutes) = entry
            .split_once('=')
            .unwrap_or((entry, SILENT_AFTER_MINUTES));
        alarms.push((
            format!("SilentSource{}Alarm", index + 1),
            "silent-source",
            format!("{OWN} Accepted {{Source={source}}} Sum/60*{minutes} < 1, breaching"),
        ));
    }
    alarms
}

/// The alarms of the pulls and of Lambda's own event source. None watches the throttles of a pull: a
/// call that finds a window under way is no trouble.
fn of_parts(stack: &Stack) -> Vec<(String, &'static str, String)> {
    let own = |metric: &str, rule: &str| format!("{OWN} {metric} {{}} {rule}, notBreaching");
    let lambda = |function: &str, metric: &str, rule: &str| {
        format!("AWS/Lambda {metric} {{FunctionName=${{{function}}}}} {rule}")
    };
    let lag = plain(&stack.parameters["CkafkaLag"]);
    let behind = format!("Maximum/300*3 > {lag}");
    let refused = own("CredentialsRefused", "Sum/300*1 >= 1");
    let sealed = own("DecryptionFailed", "Sum/300*1 >= 1");
    let failed = "Sum/900*1 >= 1, notBreaching";
    let stopped = "Sum/1200*1 < 1, breaching";
    let mut alarms = Vec::new();
    if (PULLS.is_on)(stack) {
        alarms.extend([
            ("PullRefused", "pull-refused", refused),
            (
                "PullUnreachable",
                "pull-unreachable",
                own("Unreachable", "Sum/300*2 >= 3"),
            ),
            (
                "PullSilent",
                "pull-silent",
                own("Silent", "Sum/4200*1 >= 1"),
            ),
            (
                "PullStaging",
                "pull-staging",
                own("StagingRetried", "Sum/300*2 >= 1"),
            ),
        ]);
    }
    if (TUYA.is_on)(stack) {
        let of = |metric, rule| lambda("TuyaFunction", metric, rule);
        alarms.extend([
            ("TuyaDecryption", "tuya-decryption", sealed),
            ("TuyaErrors", "function-errors", of("Errors", failed)),
            ("TuyaStopped", "tuya-stopped", of("Invocations", stopped)),
        ]);
    }
    if (CKAFKA_PULL.is_on)(stack) {
        let of = |metric, rule| lambda("CkafkaPullFunction", metric, rule);
        alarms.extend([
            ("CkafkaPullLag", "ckafka-lag", own("Lag", &behind)),
            (
                "CkafkaPullExpired",
                "ckafka-expired",
                own("Expired", "Sum/300*1 >= 1"),
            ),
            ("CkafkaPullErrors", "function-errors", of("Errors", failed)),
            (
                "CkafkaPullStopped",
                "ckafka-stopped",
                of("Invocations", stopped),
            ),
        ]);
    }
    if (CKAFKA.is_on)(stack) {
        let rule = format!("{behind}, notBreaching");
        alarms.extend([
            (
                "CkafkaLag",
                "ckafka-lag",
                lambda("CkafkaFunction", "OffsetLag", &rule),
            ),
            (
                "CkafkaSilent",
                "ckafka-silent",
                lambda("CkafkaFunction", "Invocations", "Sum/3600*1 < 1, breaching"),
            ),
        ]);
    }
    alarms
        .into_iter()
        .map(|(name, section, watched)| (format!("{name}Alarm"), section, watched))
        .collect()
}

/// Exactly these alarms exist, watch what there is, tell somebody, and name their section.
pub(super) fn check(stack: &Stack, checkout: &Checkout) -> Vec<String> {
    let mut problems = Vec::new();
    let expected = expected(stack);
    for (id, _) in stack.of_type("AWS::CloudWatch::Alarm") {
        if !expected.iter().any(|(known, _, _)| known == id) {
            problems.push(format!("{id} is an alarm that the table does not name"));
        }
    }
    for (id, section, expected) in &expected {
        let alarm = stack.properties(id);
        let found = watched(alarm);
        if &found != expected {
            problems.push(format!("{id} watches {found} instead of {expected}"));
        }
        let names = (text(alarm, "Namespace"), text(alarm, "MetricName"));
        problems.extend(
            metric::problem(stack, checkout, names, &dimensions(alarm))
                .map(|problem| format!("{id}: {problem}")),
        );
        let seconds = number(&alarm["Period"]) * number(&alarm["EvaluationPeriods"]);
        if seconds == 0 || seconds > MAX_SECONDS {
            problems.push(format!("{id} looks back for {seconds} s"));
        }
        let link = format!("docs/runbook.md#{section}");
        let words: Vec<&str> = text(alarm, "AlarmDescription").split(' ').collect();
        if words.last() != Some(&link.as_str()) || words.len() < 6 {
            problems.push(format!("{id} does not say what it means and then {link}"));
        }
        let topic = match &stack.parameters["AlarmTopicArn"] {
            own if own == "" => json!(["${AlarmTopic}"]),
            given => json!([given]),
        };
        for actions in ["AlarmActions", "OKActions"] {
            if alarm[actions] != topic {
                problems.push(format!("{id} has {actions} {}", alarm[actions]));
            }
        }
    }
    problems
}

/// Each section that an alarm names is in the runbook.
pub(super) fn check_runbook(stack: &Stack, checkout: &Checkout) -> Vec<String> {
    let mut missing: Vec<String> = stack
        .of_type("AWS::CloudWatch::Alarm")
        .filter_map(|(id, alarm)| {
            let section = text(alarm, "AlarmDescription").rsplit('#').next()?;
            let exists = checkout.sections.iter().any(|known| known == section);
            (!exists).then(|| format!("docs/runbook.md has no section #{section} for {id}"))
        })
        .collect();
    missing.sort();
    missing
}

fn dimensions(alarm: &Value) -> Vec<(&str, &str)> {
    elements(&alarm["Dimensions"])
        .into_iter()
        .map(|dimension| (text(dimension, "Name"), text(dimension, "Value")))
        .collect()
}

/// A value without the marks of a string.
fn plain(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// A number, or the text of one: what CloudFormation takes for a number.
fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .or_else(|| value.as_str()?.parse().ok())
        .unwrap_or_default()
}
