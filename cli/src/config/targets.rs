//! Targets that a deployment would not have on purpose. A function uses them as well as it can.

use super::{findings::Findings, layers::Layers};
use thingrelay_core::{
    config::{EdgeConfig, Problem, TargetKind, name::shown},
    filter::{Attribute, Comparison, Filter},
    queue_url::QueueUrl,
    source::SourceName,
};

/// Reports problems, and settings that may not be intended.
pub(crate) fn check(config: &EdgeConfig, layers: &Layers<'_>, findings: &mut Findings) {
    let problem = |place: &str, message: &str| layers.placed(Problem::new(place, message));
    for (position, target) in config.targets.iter().enumerate() {
        for source in unknown_sources(&target.filter, config) {
            let place = format!("targets.{}.filters", shown(&target.name));
            let message = format!("there is no source {source:?} in these documents");
            findings.warning(problem(&place, &message));
        }
        let noun = target.kind.noun();
        let (key, is_fifo) = match &target.kind {
            TargetKind::Sqs(sqs) => ("queue_url", Some(sqs.queue_url.is_fifo())),
            TargetKind::Sns(sns) => ("topic_arn", Some(sns.topic_arn.is_fifo())),
            TargetKind::EventBridge(_) => ("event_bus", None),
            TargetKind::Webhook(_) => ("queue_url", None),
        };
        let place = format!("targets.{}.{key}", shown(&target.name));
        if let Some(queue_url) = target.kind.queue_url()
            && let Some(message) = host_problem(queue_url)
        {
            findings.problem(problem(&place, message));
        }
        let mut before = config.targets.iter().take(position);
        if let Some(other) = before.find(|other| is_same(&other.kind, &target.kind)) {
            let message = format!(
                "is also the {noun} of targets.{}: it would get twice each event that both take",
                shown(&other.name)
            );
            findings.problem(problem(&place, &message));
        }
        if is_fifo == Some(false) {
            let message = format!(
                "is not a FIFO {noun} (its name does not end in .fifo): it keeps no order, and may keep several copies of an event"
            );
            findings.warning(problem(&place, &message));
        }
    }
}

/// What is wrong with the host of a queue, if it is not this machine, which serves for a try-out.
fn host_problem(url: &QueueUrl) -> Option<&'static str> {
    if url.is_loopback() {
        return None;
    }
    if url.region().is_none() {
        return Some(
            "is not a host of SQS: must be like sqs.REGION.amazonaws.com, or a queue of this machine",
        );
    }
    (!url.is_encrypted())
        .then_some("must begin with https://: over http:// anybody on the way can read the events")
}

/// The sources that a filter names and the documents do not have. Their last messages may still wait.
fn unknown_sources<'f>(filter: &'f Filter, config: &EdgeConfig) -> Vec<&'f str> {
    let names = filter.tests().into_iter().filter_map(|test| {
        let name = match test.attribute {
            Attribute::SourceName => &*test.text,
            Attribute::Source => test.text.rsplit('/').next().unwrap_or_default(),
            _ => return None,
        };
        (test.comparison == Comparison::Exact).then_some(name)
    });
    let is_known = |name: &str| {
        let name = SourceName::parse(name);
        name.is_some_and(|name| {
            config.sources.contains_key(&name) || config.broken.sources.contains_key(&name)
        })
    };
    names.filter(|name| !is_known(name)).collect()
}

/// Whether two targets are the same place. A queue may have several hosts.
fn is_same(one: &TargetKind, other: &TargetKind) -> bool {
    let place = |url: &QueueUrl| url.region().unwrap_or(url.origin()).to_owned();
    match (one, other) {
        (TargetKind::Sqs(one), TargetKind::Sqs(other)) => {
            let (one, other) = (&one.queue_url, &other.queue_url);
            one.path() == other.path() && place(one) == place(other)
        }
        _ => one == other,
    }
}
