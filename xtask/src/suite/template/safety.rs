//! What outlives the stack, what is encrypted, what is kept and for how long, and what names
//! would keep two stacks from living side by side.

use serde_json::{Value, json};

use super::intrinsic::STACK_GUID;
use super::parts;
use super::stack::{Stack, elements, object};

/// Resources whose loss is a loss of data.
const KEPT: &[&str] = &[
    "DeadLetterQueue",
    "EventsQueue",
    "QuarantineQueue",
    "SourceSecrets",
    "StagingQueue",
];

/// Properties that name a resource for its whole account and region.
const NAMES: &[&str] = &[
    "AlarmName",
    "AliasName",
    "DashboardName",
    "FunctionName",
    "LogGroupName",
    "Name",
    "QueueName",
    "RoleName",
    "TopicName",
];

/// The log groups, if all parts are there.
const LOG_GROUPS: &[&str] = &[
    "AccessLogs",
    "CkafkaLogs",
    "CkafkaPullLogs",
    "ConsumerLogs",
    "PushLogs",
    "TuyaLogs",
    "VerifyLogs",
];

/// The variables of the access log: none is a header, a query or a body, which hold signatures.
///
/// Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html>.
const LOGGED: &[&str] = &[
    "$context.error.responseType",
    "$context.httpMethod",
    "$context.identity.sourceIp",
    "$context.integration.error",
    "$context.integration.latency",
    "$context.path",
    "$context.requestId",
    "$context.requestTime",
    "$context.responseLatency",
    "$context.responseLength",
    "$context.routeKey",
    "$context.status",
];

/// Checks all of it.
pub(super) fn check(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    for (id, resource) in &stack.resources {
        check_names(id, resource, &mut problems);
        check_deletion(id, resource, &mut problems);
    }
    for id in KEPT {
        if !stack.resources.contains_key(*id) {
            problems.push(format!("{id} is missing"));
        }
    }
    check_partition(stack, &mut problems);
    check_logs(stack, &mut problems);
    check_filter(stack, &mut problems);
    check_secret(stack, &mut problems);
    check_topic(stack, &mut problems);
    problems
}

fn check_names(id: &str, resource: &Value, problems: &mut Vec<String>) {
    let kind = resource["Type"].as_str().unwrap_or_default();
    for (property, value) in object(&resource["Properties"]) {
        // An event source, a permission and a filter name somebody else.
        let refers = match property.as_str() {
            "FunctionName" => kind != "AWS::Lambda::Function",
            "LogGroupName" => kind != "AWS::Logs::LogGroup",
            _ => false,
        };
        let name = value.as_str().unwrap_or_default();
        let is_own = name.contains("example") || name.contains(STACK_GUID);
        if NAMES.contains(&property.as_str()) && !refers && !is_own {
            problems.push(format!("{id} has the fixed name {name:?}"));
        }
    }
}

/// No ARN says in which partition it is, so that the stack works in China's regions, too.
fn check_partition(stack: &Stack, problems: &mut Vec<String>) {
    for section in ["Globals", "Resources", "Outputs"] {
        for (id, value) in object(&stack.source[section]) {
            if value.to_string().contains("arn:aws") {
                problems.push(format!("{id} names a partition"));
            }
        }
    }
}

fn check_deletion(id: &str, resource: &Value, problems: &mut Vec<String>) {
    let policies = [
        &resource["DeletionPolicy"],
        &resource["UpdateReplacePolicy"],
    ];
    let expected = match resource["Type"].as_str() {
        _ if KEPT.contains(&id) => ["RetainExceptOnCreate", "Retain"],
        Some("AWS::Logs::LogGroup") => ["Delete", "Delete"],
        _ => return,
    };
    if policies != expected {
        problems.push(format!("{id} has the deletion policies {policies:?}"));
    }
}

/// Each log group is deleted after the days that the parameter says, each function has one, and
/// the access log holds no secret.
fn check_logs(stack: &Stack, problems: &mut Vec<String>) {
    let mut groups: Vec<&str> = Vec::new();
    for (id, group) in stack.of_type("AWS::Logs::LogGroup") {
        groups.push(id);
        if group["RetentionInDays"] != stack.parameters["LogRetentionDays"] {
            problems.push(format!("{id} is kept for {}", group["RetentionInDays"]));
        }
    }
    groups.sort_unstable();
    let expected: Vec<&str> = LOG_GROUPS
        .iter()
        .copied()
        .filter(|id| parts::belongs(stack, id))
        .collect();
    if groups != expected {
        problems.push(format!("the log groups are {groups:?}"));
    }
    for (id, stage) in stack.of_type("AWS::ApiGatewayV2::Stage") {
        let format = &stage["AccessLogSettings"]["Format"];
        let format: Value = format
            .as_str()
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default();
        let values = object(&format);
        if values.is_empty() {
            problems.push(format!("{id} writes access logs that are no JSON"));
        }
        for (key, value) in values {
            if !LOGGED.iter().any(|variable| value == *variable) {
                problems.push(format!("{id} logs {value} as {key}"));
            }
        }
    }
}

/// Requests that the API throttles are counted by what the access log calls the status.
fn check_filter(stack: &Stack, problems: &mut Vec<String>) {
    let filters: Vec<&Value> = stack
        .of_type("AWS::Logs::MetricFilter")
        .map(|(_, filter)| filter)
        .collect();
    let expected = json!({
        "LogGroupName": "${AccessLogs}",
        "FilterPattern": "{ $.status = \"429\" }",
        "MetricTransformations": [{
            "MetricNamespace": "thingrelay/example/access",
            "MetricName": "Throttled",
            "MetricValue": "1",
            "Unit": "Count",
        }],
    });
    if filters != [&expected] {
        problems.push(format!("the logs are filtered by {filters:?}"));
    }
    for (id, stage) in stack.of_type("AWS::ApiGatewayV2::Stage") {
        let format = stage["AccessLogSettings"]["Format"].as_str();
        if !format.is_some_and(|text| text.contains(r#""status":"$context.status""#)) {
            problems.push(format!("{id} does not log the status"));
        }
    }
}

/// CloudFormation writes the secret's value again if the template has another one; and it writes
/// an SSM parameter's value again whenever anything about that resource changes, tags included.
fn check_secret(stack: &Stack, problems: &mut Vec<String>) {
    let secret = stack.properties("SourceSecrets");
    if secret["SecretString"] != "{}" || !secret["GenerateSecretString"].is_null() {
        problems.push(format!("SourceSecrets begins as {secret}"));
    }
    for (id, _) in stack.of_type("AWS::SSM::Parameter") {
        problems.push(format!("{id} is overwritten by updates of the stack"));
    }
}

/// CloudWatch may publish to the topic, which has no key that would keep CloudWatch out or cost more
/// than the alarms.
fn check_topic(stack: &Stack, problems: &mut Vec<String>) {
    let of_this_account = json!({ "StringEquals": { "aws:SourceAccount": "123456789012" } });
    for (id, topic) in stack.of_type("AWS::SNS::Topic") {
        if !topic["KmsMasterKeyId"].is_null() {
            problems.push(format!("{id} is encrypted by {}", topic["KmsMasterKeyId"]));
        }
        let publish = json!({
            "Sid": "Alarms",
            "Effect": "Allow",
            "Principal": { "Service": "cloudwatch.amazonaws.com" },
            "Action": "sns:Publish",
            "Resource": format!("${{{id}}}"),
            "Condition": of_this_account,
        });
        let statements = &stack.properties("AlarmTopicPolicy")["PolicyDocument"]["Statement"];
        if !elements(statements).contains(&&publish) {
            problems.push(format!("{id} does not admit CloudWatch: {statements}"));
        }
    }
    for (id, _) in stack.of_type("AWS::KMS::Key") {
        problems.push(format!("{id} is a key that is paid for by the month"));
    }
    let is_given = stack.parameters["AlarmTopicArn"] != "";
    for kind in ["AWS::SNS::Topic", "AWS::SNS::TopicPolicy"] {
        let count = stack.of_type(kind).count();
        if count != usize::from(!is_given) {
            problems.push(format!("there are {count} of {kind}"));
        }
    }
    let mails = stack.parameters["AlarmEmail"] != "" && !is_given;
    if stack.of_type("AWS::SNS::Subscription").count() != usize::from(mails) {
        problems.push("a mail address is not told, or told twice".to_owned());
    }
}
