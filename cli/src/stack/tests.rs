#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use super::*;
use aws_sdk_cloudformation::{
    primitives::DateTime,
    types::{Output, Parameter, ResourceStatus, StackStatus},
};

/// A stack with these resources: the id in the template, the type, and the name or URL.
pub(crate) fn stack(status: &str, resources: &[(&str, &str, &str)]) -> Stack {
    let described = Described::builder()
        .stack_name("relay")
        .creation_time(DateTime::from_secs(1_796_000_000))
        .stack_status(StackStatus::from(status))
        .description("thingrelay: receives")
        .parameters(
            Parameter::builder()
                .parameter_key("LogLevel")
                .parameter_value("INFO")
                .build(),
        )
        .outputs(
            Output::builder()
                .output_key("Version")
                .output_value("0.1.0")
                .build(),
        )
        .outputs(
            Output::builder()
                .output_key("StagingQueueArn")
                .output_value("arn")
                .export_name("relay-StagingQueueArn")
                .build(),
        )
        .build();
    let summaries: Vec<_> = resources
        .iter()
        .map(|(logical, kind, physical)| {
            StackResourceSummary::builder()
                .logical_resource_id(*logical)
                .physical_resource_id(*physical)
                .resource_type(*kind)
                .resource_status(ResourceStatus::CreateComplete)
                .last_updated_timestamp(DateTime::from_secs(0))
                .build()
        })
        .collect();
    Stack::new(&described, &summaries)
}

#[test]
fn a_stack_knows_its_parts() {
    const QUEUE: &str = "AWS::SQS::Queue";
    const LOGS: &str = "AWS::Logs::LogGroup";
    let stack = stack(
        "UPDATE_COMPLETE",
        &[
            ("DeadLetterQueue", QUEUE, "https://sqs/1/dead.fifo"),
            ("Extra", QUEUE, "https://sqs/1/extra"),
            ("StagingQueue", QUEUE, "https://sqs/1/staging.fifo"),
            ("CkafkaPullLogs", LOGS, "/pull"),
            ("AccessLogs", LOGS, "/access"),
            ("ArchiveLogs", LOGS, "/archive"),
            ("PushLogs", LOGS, "/push"),
            ("QuarantineAlarm", "AWS::CloudWatch::Alarm", "relay-Q"),
        ],
    );
    assert_eq!(stack.version.as_deref(), Some("0.1.0"));
    assert_eq!(stack.log_level.as_deref(), Some("INFO"));
    assert_eq!(stack.exports, ["relay-StagingQueueArn"]);
    assert!(stack.is_ours);
    let queues = stack.queues();
    let queues: Vec<_> = queues
        .iter()
        .map(|it| (it.label(), it.name(), it.holds_failures()))
        .collect();
    let expected = [
        ("staging", "staging.fifo", false),
        ("dead letters", "dead.fifo", true),
        ("Extra", "extra", false),
    ];
    assert_eq!(queues, expected);
    assert_eq!(stack.alarms(), [("QuarantineAlarm", "relay-Q")]);
    let groups = stack.log_groups();
    let groups: Vec<_> = groups
        .iter()
        .map(|it| (it.function.as_str(), it.name.as_str()))
        .collect();
    assert_eq!(groups, [("ckafka-pull", "/pull"), ("push", "/push")]);
}

#[test]
fn a_change_that_was_rolled_back_has_failed() {
    let cases = [
        ("CREATE_COMPLETE", false),
        ("UPDATE_COMPLETE", false),
        ("UPDATE_IN_PROGRESS", false),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", false),
        ("CREATE_FAILED", true),
        ("ROLLBACK_COMPLETE", true),
        ("UPDATE_ROLLBACK_COMPLETE", true),
        ("UPDATE_ROLLBACK_IN_PROGRESS", true),
        ("DELETE_FAILED", true),
    ];
    for (status, has_failed) in cases {
        assert_eq!(stack(status, &[]).has_failed(), has_failed, "{status}");
    }
}
