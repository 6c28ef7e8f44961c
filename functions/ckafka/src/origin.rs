//! The source that a topic of a cluster belongs to.

use crate::{KafkaEvent, event::EventRecord};
use thingrelay_core::config::{EventSourceConfig, TopicSource, Topics};

/// A record with its source.
#[derive(Debug)]
pub struct SourcedRecord<'a> {
    pub source: &'a TopicSource,
    pub record: EventRecord,
}

/// The records of an event whose source is known, and one of the topics without a known source.
pub fn sort<'a>(
    event: &KafkaEvent,
    config: &'a EventSourceConfig,
) -> (Vec<SourcedRecord<'a>>, Option<String>) {
    let brokers: Vec<&str> = event.brokers().collect();
    let mut known = Vec::new();
    let mut unknown = None;
    for record in event.records() {
        match find(config, &brokers, &record.topic) {
            Some(source) => known.push(SourcedRecord { source, record }),
            None => {
                unknown.get_or_insert(record.topic);
            }
        }
    }
    (known, unknown)
}

/// The source that has the topic. Of several, the one that names a broker of the cluster, else the
/// only one that names no broker. A source with a group is pulled, so it is the last choice.
fn find<'a>(
    config: &'a EventSourceConfig,
    brokers: &[&str],
    topic: &str,
) -> Option<&'a TopicSource> {
    let has_topic = |source: &'a TopicSource| {
        let topics = source.topics.as_ref()?;
        let has_topic = topics.topics.iter().any(|other| other == topic);
        has_topic.then_some((source, topics))
    };
    let (pulled, brought): (Vec<_>, Vec<_>) = config
        .sources
        .values()
        .filter_map(has_topic)
        .partition(|(_, topics)| topics.is_pulled);
    choose(&brought, brokers).or_else(|| choose(&pulled, brokers))
}

/// The one of several sources, if the choice is clear.
fn choose<'a>(
    candidates: &[(&'a TopicSource, &Topics)],
    brokers: &[&str],
) -> Option<&'a TopicSource> {
    let is_of_cluster = |topics: &Topics| {
        let mut named = topics.brokers.iter();
        named.any(|name| {
            brokers
                .iter()
                .any(|broker| broker.eq_ignore_ascii_case(name))
        })
    };
    if let [(only, _)] = candidates {
        return Some(only);
    }
    if let Some((source, _)) = candidates.iter().find(|(_, topics)| is_of_cluster(topics)) {
        return Some(source);
    }
    let mut unnamed = candidates
        .iter()
        .filter(|(_, topics)| topics.brokers.is_empty());
    match (unnamed.next(), unnamed.next()) {
        (Some((only, _)), None) => Some(only),
        _ => None,
    }
}
