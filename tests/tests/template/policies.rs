//! Each function may do exactly what it needs with the resources in its variables. Each of these
//! resources is in the stack or is exported by the main stack.

use std::collections::BTreeSet;

use serde_json::Value;
use thingrelay_tests::template::Stack;

use crate::lines::{elements, permissions, text};
use crate::variants::stack as variant;

/// The actions of a function on a queue, a stream, a secret or a parameter that a variable names.
const USES: [(&str, &str); 7] = [
    ("THINGRELAY_ARCHIVE_STREAM", "firehose:PutRecordBatch"),
    ("THINGRELAY_STAGING_QUEUE_URL", "sqs:SendMessage"),
    ("THINGRELAY_EVENTS_QUEUE_URL", "sqs:SendMessage"),
    ("THINGRELAY_QUARANTINE_QUEUE_URL", "sqs:SendMessage"),
    ("THINGRELAY_DEAD_LETTER_QUEUE_URL", "sqs:SendMessage"),
    ("THINGRELAY_SECRETS", "secretsmanager:GetSecretValue"),
    ("THINGRELAY_SETTINGS_PARAMETER", "ssm:GetParameter"),
];

/// The actions of Lambda on behalf of a function whose event source is a queue. Such a function
/// sends nothing to that queue.
const READING: [&str; 4] = [
    "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessage",
    "sqs:GetQueueAttributes",
    "sqs:ReceiveMessage",
];

pub(crate) fn problems(stack: &Stack) -> Vec<String> {
    let mut problems = unknown(stack);
    let exports = exports();
    for import in imports(&Value::Object(stack.resources.clone())) {
        if !exports.contains(&import) {
            problems.push(format!(
                "{import} is imported, and the main stack has no such export"
            ));
        }
    }
    for (id, function) in stack.of_type("AWS::Lambda::Function") {
        let role = text(&function["Role"])
            .replace("${", "")
            .replace(".Arn}", "");
        let allowed: BTreeSet<(String, String)> =
            permissions(&stack.resources[&role]["Properties"])
                .into_iter()
                .map(|(action, resource, _)| (action, resource))
                .filter(|(_, resource)| !is_given(stack, resource))
                .collect();
        let needed = needed(stack, id, function);
        problems.extend(allowed.difference(&needed).map(|(action, resource)| {
            format!("{role} allows {action} on {resource}, for which {id} has no use")
        }));
        problems.extend(needed.difference(&allowed).map(|(action, resource)| {
            format!("{role} does not allow {action} on {resource}, which {id} needs")
        }));
    }
    problems
}

/// The actions and resources that a function needs for its variables and its event sources.
fn needed(stack: &Stack, id: &str, function: &Value) -> BTreeSet<(String, String)> {
    let mut needed = BTreeSet::new();
    let logs = arn(&text(&function["LoggingConfig"]["LogGroup"]));
    for action in ["logs:CreateLogStream", "logs:PutLogEvents"] {
        needed.insert((action.to_owned(), logs.clone()));
    }
    for (variable, action) in USES {
        let value = &function["Environment"]["Variables"][variable];
        // A variable is empty if its resource is an option.
        if !value.is_null() && value != "" {
            needed.insert((action.to_owned(), arn(&text(value))));
        }
    }
    for (_, mapping) in stack.of_type("AWS::Lambda::EventSourceMapping") {
        let source = text(&mapping["EventSourceArn"]);
        if mapping["FunctionName"] == format!("${{{id}}}") && !source.is_empty() {
            needed.retain(|(_, resource)| *resource != source);
            needed.extend(READING.map(|action| (action.to_owned(), source.clone())));
        }
    }
    needed
}

/// The ARN of a named resource: a queue by its URL, a log group, a parameter or a stream by its name.
fn arn(named: &str) -> String {
    let inner = named
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'));
    match inner {
        Some(import) if import.starts_with("import ") => named.replace("QueueUrl}", "QueueArn}"),
        // The reference to a secret is its ARN.
        Some("SourceSecrets" | "SigningSecrets") => named.to_owned(),
        Some(id) => format!("${{{id}.Arn}}"),
        None if named.starts_with('/') => {
            format!("arn:aws:ssm:eu-west-1:123456789012:parameter{named}")
        }
        None => format!("arn:aws:firehose:eu-west-1:123456789012:deliverystream/{named}"),
    }
}

/// Whether a parameter names the resource, or it belongs to the network, for which AWS has no ARNs.
fn is_given(stack: &Stack, resource: &str) -> bool {
    let is_own = [":ssm:", ":firehose:"]
        .iter()
        .any(|it| resource.contains(it));
    let is_foreign = resource.starts_with("arn:aws:") && !is_own;
    let has_network = text(&stack.source["Parameters"]["SecurityGroup"]["Type"]) == "String";
    is_foreign || resource == "*" && has_network
}

/// References to resources that the stack does not have.
fn unknown(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    for (id, role) in stack.of_type("AWS::IAM::Role") {
        for (_, resource, _) in permissions(role) {
            let name = resource
                .strip_prefix("${")
                .map(|rest| rest.trim_end_matches("/*").trim_end_matches(".Arn}"));
            let name = name.map(|rest| rest.trim_end_matches('}'));
            if let Some(name) = name.filter(|name| !name.starts_with("import "))
                && !stack.resources.contains_key(name)
            {
                problems.push(format!("{id} names {name}, which the stack has not"));
            }
        }
    }
    problems
}

/// The exports of the main stack, as a stack with the defaults imports them.
fn exports() -> BTreeSet<String> {
    let outputs = variant("main").outputs.values();
    let names = outputs.map(|output| text(&output["Export"]["Name"]));
    names
        .filter_map(|name| Some(name.strip_prefix("example-")?.to_owned()))
        .collect()
}

/// The imports from the main stack, without its name.
fn imports(value: &Value) -> BTreeSet<String> {
    match value {
        Value::String(text) => {
            let import = text
                .strip_prefix("${import ")
                .and_then(|rest| rest.strip_suffix('}'));
            let name = import.and_then(|import| import.split_once('-'));
            name.map(|(_, name)| name.to_owned()).into_iter().collect()
        }
        Value::Object(members) => members.values().flat_map(imports).collect(),
        list => elements(list)
            .into_iter()
            .filter(|_| list.is_array())
            .flat_map(imports)
            .collect(),
    }
}
