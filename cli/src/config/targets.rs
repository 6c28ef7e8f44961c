//! Target queues that a deployment would not have on purpose. A function uses them as well as it
//! can.

use super::{findings::Findings, layers::Layers};
use thingrelay_core::{
    config::{EdgeConfig, Problem, Target, TargetKind, name::shown},
    queue_url::QueueUrl,
};

/// Reports problems, and settings that may not be intended.
pub(crate) fn check(config: &EdgeConfig, layers: &Layers<'_>, findings: &mut Findings) {
    let problem = |place: &str, message: &str| layers.placed(Problem::new(place, message));
    for (position, target) in config.targets.iter().enumerate() {
        let url = queue(target);
        let place = format!("targets.{}.queue_url", shown(&target.name));
        if url.is_loopback() {
            // A queue on this machine serves for a try-out.
        } else if url.region().is_none() {
            findings.problem(problem(
                &place,
                "is not a host of SQS: must be like sqs.REGION.amazonaws.com, or a queue of this machine",
            ));
        } else if !url.is_encrypted() {
            findings.problem(problem(
                &place,
                "must begin with https://: over http:// everybody on the way can read the events",
            ));
        }
        let mut before = config.targets.iter().take(position);
        if let Some(other) = before.find(|other| is_same(queue(other), url)) {
            let message = format!(
                "is also the queue of targets.{}: each event would go there twice",
                shown(&other.name)
            );
            findings.problem(problem(&place, &message));
        }
        if !url.is_fifo() {
            findings.warning(problem(
                &place,
                "is not a FIFO queue, whose name ends in .fifo: it keeps neither the order of a device's events nor one copy of each",
            ));
        }
    }
}

fn queue(target: &Target) -> &QueueUrl {
    let TargetKind::Sqs(queue) = &target.kind;
    &queue.queue_url
}

/// Whether two URLs belong to the same queue, which may have several hosts.
fn is_same(one: &QueueUrl, other: &QueueUrl) -> bool {
    let place = |url: &QueueUrl| url.region().unwrap_or(url.origin()).to_owned();
    one.path() == other.path() && place(one) == place(other)
}
