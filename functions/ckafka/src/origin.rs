//! The source that a topic of a cluster belongs to.

use crate::{KafkaEvent, event::EventRecord};
use thingrelay::config::{Ckafka, Config, Ingress, Source};

/// A record with the source that it belongs to.
#[derive(Debug)]
pub struct Sourced<'a> {
    /// The source.
    pub source: &'a Source,
    /// The record.
    pub record: EventRecord,
}

/// The records of an event whose source is known, and one of the topics of which none is.
pub fn sort<'a>(event: &KafkaEvent, config: &'a Config) -> (Vec<Sourced<'a>>, Option<String>) {
    let brokers: Vec<&str> = event.brokers().collect();
    let mut known = Vec::new();
    let mut unknown = None;
    for record in event.records() {
        match find(config, &brokers, &record.topic) {
            Some(source) => known.push(Sourced { source, record }),
            None => {
                unknown.get_or_insert(record.topic);
            }
        }
    }
    (known, unknown)
}

/// The source that has the topic. Of several, the one that names a broker of the cluster; else the
/// first that names none of any.
fn find<'a>(config: &'a Config, brokers: &[&str], topic: &str) -> Option<&'a Source> {
    let mut sources = config.sources.values().filter_map(|source| {
        let Ingress::Ckafka(Some(ckafka)) = &source.ingress else {
            return None;
        };
        let has_topic = ckafka.topics.iter().any(|other| other == topic);
        has_topic.then_some((source, &**ckafka))
    });
    let of_cluster = |ckafka: &Ckafka| {
        let mut named = ckafka.brokers.iter();
        named.any(|broker| brokers.contains(&broker.as_str()))
    };
    let candidates: Vec<(&Source, &Ckafka)> = sources.by_ref().collect();
    let found = match candidates.as_slice() {
        [only] => Some(only),
        several => several
            .iter()
            .find(|(_, ckafka)| of_cluster(ckafka))
            .or_else(|| several.iter().find(|(_, ckafka)| ckafka.brokers.is_empty()))
            .or_else(|| several.first()),
    };
    found.map(|(source, _)| *source)
}
