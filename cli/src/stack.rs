//! Stacks of CloudFormation: what is deployed, and the resources of it that operators look at.
//!
//! # Layout
//!
//! * [`args`]: the arguments that say which stacks.
//! * [`clients`]: the clients of AWS's services.
//! * [`error`]: why AWS did not answer what was asked.
//! * [`found`]: finds stacks by their names, and the stacks that belong to them.
//! * [`queue`]: the queues of a stack, and how many messages they hold.

pub(crate) mod args;
pub(crate) mod clients;
pub(crate) mod error;
pub(crate) mod found;
pub(crate) mod queue;

use aws_sdk_cloudformation::types::{Stack as Described, StackResourceSummary};
use queue::StackQueue;
use thingrelay_core::timestamp::Timestamp;

/// A deployed stack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stack {
    pub(crate) name: String,
    /// A word of CloudFormation, such as `UPDATE_COMPLETE`.
    pub(crate) status: String,
    pub(crate) status_reason: Option<String>,
    /// When it was updated last, or created.
    pub(crate) updated: Option<Timestamp>,
    /// The version of thingrelay that is deployed. Stacks of the first versions have no such output.
    pub(crate) version: Option<String>,
    /// The level from which the functions write lines.
    pub(crate) log_level: Option<String>,
    /// Its template begins its description as those of thingrelay do.
    is_ours: bool,
    /// The names of its exports.
    exports: Vec<String>,
    resources: Vec<Resource>,
}

/// A part of a stack.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Resource {
    /// The id in the template.
    logical: String,
    /// The name or URL that AWS gave it.
    physical: String,
    /// Such as `AWS::SQS::Queue`.
    kind: String,
}

/// The log group of a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogGroup {
    /// The name of the function, such as `ckafka-pull`.
    pub(crate) function: String,
    pub(crate) name: String,
}

impl Stack {
    fn new(described: &Described, summaries: &[StackResourceSummary]) -> Stack {
        let outputs = described.outputs().iter();
        let version = outputs
            .clone()
            .find(|it| it.output_key() == Some("Version"));
        let mut parameters = described.parameters().iter();
        let level = parameters.find(|it| it.parameter_key() == Some("LogLevel"));
        let millis = described.last_updated_time().or(described.creation_time());
        let millis = millis.and_then(|at| at.to_millis().ok());
        let reason = described.stack_status_reason();
        let resource = |summary: &StackResourceSummary| {
            Some(Resource {
                logical: summary.logical_resource_id()?.to_owned(),
                physical: summary.physical_resource_id()?.to_owned(),
                kind: summary.resource_type()?.to_owned(),
            })
        };
        Stack {
            name: described.stack_name().unwrap_or_default().to_owned(),
            status: status(described),
            status_reason: reason.filter(|it| !it.is_empty()).map(str::to_owned),
            updated: millis.map(Timestamp::from_unix_millis),
            version: version.and_then(|it| it.output_value()).map(str::to_owned),
            log_level: level.and_then(|it| it.parameter_value()).map(str::to_owned),
            is_ours: described
                .description()
                .is_some_and(|text| text.starts_with("thingrelay: ")),
            exports: outputs
                .filter_map(|it| it.export_name().map(str::to_owned))
                .collect(),
            resources: summaries.iter().filter_map(resource).collect(),
        }
    }

    /// Whether the last change of the stack failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.status.contains("FAILED") || self.status.contains("ROLLBACK")
    }

    /// Its queues, in the order of a message's way.
    pub(crate) fn queues(&self) -> Vec<StackQueue> {
        let mut queues: Vec<StackQueue> = self
            .of_kind("AWS::SQS::Queue")
            .map(|it| StackQueue::new(&it.logical, &it.physical))
            .collect();
        queues.sort_by_key(|queue| queue.rank());
        queues
    }

    /// Its alarms: the id in the template, and the name.
    pub(crate) fn alarms(&self) -> Vec<(&str, &str)> {
        self.of_kind("AWS::CloudWatch::Alarm")
            .map(|it| (it.logical.as_str(), it.physical.as_str()))
            .collect()
    }

    /// The log groups of its functions.
    pub(crate) fn log_groups(&self) -> Vec<LogGroup> {
        let groups = self.of_kind("AWS::Logs::LogGroup");
        groups
            .filter_map(|it| {
                Some(LogGroup {
                    function: function(&it.logical)?,
                    name: it.physical.clone(),
                })
            })
            .collect()
    }

    /// Whether it has functions, which log and count.
    pub(crate) fn has_functions(&self) -> bool {
        self.of_kind("AWS::Lambda::Function").next().is_some()
    }

    fn of_kind(&self, kind: &'static str) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(move |it| it.kind == kind)
    }
}

fn status(described: &Described) -> String {
    let status = described.stack_status();
    status.map_or_else(String::new, |it| it.as_str().to_owned())
}

/// The function whose log group has this id: `CkafkaPullLogs` is that of `ckafka-pull`. API Gateway
/// and Firehose write the other log groups.
fn function(logical: &str) -> Option<String> {
    let words = logical.strip_suffix("Logs")?;
    if ["Access", "Archive"].contains(&words) {
        return None;
    }
    let mut name = String::new();
    for letter in words.chars() {
        if letter.is_ascii_uppercase() && !name.is_empty() {
            name.push('-');
        }
        name.push(letter.to_ascii_lowercase());
    }
    Some(name)
}

#[cfg(test)]
pub(crate) mod tests;
