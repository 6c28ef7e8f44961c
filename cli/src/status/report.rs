//! What there is, and what is wrong.

use super::{
    ages::ages,
    alarms::{Alarms, alarms},
};
use crate::stack::{
    Stack,
    clients::Clients,
    error::StackError,
    queue::{Depth, StackQueue},
};
use futures::future::try_join_all;
use serde::Serialize;
use std::collections::BTreeMap;
use thingrelay_core::timestamp::Timestamp;

/// The stacks of a region, as they are now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Report {
    pub(super) region: String,
    pub(super) stacks: Vec<StackReport>,
}

/// A stack as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct StackReport {
    pub(super) name: String,
    pub(super) status: String,
    pub(super) status_reason: Option<String>,
    #[serde(skip)]
    pub(super) has_failed: bool,
    pub(super) updated: Option<Timestamp>,
    pub(super) version: Option<String>,
    pub(super) queues: Vec<QueueReport>,
    pub(super) alarms: Alarms,
}

/// A queue as it is now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct QueueReport {
    /// The name for people.
    pub(super) name: String,
    #[serde(skip)]
    pub(super) holds_failures: bool,
    pub(super) url: String,
    /// Nothing if the queue does not exist.
    #[serde(flatten)]
    pub(super) depth: Option<Depth>,
    /// The age of the oldest message, if it was measured.
    pub(super) oldest_seconds: Option<u64>,
}

/// The report for programs.
#[derive(Serialize)]
struct Whole<'a> {
    is_well: bool,
    problems: Vec<String>,
    region: &'a str,
    /// The version of this command.
    command_version: &'static str,
    stacks: &'a [StackReport],
}

impl Report {
    /// Asks AWS.
    ///
    /// # Errors
    /// AWS does not say.
    pub(super) async fn read(
        clients: &Clients,
        stacks: &[Stack],
        now: Timestamp,
    ) -> Result<Report, StackError> {
        let queues: Vec<Vec<StackQueue>> = stacks.iter().map(Stack::queues).collect();
        let names = queues.iter().flatten().map(|queue| queue.name().to_owned());
        let ages = ages(clients, &names.collect::<Vec<_>>(), now).await?;
        let reports = stacks.iter().zip(&queues);
        let reports = reports.map(|(stack, queues)| read_stack(clients, stack, queues, &ages));
        Ok(Report {
            region: clients.region.clone(),
            stacks: try_join_all(reports).await?,
        })
    }

    /// Why the exit code is not 0, in sentences.
    pub(super) fn problems(&self) -> Vec<String> {
        let of = |stack: &StackReport| {
            let problems = stack.problems();
            problems
                .into_iter()
                .map(|problem| format!("{}: {problem}", stack.name))
                .collect::<Vec<_>>()
        };
        self.stacks.iter().flat_map(of).collect()
    }

    /// The report as JSON.
    pub(super) fn to_json(&self) -> String {
        let problems = self.problems();
        let whole = Whole {
            is_well: problems.is_empty(),
            problems,
            region: &self.region,
            command_version: env!("CARGO_PKG_VERSION"),
            stacks: &self.stacks,
        };
        // Strings and numbers: there is nothing that JSON cannot say.
        serde_json::to_string(&whole).unwrap_or_default()
    }
}

async fn read_stack(
    clients: &Clients,
    stack: &Stack,
    queues: &[StackQueue],
    ages: &BTreeMap<String, u64>,
) -> Result<StackReport, StackError> {
    let depths = try_join_all(queues.iter().map(|queue| queue.depth(clients))).await?;
    let queues = queues.iter().zip(depths);
    Ok(StackReport {
        name: stack.name.clone(),
        status: stack.status.clone(),
        status_reason: stack.status_reason.clone(),
        has_failed: stack.has_failed(),
        updated: stack.updated,
        version: stack.version.clone(),
        queues: queues
            .map(|(queue, depth)| QueueReport {
                name: queue.label().to_owned(),
                holds_failures: queue.holds_failures(),
                url: queue.url.clone(),
                depth,
                oldest_seconds: ages.get(queue.name()).copied(),
            })
            .collect(),
        alarms: alarms(clients, stack).await?,
    })
}

impl StackReport {
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.has_failed {
            problems.push(format!(
                "the last change failed, the stack is {}",
                self.status
            ));
        }
        for alarm in &self.alarms.on {
            problems.push(format!("the alarm {} is on", alarm.id));
        }
        for id in &self.alarms.missing {
            problems.push(format!("the alarm {id} does not exist any more"));
        }
        for queue in &self.queues {
            match queue.depth {
                None => problems.push(format!("the queue {} does not exist any more", queue.name)),
                Some(depth) if queue.holds_failures && depth.total() > 0 => {
                    problems.push(format!("messages in {}: {}", queue.name, depth.total()));
                }
                Some(_) => {}
            }
        }
        problems
    }
}

#[cfg(test)]
pub(super) mod tests;
