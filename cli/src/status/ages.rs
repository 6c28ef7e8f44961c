//! The ages of the oldest messages, as CloudWatch measures them.

use crate::stack::{clients::Clients, error::StackError};
use aws_sdk_cloudwatch::{
    primitives::DateTime,
    types::{Dimension, Metric, MetricDataQuery, MetricDataResult, MetricStat},
};
use std::collections::BTreeMap;
use thingrelay::aws::CallError;
use thingrelay_core::timestamp::Timestamp;

/// A measurement may come some minutes late; an older one says nothing about now.
const PERIOD: i64 = 15 * 60 * 1000;
/// The most metrics of one call.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>.
const MOST: usize = 500;

/// The age in seconds of the oldest message of each queue, by the queue's name; none for a queue
/// without a measurement.
///
/// # Errors
/// CloudWatch does not say.
pub(super) async fn ages(
    clients: &Clients,
    queues: &[String],
    now: Timestamp,
) -> Result<BTreeMap<String, u64>, StackError> {
    let mut ages = BTreeMap::new();
    for queues in queues.chunks(MOST) {
        let queries = queues.iter().enumerate();
        let asked = clients
            .cloudwatch
            .get_metric_data()
            .start_time(DateTime::from_millis(now.unix_millis() - PERIOD))
            .end_time(DateTime::from_millis(now.unix_millis()))
            .set_metric_data_queries(Some(
                queries.map(|(index, queue)| query(index, queue)).collect(),
            ));
        let answer = asked.send().await;
        let answer = answer
            .map_err(|error| StackError::of("cloudwatch:GetMetricData", CallError::from(error)))?;
        for result in answer.metric_data_results() {
            let index = result.id().and_then(|id| id.strip_prefix('q'));
            let index = index.and_then(|index| index.parse::<usize>().ok());
            let queue = index.and_then(|index| queues.get(index));
            if let (Some(queue), Some(age)) = (queue, newest(result)) {
                ages.insert(queue.clone(), age);
            }
        }
    }
    Ok(ages)
}

fn query(index: usize, queue: &str) -> MetricDataQuery {
    let dimension = Dimension::builder().name("QueueName").value(queue).build();
    let metric = Metric::builder()
        .namespace("AWS/SQS")
        .metric_name("ApproximateAgeOfOldestMessage")
        .dimensions(dimension)
        .build();
    let stat = MetricStat::builder()
        .metric(metric)
        .period(60)
        .stat("Maximum");
    MetricDataQuery::builder()
        .id(format!("q{index}"))
        .metric_stat(stat.build())
        .build()
}

/// The last measurement, in whatever order they come.
fn newest(result: &MetricDataResult) -> Option<u64> {
    let measured = result.timestamps().iter().zip(result.values());
    let (_, value) = measured.max_by_key(|(at, _)| at.secs())?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the conversion saturates"
    )]
    Some(value.round() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_measurement_counts() {
        type Measured = &'static [(i64, f64)];
        let cases: [(Measured, Option<u64>); 4] = [
            (&[], None),
            (&[(60, 5.0)], Some(5)),
            (&[(60, 900.0), (180, 7.6), (120, 30.0)], Some(8)),
            (&[(60, -1.0)], Some(0)),
        ];
        for (measured, expected) in cases {
            let result = MetricDataResult::builder()
                .set_timestamps(Some(
                    measured
                        .iter()
                        .map(|(at, _)| DateTime::from_secs(*at))
                        .collect(),
                ))
                .set_values(Some(measured.iter().map(|(_, value)| *value).collect()))
                .build();
            assert_eq!(newest(&result), expected, "{measured:?}");
        }
    }
}
