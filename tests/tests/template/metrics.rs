//! Each metric that an alarm watches or a dashboard shows is counted by the code, by AWS, or in the
//! access log.

use serde_json::Value;
use thingrelay_tests::template::Stack;

use crate::code::{METRICS, SHARED};
use crate::lines::{dimensions, elements, text};

/// Metrics of AWS's services, with the dimensions by which they are queried, and the type of the
/// resource that the dimension names.
///
/// Sources: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/firehose/latest/dev/monitoring-with-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>,
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html>.
const OF_SERVICES: [(&str, &[&str], &str, &str); 4] = [
    (
        "AWS/ApiGateway",
        &["4xx", "5xx", "Count", "Latency"],
        "ApiId",
        "AWS::ApiGatewayV2::Api",
    ),
    (
        "AWS/Firehose",
        &["DeliveryToS3.DataFreshness"],
        "DeliveryStreamName",
        "AWS::KinesisFirehose::DeliveryStream",
    ),
    (
        "AWS/Lambda",
        &[
            "ConcurrentExecutions",
            "Duration",
            "Errors",
            "Invocations",
            "OffsetLag",
            "Throttles",
        ],
        "FunctionName",
        "AWS::Lambda::Function",
    ),
    (
        "AWS/SQS",
        &[
            "ApproximateAgeOfOldestMessage",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesVisible",
        ],
        "QueueName",
        "AWS::SQS::Queue",
    ),
];

/// A metric: namespace, name and dimensions. A dimension of a search has no value.
type Metric = (String, String, Vec<(String, String)>);

pub(crate) fn problems(stack: &Stack) -> Vec<String> {
    let mut watched: Vec<(String, Metric)> = Vec::new();
    for (id, alarm) in stack.of_type("AWS::CloudWatch::Alarm") {
        let (namespace, name) = (text(&alarm["Namespace"]), text(&alarm["MetricName"]));
        watched.push((id.to_owned(), (namespace, name, dimensions(alarm))));
    }
    let mut problems = Vec::new();
    for (_, dashboard) in stack.of_type("AWS::CloudWatch::Dashboard") {
        let body = dashboard["DashboardBody"].as_str().unwrap_or_default();
        let body: Value = serde_json::from_str(body).expect("a dashboard in JSON");
        for widget in elements(&body["widgets"]) {
            let title = text(&widget["properties"]["title"]);
            let rows = elements(&widget["properties"]["metrics"]);
            watched.extend(
                shown(&rows)
                    .into_iter()
                    .map(|metric| (title.clone(), metric)),
            );
            for alarm in elements(&widget["properties"]["alarms"]) {
                let id = text(alarm).replace("${", "").replace(".Arn}", "");
                if !stack.resources.contains_key(&id) {
                    problems.push(format!("{title}: there is no alarm {id}"));
                }
            }
        }
    }
    let missing = watched
        .into_iter()
        .filter(|(_, metric)| !exists(stack, metric));
    problems.extend(missing.map(|(place, (namespace, name, dimensions))| {
        format!("{place}: there is no metric {namespace} {name} {dimensions:?}")
    }));
    problems
}

fn exists(stack: &Stack, (namespace, name, dimensions): &Metric) -> bool {
    let own = own_namespace(stack);
    if *namespace == own {
        return match (METRICS.get(name), dimensions.as_slice()) {
            // What is counted by target has no total.
            (Some(known), []) => !known.iter().any(|dimension| dimension == "Target"),
            (Some(known), [(dimension, value)]) => {
                let is_reason = dimension == "Reason" && !value.is_empty();
                known.contains(dimension)
                    && (!is_reason || SHARED.contains(&format!("\"{value}\"")))
            }
            _ => false,
        };
    }
    if *namespace == format!("{own}/access") {
        let mut filters = stack.of_type("AWS::Logs::MetricFilter");
        return dimensions.is_empty()
            && filters.any(|(_, filter)| {
                let metric = &filter["MetricTransformations"][0];
                metric["MetricNamespace"] == **namespace && metric["MetricName"] == **name
            });
    }
    let service = OF_SERVICES
        .iter()
        .find(|(service, ..)| service == namespace);
    service.is_some_and(|(_, names, dimension, kind)| {
        let [(given, value)] = dimensions.as_slice() else {
            return false;
        };
        let id = value.trim_start_matches("${").trim_end_matches('}');
        let id = id.trim_end_matches(".QueueName");
        let is_there = stack.of_type(kind).any(|(known, _)| known == id);
        names.contains(&name.as_str()) && given == dimension && is_there
    })
}

/// The namespace of a stack's metrics; a stack without functions uses that of the main stack.
fn own_namespace(stack: &Stack) -> String {
    let function = stack.of_type("AWS::Lambda::Function").next();
    let namespace = function.map(|(_, function)| {
        text(&function["Environment"]["Variables"]["THINGRELAY_METRICS_NAMESPACE"])
    });
    namespace.unwrap_or_else(|| "thingrelay/thingrelay".to_owned())
}

/// The metrics of a widget, with what `.` and `...` repeat filled in:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html>.
fn shown(rows: &[&Value]) -> Vec<Metric> {
    let mut previous: Vec<String> = Vec::new();
    let mut metrics = Vec::new();
    for row in rows {
        let cells = elements(row);
        if let Some(search) = cells.iter().find_map(|cell| cell["expression"].as_str()) {
            metrics.push(searched(search).unwrap_or_default());
            continue;
        }
        let given: Vec<&str> = cells.iter().filter_map(|cell| cell.as_str()).collect();
        let mut filled: Vec<String> = Vec::new();
        for (index, cell) in given.iter().enumerate() {
            match *cell {
                "..." => {
                    let kept = previous.len().saturating_sub(given.len() - index - 1);
                    filled.extend_from_slice(&previous[..kept]);
                }
                "." => filled.push(previous.get(filled.len()).cloned().unwrap_or_default()),
                text => filled.push(text.to_owned()),
            }
        }
        let cell = |index: usize| filled.get(index).cloned().unwrap_or_default();
        let pairs = (2..filled.len()).step_by(2);
        let dimensions = pairs.map(|index| (cell(index), cell(index + 1))).collect();
        metrics.push((cell(0), cell(1), dimensions));
        previous = filled;
    }
    metrics
}

/// `SEARCH('{"NAMESPACE",DIMENSION} MetricName="NAME"', 'STATISTIC', PERIOD)`.
fn searched(expression: &str) -> Option<Metric> {
    let rest = expression.strip_prefix("SEARCH('{\"")?;
    let (namespace, rest) = rest.split_once("\",")?;
    let (dimension, rest) = rest.split_once("} MetricName=\"")?;
    let (name, _) = rest.split_once("\"', '")?;
    let dimensions = vec![(dimension.to_owned(), String::new())];
    Some((namespace.to_owned(), name.to_owned(), dimensions))
}

#[test]
fn repeated_cells_are_filled_in() {
    let rows = serde_json::json!([
        ["AWS/SQS", "Age", "QueueName", "a", { "label": "a" }],
        ["...", "b"],
        [".", "Visible", ".", "."],
        ["Own", "Received"],
        [".", "Accepted"],
        [{ "expression": "SEARCH('{\"Own\",Reason} MetricName=\"Rejected\"', 'Sum', 60)" }],
        [{ "expression": "SEARCH(what)" }],
    ]);
    let found: Vec<String> = shown(&elements(&rows))
        .iter()
        .map(|(namespace, name, dimensions)| {
            let dimensions: Vec<String> =
                dimensions.iter().map(|(_, value)| value.clone()).collect();
            format!("{namespace} {name} {}", dimensions.concat())
        })
        .collect();
    let expected = [
        "AWS/SQS Age a",
        "AWS/SQS Age b",
        "AWS/SQS Visible b",
        "Own Received ",
        "Own Accepted ",
        "Own Rejected ",
        "  ",
    ];
    assert_eq!(found, expected);
}
