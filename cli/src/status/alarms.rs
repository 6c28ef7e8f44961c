//! The states of the alarms of a stack.

use crate::stack::{Stack, clients::Clients, error::StackError};
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use serde::Serialize;
use thingrelay::aws::CallError;
use thingrelay_core::timestamp::Timestamp;

/// The most names of one call.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html>.
const MOST: usize = 100;

/// The alarms of a stack, by their state.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct Alarms {
    pub(super) on: Vec<Raised>,
    pub(super) ok: usize,
    /// Alarms whose metric has no data yet.
    pub(super) no_data: usize,
    /// Alarms of any state whose actions are switched off: nobody is told.
    pub(super) silenced: usize,
    /// Alarms of the stack that somebody has deleted, by their ids.
    pub(super) missing: Vec<String>,
}

/// An alarm that is on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Raised {
    /// The id in the template.
    pub(super) id: String,
    pub(super) name: String,
    pub(super) since: Option<Timestamp>,
    /// CloudWatch's reason.
    pub(super) reason: String,
    /// The section of the runbook, such as `docs/runbook.md#quarantine`.
    pub(super) runbook: Option<String>,
}

/// The alarms of a stack.
///
/// # Errors
/// CloudWatch does not say.
pub(super) async fn alarms(clients: &Clients, stack: &Stack) -> Result<Alarms, StackError> {
    let of_stack = stack.alarms();
    let mut described = Vec::new();
    for alarms in of_stack.chunks(MOST) {
        let names = alarms.iter().map(|(_, name)| (*name).to_owned()).collect();
        let pages = clients.cloudwatch.describe_alarms();
        let pages = pages.set_alarm_names(Some(names)).into_paginator().send();
        let pages = pages.collect::<Result<Vec<_>, _>>().await;
        let pages = pages
            .map_err(|error| StackError::of("cloudwatch:DescribeAlarms", CallError::from(error)))?;
        described.extend(
            pages
                .into_iter()
                .flat_map(|page| page.metric_alarms.unwrap_or_default()),
        );
    }
    Ok(sorted(&of_stack, &described))
}

fn sorted(of_stack: &[(&str, &str)], described: &[MetricAlarm]) -> Alarms {
    let mut alarms = Alarms::default();
    for (id, name) in of_stack {
        let mut found = described.iter();
        let Some(alarm) = found.find(|alarm| alarm.alarm_name() == Some(name)) else {
            alarms.missing.push((*id).to_owned());
            continue;
        };
        if alarm.actions_enabled() == Some(false) {
            alarms.silenced += 1;
        }
        match alarm.state_value() {
            Some(StateValue::Alarm) => alarms.on.push(raised(id, name, alarm)),
            Some(StateValue::Ok) => alarms.ok += 1,
            _ => alarms.no_data += 1,
        }
    }
    alarms
        .on
        .sort_by(|a, b| (a.since, &a.id).cmp(&(b.since, &b.id)));
    alarms
}

fn raised(id: &str, name: &str, alarm: &MetricAlarm) -> Raised {
    let since = alarm.state_transitioned_timestamp();
    let since = since.or(alarm.state_updated_timestamp());
    let millis = since.and_then(|at| at.to_millis().ok());
    let mut words = alarm
        .alarm_description()
        .unwrap_or_default()
        .split_whitespace();
    Raised {
        id: id.to_owned(),
        name: name.to_owned(),
        since: millis.map(Timestamp::from_unix_millis),
        reason: alarm.state_reason().unwrap_or_default().to_owned(),
        runbook: words
            .find(|word| word.starts_with("docs/runbook.md#"))
            .map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_sdk_cloudwatch::primitives::DateTime;

    #[test]
    fn alarms_are_counted_by_their_state() {
        let alarm = |name: &str, state: StateValue, at: i64, enabled: bool| {
            MetricAlarm::builder()
                .alarm_name(name)
                .state_value(state)
                .state_reason("Threshold Crossed")
                .state_updated_timestamp(DateTime::from_secs(at))
                .alarm_description("Events are late. docs/runbook.md#staging-age")
                .actions_enabled(enabled)
                .build()
        };
        let described = [
            alarm("relay-late", StateValue::Alarm, 200, true),
            alarm("relay-early", StateValue::Alarm, 100, false),
            alarm("relay-ok", StateValue::Ok, 1, true),
            alarm("relay-new", StateValue::InsufficientData, 1, false),
            alarm("another", StateValue::Alarm, 1, true),
        ];
        let of_stack = [
            ("Late", "relay-late"),
            ("Early", "relay-early"),
            ("Ok", "relay-ok"),
            ("New", "relay-new"),
            ("Deleted", "relay-deleted"),
        ];
        let raised = |id: &str, name: &str, at: i64| Raised {
            id: id.to_owned(),
            name: name.to_owned(),
            since: Some(Timestamp::from_unix_millis(at * 1000)),
            reason: "Threshold Crossed".to_owned(),
            runbook: Some("docs/runbook.md#staging-age".to_owned()),
        };
        let expected = Alarms {
            on: vec![
                raised("Early", "relay-early", 100),
                raised("Late", "relay-late", 200),
            ],
            ok: 1,
            no_data: 1,
            silenced: 2,
            missing: vec!["Deleted".to_owned()],
        };
        assert_eq!(sorted(&of_stack, &described), expected);
    }
}
