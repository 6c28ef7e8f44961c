//! The queues: nothing is lost, read on the way, or handed out twice too soon.

use serde_json::{Value, json};

use super::intrinsic::STACK_GUID;
use super::stack::{Stack, elements};

/// The queues, and whether each keeps an order.
const QUEUES: &[(&str, Order)] = &[
    ("StagingQueue", Order::Fifo),
    ("DeadLetterQueue", Order::Fifo),
    ("EventsQueue", Order::Fifo),
    ("QuarantineQueue", Order::None),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    Fifo,
    None,
}

/// 14 days, the most that SQS takes.
const RETENTION_SECONDS: u64 = 1_209_600;
/// 1 MiB, the most that SQS takes.
const MAX_BYTES: u64 = 1_048_576;
/// Lambda's advice:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html>.
const TIMEOUTS_IN_A_VISIBILITY: u64 = 6;

/// Every queue has the properties that the deployment promises.
pub(super) fn check(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    for (id, _) in stack.of_type("AWS::SQS::Queue") {
        if !QUEUES.iter().any(|(queue, _)| *queue == id) {
            problems.push(format!("{id} is a queue that the table does not name"));
        }
    }
    for (id, order) in QUEUES {
        let queue = stack.properties(id);
        let mut expected = vec![
            ("MessageRetentionPeriod", json!(RETENTION_SECONDS)),
            ("MaximumMessageSize", json!(MAX_BYTES)),
            ("SqsManagedSseEnabled", json!(true)),
        ];
        if *order == Order::Fifo {
            expected.extend([
                ("FifoQueue", json!(true)),
                ("DeduplicationScope", json!("messageGroup")),
                ("FifoThroughputLimit", json!("perMessageGroupId")),
            ]);
        }
        for (property, value) in expected {
            if queue[property] != value {
                problems.push(format!("{id} has {property} {}", queue[property]));
            }
        }
        check_transport(stack, id, &mut problems);
    }
    check_redrive(stack, &mut problems);
    let visibility = stack.properties("StagingQueue")["VisibilityTimeout"].as_u64();
    let timeout = stack.properties("ConsumerFunction")["Timeout"].as_u64();
    match (visibility, timeout) {
        (Some(visibility), Some(timeout)) if visibility >= TIMEOUTS_IN_A_VISIBILITY * timeout => {}
        _ => problems.push(format!(
            "the staging queue's visibility time-out {visibility:?} is less than \
             {TIMEOUTS_IN_A_VISIBILITY} times the consumer's time-out {timeout:?}"
        )),
    }
    problems
}

/// A policy refuses calls without TLS, and allows nobody anything.
fn check_transport(stack: &Stack, id: &str, problems: &mut Vec<String>) {
    let reference = json!(format!("${{{id}}}"));
    let statements: Vec<&Value> = stack
        .of_type("AWS::SQS::QueuePolicy")
        .filter(|(_, policy)| elements(&policy["Queues"]).contains(&&reference))
        .flat_map(|(_, policy)| elements(&policy["PolicyDocument"]["Statement"]))
        .collect();
    let expected = json!({
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "sqs:*",
        "Resource": format!("${{{id}.Arn}}"),
        "Condition": { "Bool": { "aws:SecureTransport": "false" } },
    });
    if statements != [&expected] {
        problems.push(format!("{id} has the policy {statements:?}"));
    }
}

/// The staging queue alone has dead letters, and their queue takes them from it alone.
fn check_redrive(stack: &Stack, problems: &mut Vec<String>) {
    let staging = stack.properties("StagingQueue");
    let expected = json!({
        "deadLetterTargetArn": "${DeadLetterQueue.Arn}",
        "maxReceiveCount": 1000,
    });
    if staging["RedrivePolicy"] != expected {
        problems.push(format!(
            "StagingQueue has RedrivePolicy {}",
            staging["RedrivePolicy"]
        ));
    }
    let name = format!("staging-{STACK_GUID}.fifo");
    if staging["QueueName"] != json!(name) {
        problems.push(format!("StagingQueue is named {}", staging["QueueName"]));
    }
    let from_staging = json!({
        "redrivePermission": "byQueue",
        "sourceQueueArns": [format!("arn:aws:sqs:eu-west-1:123456789012:{name}")],
    });
    for (id, _) in QUEUES {
        let expected = match *id {
            "DeadLetterQueue" => &from_staging,
            _ => &json!({ "redrivePermission": "denyAll" }),
        };
        let found = &stack.properties(id)["RedriveAllowPolicy"];
        if found != expected {
            problems.push(format!("{id} has RedriveAllowPolicy {found}"));
        }
    }
}
