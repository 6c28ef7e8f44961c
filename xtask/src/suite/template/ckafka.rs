//! How brokers of CKafka are reached: by Lambda's own event source, a mapping for each topic, or by
//! the function that pulls; over the internet or from subnets.

use serde_json::{Value, json};

use super::parts::{CKAFKA, CKAFKA_PULL, MAPPING};
use super::stack::Stack;

/// Whether a stack reaches its brokers from subnets.
pub(super) fn has_network(stack: &Stack) -> bool {
    !list(stack, "CkafkaSubnets").is_empty()
}

/// Each topic has a mapping, and each mapping what Lambda needs for it.
pub(super) fn check(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    let topics = match (CKAFKA.is_on)(stack) {
        true => list(stack, "CkafkaTopics"),
        false => Vec::new(),
    };
    let count = stack
        .of_type("AWS::Lambda::EventSourceMapping")
        .filter(|(id, _)| id.starts_with(MAPPING))
        .count();
    if count != topics.len() {
        problems.push(format!("{} topics have {count} mappings", topics.len()));
    }
    for (index, topic) in topics.iter().enumerate() {
        let id = format!("{MAPPING}{}", index + 1);
        let (found, expected) = (stack.properties(&id), mapping(stack, topic));
        if found != &expected {
            problems.push(format!("{id} is {found} instead of {expected}"));
        }
    }
    if (CKAFKA_PULL.is_on)(stack) {
        let network = match has_network(stack) {
            true => json!({
                "SubnetIds": list(stack, "CkafkaSubnets"),
                "SecurityGroupIds": [stack.parameters["CkafkaSecurityGroup"]],
            }),
            false => Value::Null,
        };
        let found = &stack.properties("CkafkaPullFunction")["VpcConfig"];
        if found != &network {
            problems.push(format!("CkafkaPullFunction is attached to {found}"));
        }
    }
    problems
}

/// Nothing else: no filter, no limit of tries, no bisecting; a batch comes again until it has gone.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/kafka-esm-parameters.html>.
fn mapping(stack: &Stack, topic: &str) -> Value {
    let text = |parameter: &str| stack.parameters[parameter].as_str().unwrap_or_default();
    let mut access = vec![json!({
        "Type": text("CkafkaAuthentication"),
        "URI": text("CkafkaCredentialsArn"),
    })];
    let authority = text("CkafkaRootCaArn");
    if !authority.is_empty() {
        access.push(json!({ "Type": "SERVER_ROOT_CA_CERTIFICATE", "URI": authority }));
    }
    for subnet in list(stack, "CkafkaSubnets") {
        access.push(json!({ "Type": "VPC_SUBNET", "URI": format!("subnet:{subnet}") }));
    }
    if has_network(stack) {
        let group = text("CkafkaSecurityGroup");
        access.push(json!({
            "Type": "VPC_SECURITY_GROUP",
            "URI": format!("security_group:{group}"),
        }));
    }
    json!({
        "FunctionName": "${CkafkaFunction}",
        "SelfManagedEventSource": {
            "Endpoints": { "KafkaBootstrapServers": list(stack, "CkafkaBootstrapServers") },
        },
        "Topics": [topic],
        "SelfManagedKafkaEventSourceConfig": {
            "ConsumerGroupId": format!("{}-{topic}", text("CkafkaConsumerGroup")),
        },
        "StartingPosition": "TRIM_HORIZON",
        "BatchSize": 100,
        "SourceAccessConfigurations": access,
    })
}

/// The entries of a list that is written with commas.
fn list<'a>(stack: &'a Stack, parameter: &str) -> Vec<&'a str> {
    let text = stack.parameters[parameter].as_str().unwrap_or_default();
    text.split(',').filter(|entry| !entry.is_empty()).collect()
}
