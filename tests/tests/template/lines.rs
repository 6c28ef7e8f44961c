//! A stack as lines for a reader. Each line names its resource, so that lines can be compared in
//! any order.

use serde_json::{Value, json};
use thingrelay_tests::template::Stack;

/// The types of the resources that come first, in this order.
const FIRST: [&str; 7] = [
    "AWS::IAM::Role",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Function",
    "AWS::Lambda::EventSourceMapping",
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::CloudWatch::Alarm",
];

/// The properties that SAM adds to every function: the place of its package, and a tag of SAM.
const OF_SAM: [&str; 2] = ["Code", "Tags"];

/// The whole stack, with an empty line between two resources.
pub(crate) fn of(stack: &Stack) -> Vec<String> {
    let mut resources: Vec<_> = stack.resources.iter().collect();
    resources.sort_by_key(|(id, resource)| {
        let kind = resource["Type"].as_str().unwrap_or_default();
        let rank = FIRST.iter().position(|first| *first == kind);
        (rank.unwrap_or(FIRST.len()), kind, *id)
    });
    let mut lines = Vec::new();
    let mut before = "";
    for (id, resource) in resources {
        let kind = resource["Type"].as_str().unwrap_or_default();
        let properties = &resource["Properties"];
        if !(lines.is_empty() || kind == before && kind == "AWS::CloudWatch::Alarm") {
            lines.push(String::new());
        }
        before = kind;
        match kind {
            "AWS::IAM::Role" => role(id, properties, &mut lines),
            "AWS::CloudWatch::Alarm" => lines.push(alarm(id, properties)),
            "AWS::CloudWatch::Dashboard" => dashboard(id, properties, &mut lines),
            _ => {
                let kept = ["DeletionPolicy", "UpdateReplacePolicy"]
                    .map(|policy| text(&resource[policy]))
                    .join(" ");
                lines.push(
                    format!("{id}: {kind} {}", kept.trim())
                        .trim_end()
                        .to_owned(),
                );
                flatten(id, properties, &mut lines);
            }
        }
    }
    lines.push(String::new());
    for (name, output) in &stack.outputs {
        let export = match text(&output["Export"]["Name"]) {
            name if name.is_empty() => name,
            name => format!(", exported as {name}"),
        };
        lines.push(format!(
            "output {name} = {}{export}",
            text(&output["Value"])
        ));
    }
    lines
}

/// The lines that only one of the two stacks has.
pub(crate) fn difference(default: &[String], other: &[String]) -> String {
    let gone = default.iter().filter(|line| !other.contains(line));
    let new = other.iter().filter(|line| !default.contains(line));
    let gone = gone.map(|line| format!("- {line}"));
    let lines: Vec<String> = gone.chain(new.map(|line| format!("+ {line}"))).collect();
    lines.join("\n")
}

/// A line for the services that may assume the role, and for each action and resource that it
/// allows.
fn role(id: &str, properties: &Value, lines: &mut Vec<String>) {
    for statement in elements(&properties["AssumeRolePolicyDocument"]["Statement"]) {
        let trusted = match text(&statement["Principal"]["Service"]) {
            service if *statement == trusts(&service) => service,
            _ => text(statement),
        };
        lines.push(format!("{id} is assumed by {trusted}"));
    }
    let mut others = properties.clone();
    others["AssumeRolePolicyDocument"] = Value::Null;
    others["Policies"] = Value::Null;
    flatten(id, &others, lines);
    for (action, resource, rest) in permissions(properties) {
        lines.push(format!("{id} may {action} on {resource}{rest}"));
    }
}

/// The statement that lets only this service assume a role.
fn trusts(service: &str) -> Value {
    let principal = json!({"Service": service});
    json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})
}

/// The permissions of a role: action, resource, and the other parts of the statement.
pub(crate) fn permissions(role: &Value) -> Vec<(String, String, String)> {
    let mut found = Vec::new();
    for policy in elements(&role["Policies"]) {
        for statement in elements(&policy["PolicyDocument"]["Statement"]) {
            let mut rest = statement.as_object().cloned().unwrap_or_default();
            let action = rest.remove("Action").unwrap_or_default();
            let resource = rest.remove("Resource").unwrap_or_default();
            rest.retain(|key, value| key != "Effect" || value != "Allow");
            let rest = match rest.is_empty() {
                true => String::new(),
                false => format!(" {}", Value::Object(rest)),
            };
            for action in elements(&action) {
                for resource in elements(&resource) {
                    found.push((text(action), text(resource), rest.clone()));
                }
            }
        }
    }
    found.sort();
    found
}

/// The dimensions of an alarm.
pub(crate) fn dimensions(alarm: &Value) -> Vec<(String, String)> {
    let dimensions = elements(&alarm["Dimensions"]).into_iter();
    let pairs = dimensions.map(|dimension| (text(&dimension["Name"]), text(&dimension["Value"])));
    pairs.collect()
}

/// `ID: NAMESPACE METRIC {DIMENSION=VALUE} STATISTIC of PERIOD s, PERIODS times, COMPARISON THRESHOLD`.
fn alarm(id: &str, alarm: &Value) -> String {
    let property = |name: &str| text(&alarm[name]);
    let comparison = match property("ComparisonOperator").as_str() {
        "GreaterThanThreshold" => ">".to_owned(),
        "GreaterThanOrEqualToThreshold" => ">=".to_owned(),
        "LessThanThreshold" => "<".to_owned(),
        other => other.to_owned(),
    };
    let dimensions: Vec<String> = dimensions(alarm)
        .iter()
        .map(|(name, value)| format!(" {name}={value}"))
        .collect();
    let description = property("AlarmDescription");
    let section = description.rsplit(' ').next().unwrap_or_default();
    let told = match (property("AlarmActions"), property("OKActions")) {
        (alarm, ok) if alarm == ok => alarm,
        (alarm, ok) => format!("{alarm}, and when it is over {ok}"),
    };
    format!(
        "{id}: {} {}{}: {} of {} s {comparison} {}, {} times, missing {}, {section}, tells {told}",
        property("Namespace"),
        property("MetricName"),
        dimensions.concat(),
        property("Statistic"),
        property("Period"),
        property("Threshold"),
        property("EvaluationPeriods"),
        property("TreatMissingData"),
    )
}

/// Adds a line for each widget.
fn dashboard(id: &str, properties: &Value, lines: &mut Vec<String>) {
    let body = properties["DashboardBody"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(body).expect("a dashboard in JSON");
    for widget in elements(&body["widgets"]) {
        let properties = &widget["properties"];
        let shown = match text(&widget["type"]).as_str() {
            "alarm" => &properties["alarms"],
            _ => &properties["metrics"],
        };
        lines.push(format!(
            "{id}, {}, {} {} s: {shown}",
            text(&properties["title"]),
            text(&properties["stat"]),
            text(&properties["period"]),
        ));
    }
}

/// Adds a line for each value, with its path.
fn flatten(path: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::Null => {}
        Value::Object(members) if !members.is_empty() => {
            for (key, member) in members
                .iter()
                .filter(|(key, _)| !OF_SAM.contains(&key.as_str()))
            {
                flatten(&format!("{path}.{key}"), member, lines);
            }
        }
        Value::Array(elements)
            if elements.iter().any(Value::is_object) && !path.ends_with("Statement") =>
        {
            for (index, element) in elements.iter().enumerate() {
                flatten(&format!("{path}.{index}"), element, lines);
            }
        }
        value => lines.push(format!("{path} = {}", text(value))),
    }
}

/// The elements of a list; any other value counts as a list of one element.
pub(crate) fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(elements) => elements.iter().collect(),
        single => vec![single],
    }
}

/// A string without its quotes, any other value as JSON; `null` is empty.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
