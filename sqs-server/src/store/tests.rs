//! What is kept comes back, and what cannot be kept is not acknowledged.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;
use crate::broker::Broker;
use crate::clock::Clock;
use crate::fault::FaultCode;
use crate::queue::message::Message;
use crate::registry::naming::Identity;
use crate::registry::{ReceiveRequest, Registry};

const NOW: Millis = 1_800_000_000_000;

fn empty() -> Registry {
    let identity = Identity {
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
    };
    Registry::new(identity, NOW)
}

fn message(group: &str, id: &str) -> Message {
    Message {
        id: id.to_owned(),
        body: id.to_owned(),
        md5_of_body: String::new(),
        attributes: BTreeMap::new(),
        trace_header: None,
        group: Some(group.to_owned().into()),
        deduplication_id: Some(id.to_owned()),
        sent: NOW,
        dead_letter_source: None,
    }
}

fn fifo() -> BTreeMap<String, String> {
    BTreeMap::from([("FifoQueue".to_owned(), "true".to_owned())])
}

fn ten() -> ReceiveRequest {
    ReceiveRequest {
        max: 10,
        visibility_timeout: Some(30),
        attempt: None,
    }
}

fn bodies(registry: &mut Registry, name: &str, now: Millis) -> Vec<String> {
    let deliveries = registry.receive(name, &ten(), now).unwrap();
    deliveries
        .iter()
        .map(|delivery| delivery.message.body.clone())
        .collect()
}

/// Applies `operate` to what the directory keeps, and keeps what it changed.
fn session<T>(directory: &Path, operate: impl FnOnce(&mut Registry) -> T) -> T {
    let mut registry = empty();
    let (journal, thread) = open(directory, &mut registry, NOW).unwrap().split();
    let result = operate(&mut registry);
    let kept = journal.keep(registry.take_effects().changes);
    assert_eq!(kept.blocking_recv(), Ok(Ok(())));
    drop(journal);
    thread.join().unwrap();
    result
}

#[test]
fn queues_messages_order_and_deduplication_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let first = session(directory.path(), |registry| {
        registry
            .create("a.fifo", &fifo(), BTreeMap::new(), NOW)
            .unwrap();
        for id in ["1", "2", "3"] {
            registry
                .send("a.fifo", message("g", id), None, NOW)
                .unwrap();
        }
        let deliveries = registry.receive("a.fifo", &ten(), NOW).unwrap();
        let handed = crate::queue::attempts::Handed {
            sequence: deliveries[0].sequence,
            receipt: deliveries[0].receives.receipt,
        };
        registry.delete("a.fifo", handed, NOW).unwrap();
        deliveries[0].sequence
    });
    session(directory.path(), |registry| {
        let again = registry.send("a.fifo", message("g", "1"), None, NOW);
        assert_eq!(again.unwrap().sequence, first, "its id is still known");
        let new = registry.send("a.fifo", message("g", "4"), None, NOW);
        assert!(new.unwrap().sequence > first + 2);
        let deliveries = registry.receive("a.fifo", &ten(), NOW).unwrap();
        let found: Vec<_> = deliveries
            .iter()
            .map(|delivery| (delivery.message.body.as_str(), delivery.receives.total))
            .collect();
        assert_eq!(found, [("2", 2), ("3", 2), ("4", 1)]);
    });
    session(directory.path(), |registry| {
        let later = NOW + 5 * 60 * 1000;
        let again = registry.send("a.fifo", message("g", "1"), None, later);
        assert_ne!(again.unwrap().sequence, first, "five minutes have passed");
        assert_eq!(bodies(registry, "a.fifo", later), ["2", "3", "4", "1"]);
    });
}

#[test]
fn dead_letters_purges_and_deletions_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let policy = json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:d",
        "maxReceiveCount": 1});
    session(directory.path(), |registry| {
        for name in ["d", "purged", "deleted"] {
            registry
                .create(name, &BTreeMap::new(), BTreeMap::new(), NOW)
                .unwrap();
        }
        let redrive = BTreeMap::from([("RedrivePolicy".to_owned(), policy.to_string())]);
        registry
            .create("q", &redrive, BTreeMap::new(), NOW)
            .unwrap();
        for name in ["q", "purged", "deleted"] {
            registry.send(name, message("g", name), None, NOW).unwrap();
        }
        assert_eq!(bodies(registry, "q", NOW), ["q"]);
    });
    session(directory.path(), |registry| {
        assert!(
            bodies(registry, "q", NOW).is_empty(),
            "it was received once"
        );
        registry.purge("purged", NOW).unwrap();
        registry.delete_queue("deleted", NOW).unwrap();
    });
    session(directory.path(), |registry| {
        assert_eq!(registry.names().collect::<Vec<_>>(), ["d", "purged", "q"]);
        assert!(bodies(registry, "purged", NOW).is_empty());
        assert!(bodies(registry, "q", NOW).is_empty());
        let dead = registry.receive("d", &ten(), NOW).unwrap();
        let source = dead[0].message.dead_letter_source.as_deref();
        assert_eq!(source, Some("arn:aws:sqs:us-east-1:000000000000:q"));
    });
}

#[test]
fn a_directory_in_use_a_damaged_file_and_an_unusable_path_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let writer = open(directory.path(), &mut empty(), NOW).unwrap();
    let locked = open(directory.path(), &mut empty(), NOW);
    assert!(matches!(locked, Err(OpenError::Locked(_))), "{locked:?}");
    drop(writer);

    let damaged = tempfile::tempdir().unwrap();
    fs::write(damaged.path().join(FILE), vec![b'x'; 10_000]).unwrap();
    let corrupt = open(damaged.path(), &mut empty(), NOW);
    assert!(
        matches!(corrupt, Err(OpenError::Corrupt { .. })),
        "{corrupt:?}"
    );

    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let unusable = open(&file, &mut empty(), NOW);
    assert!(
        matches!(unusable, Err(OpenError::Unusable { .. })),
        "{unusable:?}"
    );
}

#[tokio::test]
async fn nothing_is_acknowledged_once_the_store_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let mut registry = empty();
    let writer = open(directory.path(), &mut registry, NOW).unwrap();
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let broker = Broker::new(registry, Some(writer), Clock::default(), stopped);
    let none = BTreeMap::new();
    let create = |name: &'static str| {
        let none = none.clone();
        broker.change(move |registry, now| registry.create(name, &none, BTreeMap::new(), now))
    };
    assert_eq!(create("a").await, Ok(Ok(())));
    broker.close();
    let refused = create("b").await.map_err(|fault| fault.code);
    assert_eq!(refused, Err(FaultCode::InternalFailure));
    let mut kept = empty();
    open(directory.path(), &mut kept, NOW).unwrap();
    assert_eq!(kept.names().collect::<Vec<_>>(), ["a"]);
}
