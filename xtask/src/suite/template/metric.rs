//! Names of metrics, in alarms and on the dashboard.

use super::checkout::Checkout;
use super::stack::Stack;

/// The namespace of the stack's own metrics.
pub(super) const OWN: &str = "thingrelay/example";
/// The namespace of what is counted in the access log.
pub(super) const ACCESS: &str = "thingrelay/example/access";

/// Metrics of AWS's services: namespace, name, and the dimension by which they are asked for.
///
/// Sources: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html>,
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html>.
const OF_SERVICES: &[(&str, &str, &str)] = &[
    ("AWS/ApiGateway", "4xx", "ApiId"),
    ("AWS/ApiGateway", "5xx", "ApiId"),
    ("AWS/ApiGateway", "Count", "ApiId"),
    ("AWS/ApiGateway", "Latency", "ApiId"),
    ("AWS/Lambda", "ConcurrentExecutions", "FunctionName"),
    ("AWS/Lambda", "Duration", "FunctionName"),
    ("AWS/Lambda", "Errors", "FunctionName"),
    ("AWS/Lambda", "Invocations", "FunctionName"),
    ("AWS/Lambda", "OffsetLag", "FunctionName"),
    ("AWS/Lambda", "Throttles", "FunctionName"),
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName"),
    (
        "AWS/SQS",
        "ApproximateNumberOfMessagesNotVisible",
        "QueueName",
    ),
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName"),
];

/// Says what is wrong with a metric: that nothing has it, or nothing with these dimensions. An
/// empty value stands for any.
pub(super) fn problem(
    stack: &Stack,
    checkout: &Checkout,
    (namespace, name): (&str, &str),
    dimensions: &[(&str, &str)],
) -> Option<String> {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let exists = if namespace == OWN {
        checkout.counts(name, &names) && dimensions.iter().all(|pair| is_a_value(checkout, *pair))
    } else if namespace == ACCESS {
        dimensions.is_empty() && is_filtered(stack, name)
    } else {
        match dimensions {
            [(dimension, value)] => {
                OF_SERVICES.contains(&(namespace, name, dimension))
                    && is_a_resource(stack, dimension, value)
            }
            _ => false,
        }
    };
    (!exists).then(|| format!("there is no metric {namespace} {name} {dimensions:?}"))
}

fn is_a_value(checkout: &Checkout, (dimension, value): (&str, &str)) -> bool {
    match dimension {
        "Reason" if !value.is_empty() => checkout.refusals.contains(&format!("\"{value}\"")),
        _ => true,
    }
}

fn is_filtered(stack: &Stack, name: &str) -> bool {
    stack.of_type("AWS::Logs::MetricFilter").any(|(_, filter)| {
        let metric = &filter["MetricTransformations"][0];
        metric["MetricNamespace"] == ACCESS && metric["MetricName"] == name
    })
}

fn is_a_resource(stack: &Stack, dimension: &str, value: &str) -> bool {
    let (suffix, kind) = match dimension {
        "QueueName" => (".QueueName}", "AWS::SQS::Queue"),
        "FunctionName" => ("}", "AWS::Lambda::Function"),
        "ApiId" => ("}", "AWS::ApiGatewayV2::Api"),
        _ => return false,
    };
    let id = value
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix(suffix));
    id.is_some_and(|id| stack.of_type(kind).any(|(known, _)| known == id))
}
