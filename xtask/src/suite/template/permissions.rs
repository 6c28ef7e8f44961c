//! Least privilege: who may do what to which resource, exactly.

use serde_json::{Value, json};

use super::ckafka::has_network;
use super::functions::{logical_id, present};
use super::parts;
use super::stack::{Stack, elements, object};

/// What a role allows: pairs of an action and the resource.
const ALLOWED: &[(&str, &[(&str, &str)])] = &[
    (
        "VerifyRole",
        &[
            ("logs:CreateLogStream", "${VerifyLogs.Arn}"),
            ("logs:PutLogEvents", "${VerifyLogs.Arn}"),
            ("secretsmanager:GetSecretValue", "${SourceSecrets}"),
            ("ssm:GetParameter", SETTINGS),
        ],
    ),
    (
        "PushRole",
        &[
            ("logs:CreateLogStream", "${PushLogs.Arn}"),
            ("logs:PutLogEvents", "${PushLogs.Arn}"),
            ("secretsmanager:GetSecretValue", "${SourceSecrets}"),
            ("sqs:SendMessage", "${StagingQueue.Arn}"),
            ("ssm:GetParameter", SETTINGS),
        ],
    ),
    (
        "ConsumerRole",
        &[
            ("logs:CreateLogStream", "${ConsumerLogs.Arn}"),
            ("logs:PutLogEvents", "${ConsumerLogs.Arn}"),
            ("sqs:ChangeMessageVisibility", "${StagingQueue.Arn}"),
            ("sqs:DeleteMessage", "${StagingQueue.Arn}"),
            ("sqs:GetQueueAttributes", "${StagingQueue.Arn}"),
            ("sqs:ReceiveMessage", "${StagingQueue.Arn}"),
            ("sqs:SendMessage", "${EventsQueue.Arn}"),
            ("sqs:SendMessage", "${QuarantineQueue.Arn}"),
            ("ssm:GetParameter", SETTINGS),
        ],
    ),
    (
        "TuyaRole",
        &[
            ("logs:CreateLogStream", "${TuyaLogs.Arn}"),
            ("logs:PutLogEvents", "${TuyaLogs.Arn}"),
            ("secretsmanager:GetSecretValue", "${SourceSecrets}"),
            ("sqs:SendMessage", "${StagingQueue.Arn}"),
            ("ssm:GetParameter", SETTINGS),
        ],
    ),
    (
        "TuyaScheduleRole",
        &[("lambda:InvokeFunction", "${TuyaFunction.Arn}")],
    ),
    (
        "CkafkaPullRole",
        &[
            ("logs:CreateLogStream", "${CkafkaPullLogs.Arn}"),
            ("logs:PutLogEvents", "${CkafkaPullLogs.Arn}"),
            ("secretsmanager:GetSecretValue", "${SourceSecrets}"),
            ("sqs:SendMessage", "${StagingQueue.Arn}"),
            ("ssm:GetParameter", SETTINGS),
        ],
    ),
    (
        "CkafkaPullScheduleRole",
        &[("lambda:InvokeFunction", "${CkafkaPullFunction.Arn}")],
    ),
    (
        "CkafkaRole",
        &[
            ("logs:CreateLogStream", "${CkafkaLogs.Arn}"),
            ("logs:PutLogEvents", "${CkafkaLogs.Arn}"),
            ("sqs:SendMessage", "${StagingQueue.Arn}"),
            ("ssm:GetParameter", SETTINGS),
        ],
    ),
];

/// What a role allows beside it, if the stack reaches brokers from subnets: what Lambda asks for to
/// attach a function, or to read a topic from there. AWS names no resources for these.
///
/// Sources: <https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-kafka-permissions.html>.
const ALLOWED_WITH_A_NETWORK: &[(&str, &[&str])] = &[
    (
        "CkafkaPullRole",
        &[
            "ec2:AssignPrivateIpAddresses",
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSubnets",
            "ec2:UnassignPrivateIpAddresses",
        ],
    ),
    (
        "CkafkaRole",
        &[
            "ec2:CreateNetworkInterface",
            "ec2:DeleteNetworkInterface",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeVpcs",
        ],
    ),
];

const SETTINGS: &str = "arn:aws:ssm:eu-west-1:123456789012:parameter/thingrelay/example/settings";

/// Each role allows what the table says, and nothing else grants a function anything.
pub(super) fn check(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    let roles: Vec<&str> = stack.of_type("AWS::IAM::Role").map(|(id, _)| id).collect();
    for id in &roles {
        if !ALLOWED.iter().any(|(role, _)| role == id) {
            problems.push(format!("{id} is a role that the table does not name"));
        }
    }
    for (id, allowed) in ALLOWED {
        if !parts::belongs(stack, id) {
            continue;
        }
        let mut expected: Vec<(String, String)> = allowed
            .iter()
            .map(|(action, resource)| ((*action).to_owned(), (*resource).to_owned()))
            .collect();
        expected.extend(by_parameters(stack, id));
        expected.sort();
        check_role(id, stack.properties(id), &expected, &mut problems);
    }
    for id in present(stack).map(logical_id) {
        let role = &stack.properties(&id)["Role"];
        let own = id.replace("Function", "Role");
        if role != &json!(format!("${{{own}.Arn}}")) {
            problems.push(format!("{id} has the role {role}"));
        }
    }
    check_invokers(stack, &mut problems);
    for kind in ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"] {
        for (id, _) in stack.of_type(kind) {
            problems.push(format!("{id} grants something beside the roles"));
        }
    }
    problems
}

/// What a role allows because the parameters say so.
fn by_parameters(stack: &Stack, role: &str) -> Vec<(String, String)> {
    let given = match role {
        "ConsumerRole" => vec![
            ("sqs:SendMessage", "TargetQueueArns"),
            ("kms:GenerateDataKey", "TargetKeyArns"),
            ("kms:Decrypt", "TargetKeyArns"),
        ],
        "CkafkaRole" => ["CkafkaCredentialsArn", "CkafkaRootCaArn"]
            .map(|secret| ("secretsmanager:GetSecretValue", secret))
            .to_vec(),
        _ => Vec::new(),
    };
    let mut allowed = Vec::new();
    for (action, parameter) in given {
        for arn in elements(&stack.parameters[parameter]) {
            if let Some(arn) = arn.as_str().filter(|arn| !arn.is_empty()) {
                allowed.push((action.to_owned(), arn.to_owned()));
            }
        }
    }
    let with_a_network = ALLOWED_WITH_A_NETWORK
        .iter()
        .filter(|(id, _)| *id == role && has_network(stack))
        .flat_map(|(_, actions)| *actions)
        .map(|action| ((*action).to_owned(), "*".to_owned()));
    allowed.extend(with_a_network);
    allowed
}

fn check_role(
    id: &str,
    properties: &Value,
    expected: &[(String, String)],
    problems: &mut Vec<String>,
) {
    let trust = json!({ "Version": "2012-10-17", "Statement": [trusted(id)] });
    if properties["AssumeRolePolicyDocument"] != trust {
        problems.push(format!("{id} can be assumed by others than it is for"));
    }
    for key in object(properties).keys() {
        if !["AssumeRolePolicyDocument", "Policies"].contains(&key.as_str()) {
            problems.push(format!("{id} has {key}, which the table does not know"));
        }
    }
    let mut found = Vec::new();
    for policy in elements(&properties["Policies"]) {
        for statement in elements(&policy["PolicyDocument"]["Statement"]) {
            let keys: Vec<String> = object(statement).keys().cloned().collect();
            if keys != ["Action", "Effect", "Resource"] || statement["Effect"] != "Allow" {
                problems.push(format!("{id} has an unexpected statement: {statement}"));
            }
            for action in elements(&statement["Action"]) {
                for resource in elements(&statement["Resource"]) {
                    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                    found.push((text(action), text(resource)));
                }
            }
        }
    }
    found.sort();
    for pair in found.iter().filter(|pair| !expected.contains(pair)) {
        problems.push(format!("{id} allows {} on {}", pair.0, pair.1));
    }
    for pair in expected.iter().filter(|pair| !found.contains(pair)) {
        problems.push(format!("{id} does not allow {} on {}", pair.0, pair.1));
    }
}

/// Who may assume a role: Lambda that of a function, and the scheduler that of a schedule, for the
/// schedules of this account alone:
/// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html>.
fn trusted(role: &str) -> Value {
    match role {
        "TuyaScheduleRole" | "CkafkaPullScheduleRole" => json!({
            "Effect": "Allow",
            "Principal": { "Service": "scheduler.amazonaws.com" },
            "Action": "sts:AssumeRole",
            "Condition": { "StringEquals": {
                "aws:SourceAccount": "123456789012",
                "aws:SourceArn":
                    "arn:aws:scheduler:eu-west-1:123456789012:schedule-group/default",
            } },
        }),
        _ => json!({
            "Effect": "Allow",
            "Principal": { "Service": "lambda.amazonaws.com" },
            "Action": "sts:AssumeRole",
        }),
    }
}

/// The API may invoke verify and push, by its own routes. Nobody else may invoke anything.
fn check_invokers(stack: &Stack, problems: &mut Vec<String>) {
    let mut invokers: Vec<String> = stack
        .of_type("AWS::Lambda::Permission")
        .map(|(_, permission)| {
            format!(
                "{} {} {} {}",
                permission["Principal"].as_str().unwrap_or_default(),
                permission["Action"].as_str().unwrap_or_default(),
                permission["FunctionName"].as_str().unwrap_or_default(),
                permission["SourceArn"].as_str().unwrap_or_default(),
            )
        })
        .collect();
    invokers.sort();
    let expected =
        [("PushFunction", "POST"), ("VerifyFunction", "GET")].map(|(function, method)| {
            format!(
                "apigateway.amazonaws.com lambda:InvokeFunction ${{{function}}} \
             arn:aws:execute-api:eu-west-1:123456789012:${{HttpApi}}/*/{method}/*"
            )
        });
    if invokers != expected {
        problems.push(format!("functions are invoked by {invokers:?}"));
    }
}
