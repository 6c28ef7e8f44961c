//! Reads the counters from CloudWatch.

use super::{
    counts::{Counts, counter},
    window::Window,
};
use crate::stack::{Stack, clients::Clients, error::StackError, found};
use anyhow::ensure;
use aws_sdk_cloudwatch::{
    Client,
    primitives::DateTime,
    types::{Metric, MetricDataQuery, MetricStat, StatusCode},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    slice,
};
use thingrelay::aws::CallError;

/// The most queries of a call.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html>.
const MAX_QUERIES: usize = 500;

const LIST: &str = "cloudwatch:ListMetrics";
const GET: &str = "cloudwatch:GetMetricData";

/// What a counter is over.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Label {
    Source(String),
    Target(String),
    /// Over all sources, and what has no source.
    Everything,
}

/// The counters of the window, of these stacks and the stacks that import from them together.
///
/// # Errors
/// A stack has no metrics, or CloudFormation or CloudWatch cannot be asked.
pub(super) async fn read(
    stacks: &[String],
    region: Option<&str>,
    window: Window,
) -> anyhow::Result<Counts> {
    let clients = Clients::open(region).await?;
    let client = &clients.cloudwatch;
    let mut counts = Counts::default();
    for stack in with_importers(&clients, stacks).await? {
        let namespace = format!("thingrelay/{stack}");
        let metrics = list(client, &namespace).await?;
        ensure!(
            !metrics.is_empty() || !stacks.contains(&stack),
            "the namespace {namespace} has no metrics in {}: is that the name of a stack? CloudWatch lists \
             only metrics that were counted in the last two weeks",
            clients.region
        );
        let mut sums = Vec::new();
        for metrics in metrics.chunks(MAX_QUERIES) {
            sums.extend(add(client, metrics, window).await?);
        }
        let sums = metrics.iter().zip(sums);
        counts.add(sums.filter_map(|(metric, sum)| {
            let name = metric.metric_name()?;
            Some((counter(name), label(metric)?, sum))
        }));
    }
    Ok(counts)
}

/// The names of these stacks, and of the stacks with functions that import from them. Metrics outlive their stack, so a
/// stack that is gone is read, too.
async fn with_importers(
    clients: &Clients,
    stacks: &[String],
) -> Result<BTreeSet<String>, StackError> {
    let mut names: BTreeSet<String> = stacks.iter().cloned().collect();
    for stack in stacks {
        match found::stacks(clients, slice::from_ref(stack)).await {
            Ok(found) => {
                let counting = found.into_iter().filter(Stack::has_functions);
                names.extend(counting.map(|stack| stack.name));
            }
            Err(StackError::NoStack { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(names)
}

/// The metrics of a namespace that count by source, by target, or everything.
async fn list(client: &Client, namespace: &str) -> Result<Vec<Metric>, StackError> {
    let asked = client.list_metrics().namespace(namespace);
    let mut pages = asked.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| StackError::of(LIST, CallError::from(error)))?;
        let metrics = page.metrics.unwrap_or_default().into_iter();
        found.extend(metrics.filter(|metric| label(metric).is_some()));
    }
    Ok(found)
}

/// The sum of each of at most [`MAX_QUERIES`] metrics.
async fn add(client: &Client, metrics: &[Metric], window: Window) -> anyhow::Result<Vec<u64>> {
    let queries = metrics.iter().enumerate().map(|(index, metric)| {
        let sum = MetricStat::builder()
            .metric(metric.clone())
            .period(window.period)
            .stat("Sum")
            .build();
        MetricDataQuery::builder()
            .id(format!("m{index}"))
            .metric_stat(sum)
            .build()
    });
    let asked = client
        .get_metric_data()
        .set_metric_data_queries(Some(queries.collect()))
        .start_time(DateTime::from_secs(window.start))
        .end_time(DateTime::from_secs(window.end));
    let mut sums: BTreeMap<String, f64> = BTreeMap::new();
    let mut results = asked.into_paginator().send();
    while let Some(page) = results.next().await {
        let page = page.map_err(|error| StackError::of(GET, CallError::from(error)))?;
        for result in page.metric_data_results() {
            let is_failed = result.status_code() == Some(&StatusCode::InternalError);
            ensure!(
                !is_failed,
                "{GET}: CloudWatch cannot read all data now: run the command again"
            );
            let sum: f64 = result.values().iter().sum();
            *sums
                .entry(result.id().unwrap_or_default().to_owned())
                .or_default() += sum;
        }
    }
    let sum = |index| sums.get(&format!("m{index}")).copied().unwrap_or(0.0);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "it is a sum of counts"
    )]
    let count = |sum: f64| sum.round() as u64;
    Ok((0..metrics.len()).map(|index| count(sum(index))).collect())
}

/// What a metric is over, unless by something else, such as a reason.
fn label(metric: &Metric) -> Option<Label> {
    match metric.dimensions() {
        [] => Some(Label::Everything),
        [only] => {
            let value = only.value()?.to_owned();
            match only.name()? {
                "Source" => Some(Label::Source(value)),
                "Target" => Some(Label::Target(value)),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Counts {
    /// Adds the counters of a namespace. What is not of a source is what is left of everything.
    fn add(&mut self, sums: impl Iterator<Item = (String, Label, u64)>) {
        let (mut everything, mut of_sources) = (BTreeMap::new(), BTreeMap::<String, u64>::new());
        for (name, label, sum) in sums {
            let (map, label) = match label {
                Label::Everything => {
                    everything.insert(name, sum);
                    continue;
                }
                Label::Source(source) => {
                    *of_sources.entry(name.clone()).or_default() += sum;
                    (&mut self.by_source, source)
                }
                Label::Target(target) => (&mut self.by_target, target),
            };
            *map.entry((name, label)).or_default() += sum;
        }
        for (name, sum) in everything {
            let rest = sum.saturating_sub(of_sources.get(&name).copied().unwrap_or(0));
            if rest > 0 {
                *self.by_source.entry((name, String::new())).or_default() += rest;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_source_is_what_is_left_of_everything() {
        let source = |name: &str| Label::Source(name.to_owned());
        let sums = [
            ("forwarded", source("hub"), 3),
            ("forwarded", source("video"), 2),
            ("forwarded", Label::Everything, 6),
            ("accepted", source("hub"), 4),
            ("accepted", Label::Everything, 4),
            ("matched", Label::Target("crm".to_owned()), 5),
        ];
        let mut counts = Counts::default();
        // A second stack counts on.
        for _ in 0..2 {
            let sums = sums.iter().cloned();
            counts.add(sums.map(|(name, label, sum)| (name.to_owned(), label, sum)));
        }
        assert_eq!(counts.of_source("forwarded", "hub"), 6);
        assert_eq!(counts.of_source("forwarded", ""), 2);
        assert_eq!(counts.total("forwarded"), 12);
        assert_eq!(counts.total("accepted"), 8);
        assert_eq!(counts.of_target("matched", "crm"), 10);
        assert!(
            !counts
                .by_source
                .contains_key(&("accepted".to_owned(), String::new()))
        );
    }
}
