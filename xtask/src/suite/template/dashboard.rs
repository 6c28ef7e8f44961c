//! The dashboard: valid, and of metrics that exist.

use serde_json::Value;

use super::checkout::Checkout;
use super::metric;
use super::parts::{self, CKAFKA, CKAFKA_PULL, PULLS, Part, TUYA};
use super::stack::{Stack, elements};

/// The columns of CloudWatch's grid.
const COLUMNS: u64 = 24;

/// What has to be on it: parts of the metrics' names as [`shown`] writes them.
const REQUIRED: &[&str] = &[
    "thingrelay/example Received",
    "thingrelay/example Accepted",
    "thingrelay/example Rejected by Reason",
    "thingrelay/example Accepted by Source",
    "AWS/SQS ApproximateAgeOfOldestMessage ${StagingQueue.QueueName}",
    "AWS/SQS ApproximateNumberOfMessagesVisible ${QuarantineQueue.QueueName}",
    "AWS/SQS ApproximateNumberOfMessagesVisible ${DeadLetterQueue.QueueName}",
    "AWS/Lambda Errors ${ConsumerFunction}",
    "AWS/Lambda Duration ${PushFunction}",
    "AWS/Lambda ConcurrentExecutions ${ConsumerFunction}",
    "AWS/ApiGateway Latency ${HttpApi}",
];

/// What has to be on it, too, where the stack has a part.
const REQUIRED_OF: &[(&Part, &[&str])] = &[
    (
        &PULLS,
        &[
            "thingrelay/example CredentialsRefused",
            "thingrelay/example Unreachable",
            "thingrelay/example Silent",
            "thingrelay/example DecryptionFailed",
            "thingrelay/example BadSign",
            "thingrelay/example MissingSign",
            "thingrelay/example StagingRetried",
            "thingrelay/example Connected by Source",
        ],
    ),
    (
        &TUYA,
        &[
            "AWS/Lambda Invocations ${TuyaFunction}",
            "AWS/Lambda Errors ${TuyaFunction}",
            "AWS/Lambda Throttles ${TuyaFunction}",
        ],
    ),
    (
        &CKAFKA_PULL,
        &[
            "thingrelay/example Lag by Source",
            "thingrelay/example Expired",
            "AWS/Lambda Invocations ${CkafkaPullFunction}",
            "AWS/Lambda Errors ${CkafkaPullFunction}",
            "AWS/Lambda Throttles ${CkafkaPullFunction}",
        ],
    ),
    (
        &CKAFKA,
        &[
            "AWS/Lambda OffsetLag ${CkafkaFunction}",
            "AWS/Lambda Invocations ${CkafkaFunction}",
            "AWS/Lambda Errors ${CkafkaFunction}",
            "AWS/Lambda Throttles ${CkafkaFunction}",
            "AWS/Lambda Duration ${CkafkaFunction}",
            "thingrelay/example StagingRetried",
        ],
    ),
];

/// There is one dashboard, it is valid JSON, and each metric and alarm on it exists.
pub(super) fn check(stack: &Stack, checkout: &Checkout) -> Vec<String> {
    let bodies: Vec<&str> = stack
        .of_type("AWS::CloudWatch::Dashboard")
        .filter_map(|(_, dashboard)| dashboard["DashboardBody"].as_str())
        .collect();
    let [body] = bodies.as_slice() else {
        return vec![format!("there are {} dashboards", bodies.len())];
    };
    let body: Value = match serde_json::from_str(body) {
        Ok(body) => body,
        Err(error) => return vec![format!("the dashboard is no JSON: {error}")],
    };
    let mut problems = Vec::new();
    let mut found = Vec::new();
    for widget in elements(&body["widgets"]) {
        let title = widget["properties"]["title"].as_str().unwrap_or_default();
        let right_edge = widget["x"].as_u64().zip(widget["width"].as_u64());
        if title.is_empty() || right_edge.is_none_or(|(x, width)| x + width > COLUMNS) {
            problems.push(format!("a widget has no title or no place: {title:?}"));
        }
        match widget["type"].as_str() {
            Some("alarm") => check_alarms(stack, widget, &mut problems),
            Some("metric") => {
                for metric in metrics(widget) {
                    let dimensions: Vec<(&str, &str)> = metric
                        .dimensions
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str()))
                        .collect();
                    let names = (metric.namespace.as_str(), metric.name.as_str());
                    problems.extend(
                        metric::problem(stack, checkout, names, &dimensions)
                            .map(|problem| format!("{title}: {problem}")),
                    );
                    found.push(shown(&metric));
                }
            }
            other => problems.push(format!("a widget is of type {other:?}")),
        }
    }
    let of_parts = REQUIRED_OF
        .iter()
        .filter(|(part, _)| (part.is_on)(stack))
        .flat_map(|(_, metrics)| *metrics);
    for required in REQUIRED.iter().chain(of_parts) {
        if !found.iter().any(|metric| metric == required) {
            problems.push(format!("the dashboard does not show {required}"));
        }
    }
    problems
}

/// The alarms of the widget are those that every stack has, and those of its parts.
fn check_alarms(stack: &Stack, widget: &Value, problems: &mut Vec<String>) {
    let mut shown: Vec<&str> = elements(&widget["properties"]["alarms"])
        .into_iter()
        .filter_map(Value::as_str)
        .collect();
    shown.sort_unstable();
    let mut expected: Vec<String> = stack
        .of_type("AWS::CloudWatch::Alarm")
        .filter(|(id, _)| {
            let condition = stack.resources[*id].get("Condition");
            condition.is_none_or(|condition| parts::conditions().any(|known| condition == known))
        })
        .map(|(id, _)| format!("${{{id}.Arn}}"))
        .collect();
    expected.sort();
    if shown != expected {
        problems.push(format!("the dashboard shows the alarms {shown:?}"));
    }
}

/// A metric of a widget. One that is searched for by a dimension has an empty value for it.
#[derive(Clone, Default)]
struct Metric {
    namespace: String,
    name: String,
    dimensions: Vec<(String, String)>,
}

fn shown(metric: &Metric) -> String {
    let Metric {
        namespace, name, ..
    } = metric;
    match metric.dimensions.as_slice() {
        [] => format!("{namespace} {name}"),
        [(dimension, value), ..] if value.is_empty() => {
            format!("{namespace} {name} by {dimension}")
        }
        [(_, value), ..] => format!("{namespace} {name} {value}"),
    }
}

/// The metrics of a widget, with what `.` and `...` repeat filled in:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>.
fn metrics(widget: &Value) -> Vec<Metric> {
    let mut previous: Vec<String> = Vec::new();
    let mut metrics = Vec::new();
    for row in elements(&widget["properties"]["metrics"]) {
        let search = elements(row)
            .into_iter()
            .find_map(|cell| cell["expression"].as_str());
        if let Some(search) = search {
            metrics.push(searched(search).unwrap_or_default());
            continue;
        }
        let given: Vec<&str> = elements(row)
            .into_iter()
            .filter_map(Value::as_str)
            .collect();
        let mut cells: Vec<String> = Vec::new();
        for (index, cell) in given.iter().enumerate() {
            match *cell {
                "..." => {
                    let rest = given.len() - index - 1;
                    let kept = previous.len().saturating_sub(rest);
                    cells.extend(previous.iter().take(kept).skip(cells.len()).cloned());
                }
                "." => cells.push(previous.get(cells.len()).cloned().unwrap_or_default()),
                text => cells.push(text.to_owned()),
            }
        }
        let mut parts = cells.iter().cloned();
        metrics.push(Metric {
            namespace: parts.next().unwrap_or_default(),
            name: parts.next().unwrap_or_default(),
            dimensions: std::iter::from_fn(|| {
                Some((parts.next()?, parts.next().unwrap_or_default()))
            })
            .collect(),
        });
        previous = cells;
    }
    metrics
}

/// `SEARCH('{"NAMESPACE",DIMENSION} MetricName="NAME"', 'STATISTIC', PERIOD)`: what is counted is
/// added up, and of what is measured the most is shown.
fn searched(expression: &str) -> Option<Metric> {
    let rest = expression.strip_prefix("SEARCH('{\"")?;
    let (namespace, rest) = rest.split_once("\",")?;
    let (dimension, rest) = rest.split_once("} MetricName=\"")?;
    let (name, rest) = rest.split_once("\"', '")?;
    let (statistic, rest) = rest.split_once("', ")?;
    let right = if name == "Lag" { "Maximum" } else { "Sum" };
    let period = rest.strip_suffix(')').filter(|_| statistic == right)?;
    period.parse::<u32>().ok()?;
    Some(Metric {
        namespace: namespace.to_owned(),
        name: name.to_owned(),
        dimensions: vec![(dimension.to_owned(), String::new())],
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn repeated_cells_are_filled_in() {
        let widget = json!({ "properties": { "metrics": [
            ["AWS/SQS", "Age", "QueueName", "a", { "label": "a" }],
            ["...", "b", { "label": "b" }],
            ["...", { "stat": "p99" }],
            [".", "Visible", ".", "."],
            ["Own", "Received"],
            [".", "Accepted"],
            [{ "expression": "SEARCH('{\"Own\",Reason} MetricName=\"Rejected\"', 'Sum', 60)" }],
            [{ "expression": "SEARCH(what)" }],
        ] } });
        let found: Vec<String> = metrics(&widget).iter().map(shown).collect();
        assert_eq!(
            found,
            [
                "AWS/SQS Age a",
                "AWS/SQS Age b",
                "AWS/SQS Age b",
                "AWS/SQS Visible b",
                "Own Received",
                "Own Accepted",
                "Own Rejected by Reason",
                " ",
            ]
        );
    }
}
