//! The targets of a run.

use super::{queues::Queues, sqs::Sqs};
use anyhow::{Context, ensure};
use sqs_server::Server;
use std::collections::HashSet;
use thingrelay_core::{
    config::{SqsTarget, Target, TargetKind},
    filter::Filter,
    queue_url::QueueUrl,
};

/// The most characters of a queue's name.
const MAX_NAME: usize = 80;

/// The same targets as queues on the embedded server, which have the names of the queues, topics and
/// event buses.
///
/// # Errors
/// A name is reserved for dev's own queues or too long, or the server does not create the queue.
pub(crate) async fn local(
    sqs: &Sqs,
    server: &Server,
    targets: Vec<Target>,
) -> anyhow::Result<Vec<Target>> {
    let names = local_names(&targets)?;
    let mut local = Vec::with_capacity(targets.len());
    for (target, queue) in targets.into_iter().zip(names) {
        let url = Queues::make_local(sqs, &server.monitor(), &queue).await?;
        let queue_url = parse(&url)?;
        local.push(Target {
            kind: TargetKind::Sqs(SqsTarget { queue_url }),
            ..target
        });
    }
    Ok(local)
}

/// The name of each target's local queue: the target's own name in AWS, with `-` in place of the dots
/// that an event bus may have. If two have the same name, for example in two regions, the name of
/// the target in the configuration is appended.
fn local_names(targets: &[Target]) -> anyhow::Result<Vec<String>> {
    let queue = |target: &Target| match &target.kind {
        TargetKind::EventBridge(target) => target.event_bus.name().replace('.', "-"),
        TargetKind::Webhook(_) => Queues::webhook(&target.name),
        kind => kind.name().to_owned(),
    };
    let own: Vec<String> = targets.iter().map(queue).collect();
    let mut seen = HashSet::new();
    let mut names = Vec::with_capacity(targets.len());
    for (target, queue) in targets.iter().zip(&own) {
        let is_shared = own.iter().filter(|other| *other == queue).count() > 1;
        let name = match queue.strip_suffix(".fifo") {
            _ if !is_shared => queue.clone(),
            Some(stem) => format!("{stem}-{}.fifo", target.name),
            None => format!("{queue}-{}", target.name),
        };
        ensure!(
            !Queues::OWN.contains(&name.as_str()),
            "the target {} cannot be local: dev uses the queue {name} itself",
            target.name
        );
        ensure!(
            name.len() <= MAX_NAME && seen.insert(name.clone()),
            "the target {} cannot be local: give it a shorter name, or another name, so that {name} is not another target's queue",
            target.name
        );
        names.push(name);
    }
    Ok(names)
}

/// Refuses targets that are dev's own queues: an event that is forwarded there would be read as a
/// message.
///
/// # Errors
/// The error names the first such target.
pub(crate) fn require_others(targets: &[Target], server: &str) -> anyhow::Result<()> {
    let port = |origin: &str| origin.rsplit_once(':').map(|(_, port)| port.to_owned());
    for Target { name, kind, .. } in targets {
        let TargetKind::Sqs(SqsTarget { queue_url: url }) = kind else {
            continue;
        };
        let is_here = url.is_loopback() && port(url.origin()) == port(server);
        ensure!(
            !is_here || !Queues::OWN.contains(&url.name()),
            "the target {name} cannot be the queue {url}: dev uses it itself; choose another name"
        );
    }
    Ok(())
}

/// The target of a run without targets in its configuration.
///
/// # Errors
/// An error is a bug in this program.
pub(crate) fn events(queue_url: &str) -> anyhow::Result<Target> {
    let queue_url = parse(queue_url)?;
    Ok(Target {
        name: "events".to_owned(),
        kind: TargetKind::Sqs(SqsTarget { queue_url }),
        filter: Filter::default(),
    })
}

/// Reads the URL of a queue of the embedded server.
///
/// # Errors
/// An error is a bug in this program.
pub(crate) fn parse(url: &str) -> anyhow::Result<QueueUrl> {
    QueueUrl::parse(url).with_context(|| format!("{url} is not the URL of a queue"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use thingrelay_core::config::ConsumerConfig;

    fn targets(urls: &[(&str, &str)]) -> Vec<Target> {
        let target = |(name, url): &(&str, &str)| Target {
            name: (*name).to_owned(),
            kind: TargetKind::Sqs(SqsTarget {
                queue_url: parse(url).unwrap(),
            }),
            filter: Filter::default(),
        };
        urls.iter().map(target).collect()
    }

    #[test]
    fn targets_of_one_name_have_local_queues_of_their_own() {
        let there = targets(&[
            (
                "eu",
                "https://sqs.eu-west-1.amazonaws.com/123456789012/meters.fifo",
            ),
            (
                "us",
                "https://sqs.us-east-1.amazonaws.com/123456789012/meters.fifo",
            ),
            (
                "all",
                "https://sqs.us-east-1.amazonaws.com/123456789012/all",
            ),
            (
                "other",
                "https://sqs.us-east-1.amazonaws.com/210987654321/all",
            ),
            (
                "lamps",
                "https://sqs.us-east-1.amazonaws.com/123456789012/lamps.fifo",
            ),
        ]);
        let expected = [
            "meters-eu.fifo",
            "meters-us.fifo",
            "all-all",
            "all-other",
            "lamps.fifo",
        ];
        assert_eq!(local_names(&there).unwrap(), expected);
    }

    #[test]
    fn topics_and_event_buses_have_local_queues_of_their_names() {
        let text = r#"
            [targets.a]
            type = "sns"
            topic_arn = "arn:aws:sns:eu-west-1:123456789012:meters.fifo"
            [targets.b]
            type = "sqs"
            queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/meters.fifo"
            [targets.c]
            type = "eventbridge"
            event_bus = "arn:aws:events:eu-west-1:123456789012:event-bus/plant.1"
        "#;
        let config = ConsumerConfig::parse(&[text]).unwrap();
        let expected = ["meters-a.fifo", "meters-b.fifo", "plant-1"];
        assert_eq!(local_names(&config.targets).unwrap(), expected);
        assert!(require_others(&config.targets, "http://127.0.0.1:9324").is_ok());
    }

    #[test]
    fn names_that_no_local_queue_can_have_are_refused() {
        let long = format!("https://sqs.us-east-1.amazonaws.com/1/{}", "x".repeat(80));
        let longer = format!("https://sqs.us-east-1.amazonaws.com/2/{}", "x".repeat(80));
        let url = "https://sqs.us-east-1.amazonaws.com/1/";
        for urls in [
            vec![("a", format!("{url}staging.fifo"))],
            vec![("a", format!("{url}forwarded.fifo"))],
            vec![("a", long), ("b", longer)],
            vec![
                ("b", format!("{url}a")),
                ("c", format!("{url}2/a")),
                ("d", format!("{url}a-b")),
            ],
        ] {
            let urls: Vec<_> = urls
                .iter()
                .map(|(name, url)| (*name, url.as_str()))
                .collect();
            assert!(local_names(&targets(&urls)).is_err(), "{urls:?}");
        }
    }

    #[test]
    fn queues_of_devs_own_are_no_targets() {
        let server = "http://127.0.0.1:9324";
        let account = "/000000000000/";
        for (origin, queue, is_own) in [
            (server, "staging.fifo", true),
            ("http://localhost:9324", "dead-letter.fifo", true),
            ("http://[::1]:9324", "quarantine", true),
            (server, "forwarded.fifo", true),
            (server, "events.fifo", false),
            (server, "meters.fifo", false),
            ("http://127.0.0.1:9325", "staging.fifo", false),
            ("https://sqs.eu-west-1.amazonaws.com", "staging.fifo", false),
        ] {
            let targets = targets(&[("t", &format!("{origin}{account}{queue}"))]);
            let refused = require_others(&targets, server).is_err();
            assert_eq!(refused, is_own, "{origin} {queue}");
        }
    }
}
