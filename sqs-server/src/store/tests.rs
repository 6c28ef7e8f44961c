//! Stored changes come back, and changes that cannot be stored are not acknowledged.

mod damage;
mod full_disk;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};

use redb::{ReadableTable as _, TableDefinition};
use serde_json::json;

use super::*;
use crate::broker::Broker;
use crate::error::ErrorCode;
use crate::queue::attempts::Receipt;
use crate::queue::message::Message;
use crate::queue::{Moment, seconds};
use crate::registry::ReceiveRequest;

const WALL: Millis = 1_800_000_000_000;

fn identity() -> Identity {
    Identity {
        region: "us-east-1".to_owned(),
        account: "000000000000".to_owned(),
    }
}

fn open_at(directory: &Path, wall: Millis) -> Result<(Registry, Writer, Clock), OpenError> {
    let clock = Clock::with_wall(move || wall);
    let store = Store::new(directory.to_owned(), identity(), clock.clone());
    let (registry, writer) = store.open()?;
    Ok((registry, writer, clock))
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
        sent: WALL,
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

fn bodies(registry: &mut Registry, name: &str, now: Moment) -> Vec<String> {
    let deliveries = registry.receive(name, &ten(), now).unwrap();
    deliveries
        .iter()
        .map(|delivery| delivery.message.body.clone())
        .collect()
}

fn receive(registry: &mut Registry, name: &str, now: Moment) -> Vec<Receipt> {
    let deliveries = registry.receive(name, &ten(), now).unwrap();
    deliveries
        .iter()
        .map(|delivery| Receipt {
            sequence: delivery.sequence,
            receipt: delivery.receives.receipt,
        })
        .collect()
}

/// Applies `operate` to the queues in the directory, and stores the changes.
fn session<T>(directory: &Path, operate: impl FnOnce(&mut Registry, Moment) -> T) -> T {
    session_at(directory, WALL, operate)
}

/// The same, with a wall clock that stands still at this time.
fn session_at<T>(
    directory: &Path,
    wall: Millis,
    operate: impl FnOnce(&mut Registry, Moment) -> T,
) -> T {
    let (mut registry, writer, clock) = open_at(directory, wall).unwrap();
    let (journal, thread) = writer.split();
    let result = operate(&mut registry, clock.now());
    let kept = journal.keep(registry.take_effects().changes);
    assert_eq!(kept.blocking_recv(), Ok(Ok(())));
    drop(journal);
    thread.join().unwrap();
    result
}

#[test]
fn queues_messages_order_and_deduplication_come_back() {
    let directory = tempfile::tempdir().unwrap();
    let first = session(directory.path(), |registry, now| {
        registry
            .create("a.fifo", &fifo(), BTreeMap::new(), now)
            .unwrap();
        for id in ["1", "2", "3"] {
            registry
                .send("a.fifo", message("g", id), None, now)
                .unwrap();
        }
        let handed = receive(registry, "a.fifo", now)[0];
        registry.delete("a.fifo", handed, now).unwrap();
        handed.sequence
    });
    session(directory.path(), |registry, now| {
        let again = registry.send("a.fifo", message("g", "1"), None, now);
        assert_eq!(again.unwrap().sequence, first, "its id is still known");
        let new = registry.send("a.fifo", message("g", "4"), None, now);
        assert!(new.unwrap().sequence > first + 2);
        let deliveries = registry.receive("a.fifo", &ten(), now).unwrap();
        let found: Vec<_> = deliveries
            .iter()
            .map(|delivery| (delivery.message.body.as_str(), delivery.receives.total))
            .collect();
        assert_eq!(found, [("2", 1), ("3", 1), ("4", 1)]);
    });
    session(directory.path(), |registry, now| {
        let later = now + seconds(5 * 60);
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
    session(directory.path(), |registry, now| {
        for name in ["d", "purged", "deleted"] {
            registry
                .create(name, &BTreeMap::new(), BTreeMap::new(), now)
                .unwrap();
        }
        let redrive = BTreeMap::from([("RedrivePolicy".to_owned(), policy.to_string())]);
        registry
            .create("q", &redrive, BTreeMap::new(), now)
            .unwrap();
        for name in ["q", "purged", "deleted"] {
            registry.send(name, message("g", name), None, now).unwrap();
        }
        let handed = receive(registry, "q", now)[0];
        registry.change_visibility("q", handed, 0, now).unwrap();
    });
    session(directory.path(), |registry, now| {
        assert!(
            bodies(registry, "q", now).is_empty(),
            "it was received once"
        );
        registry.purge("purged", now).unwrap();
        registry.delete_queue("deleted", now).unwrap();
    });
    session(directory.path(), |registry, now| {
        assert_eq!(registry.names().collect::<Vec<_>>(), ["d", "purged", "q"]);
        assert!(bodies(registry, "purged", now).is_empty());
        assert!(bodies(registry, "q", now).is_empty());
        let dead = registry.receive("d", &ten(), now).unwrap();
        let source = dead[0].message.dead_letter_source.as_deref();
        assert_eq!(source, Some("arn:aws:sqs:us-east-1:000000000000:q"));
    });
}

#[test]
fn receives_that_the_end_of_the_process_interrupts_do_not_count() {
    let directory = tempfile::tempdir().unwrap();
    let policy = json!({"deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:d",
        "maxReceiveCount": 2});
    session(directory.path(), |registry, now| {
        registry
            .create("d", &BTreeMap::new(), BTreeMap::new(), now)
            .unwrap();
        let redrive = BTreeMap::from([("RedrivePolicy".to_owned(), policy.to_string())]);
        registry
            .create("q", &redrive, BTreeMap::new(), now)
            .unwrap();
        registry.send("q", message("g", "1"), None, now).unwrap();
        assert_eq!(bodies(registry, "q", now), ["1"]);
        let later = now + seconds(30);
        assert_eq!(bodies(registry, "q", later), ["1"], "its timeout ended");
    });
    for _ in 0..5 {
        session(directory.path(), |registry, now| {
            let deliveries = registry.receive("q", &ten(), now).unwrap();
            let counts: Vec<_> = deliveries.iter().map(|one| one.receives.total).collect();
            assert_eq!(counts, [2], "the one whose timeout ended, and this one");
        });
    }
    session(directory.path(), |registry, now| {
        bodies(registry, "q", now);
        let later = now + seconds(30);
        assert!(bodies(registry, "q", later).is_empty(), "two were tries");
        assert_eq!(bodies(registry, "d", later), ["1"]);
    });
}

#[test]
fn the_wall_clock_changes_nothing_over_a_restart() {
    const FIVE_DAYS: Millis = 5 * 24 * 3600 * 1000;
    for wall in [WALL - FIVE_DAYS, WALL, WALL + FIVE_DAYS] {
        let directory = tempfile::tempdir().unwrap();
        let sent = session(directory.path(), |registry, now| {
            let attributes = fifo();
            registry
                .create("a.fifo", &attributes, BTreeMap::new(), now)
                .unwrap();
            registry
                .create("q", &BTreeMap::new(), BTreeMap::new(), now)
                .unwrap();
            let last = message("g", "delayed");
            registry.send("q", last, Some(900), now).unwrap();
            let first = message("g", "first");
            registry.send("a.fifo", first, None, now).unwrap()
        });
        session_at(directory.path(), wall, |registry, now| {
            let again = registry.send("a.fifo", message("g", "first"), None, now);
            if wall <= WALL {
                assert_eq!(again.unwrap(), sent, "{wall}: five minutes have not passed");
            }
            let second = message("g", "second");
            registry.send("a.fifo", second, None, now).unwrap();
            let found = bodies(registry, "a.fifo", now);
            assert_eq!(found[0], "first", "{wall}: neither delayed nor expired");
            assert_eq!(found.last().unwrap(), "second", "{wall}");
            let waits = wall <= WALL;
            assert_eq!(bodies(registry, "q", now).is_empty(), waits, "{wall}");
            let later = now + seconds(900);
            assert_eq!(bodies(registry, "q", later), ["delayed"], "{wall}");
        });
    }
}

#[test]
fn a_wall_clock_that_is_set_while_nothing_happens_moves_no_time() {
    let directory = tempfile::tempdir().unwrap();
    let wall = Arc::new(AtomicU64::new(WALL));
    let open = || {
        let shown = Arc::clone(&wall);
        let clock = Clock::with_wall(move || shown.load(Ordering::Relaxed));
        let store = Store::new(directory.path().to_owned(), identity(), clock.clone());
        let (registry, writer) = store.open().unwrap();
        (registry, writer.split(), clock.now())
    };
    let (mut registry, (journal, thread), now) = open();
    registry
        .create("a.fifo", &fifo(), BTreeMap::new(), now)
        .unwrap();
    let sent = registry.send("a.fifo", message("g", "1"), None, now);
    let kept = journal.keep(registry.take_effects().changes);
    assert_eq!(kept.blocking_recv(), Ok(Ok(())));
    wall.fetch_add(800_000, Ordering::Relaxed);
    // As the broker asks every 100 ms.
    assert_eq!(journal.keep(Vec::new()).blocking_recv(), Ok(Ok(())));
    drop(journal);
    thread.join().unwrap();
    let (mut registry, _, now) = open();
    let again = registry.send("a.fifo", message("g", "1"), None, now);
    assert_eq!(again, sent, "five minutes have not passed");
}

/// A store of the first version is upgraded: nothing in it is delayed, lost or out of order.
#[test]
fn a_store_of_the_first_format_is_upgraded() {
    let directory = tempfile::tempdir().unwrap();
    session(directory.path(), |registry, now| {
        registry
            .create("a.fifo", &fifo(), BTreeMap::new(), now)
            .unwrap();
    });
    fs::remove_file(directory.path().join("queues.commit")).unwrap();
    let database = Database::create(directory.path().join(FILE)).unwrap();
    let transaction = database.begin_write().unwrap();
    {
        let meta: TableDefinition<'_, &str, u64> = TableDefinition::new("meta");
        let mut meta = transaction.open_table(meta).unwrap();
        meta.insert("format", 1).unwrap();
        meta.remove("tick").unwrap();
        let queues: TableDefinition<'_, u64, &[u8]> = TableDefinition::new("queues");
        let queues = transaction.open_table(queues).unwrap();
        let queue = queues.first().unwrap().unwrap().0.value();
        let messages: TableDefinition<'_, (u64, u64), &[u8]> = TableDefinition::new("messages");
        let mut messages = transaction.open_table(messages).unwrap();
        let receives: TableDefinition<'_, (u64, u64), (u32, u32, u64, u64)> =
            TableDefinition::new("receives");
        let mut receives = transaction.open_table(receives).unwrap();
        for (number, id) in [(1, "1"), (2, "2")] {
            let row = json!({"visible_at": WALL + 5_000, "message": message("g", id)});
            let row = serde_json::to_vec(&row).unwrap();
            messages.insert((queue, number), row.as_slice()).unwrap();
        }
        receives.insert((queue, 1), (3, 3, WALL, 1)).unwrap();
    }
    transaction.commit().unwrap();
    drop(database);
    for total in [4, 4] {
        session(directory.path(), |registry, now| {
            let deliveries = registry.receive("a.fifo", &ten(), now).unwrap();
            let found: Vec<_> = deliveries
                .iter()
                .map(|one| (one.message.body.as_str(), one.receives.total))
                .collect();
            assert_eq!(found, [("1", total), ("2", 1)]);
        });
    }
}

#[test]
fn a_directory_in_use_a_damaged_file_and_an_unusable_path_are_told_apart() {
    let directory = tempfile::tempdir().unwrap();
    let opened = open_at(directory.path(), WALL).unwrap();
    let locked = open_at(directory.path(), WALL);
    assert!(matches!(locked, Err(OpenError::Locked(_))), "{locked:?}");
    drop(opened);

    let damaged = tempfile::tempdir().unwrap();
    fs::write(damaged.path().join(FILE), vec![b'x'; 10_000]).unwrap();
    let corrupt = open_at(damaged.path(), WALL);
    assert!(
        matches!(corrupt, Err(OpenError::Corrupt { .. })),
        "{corrupt:?}"
    );

    let file = directory.path().join("file");
    fs::write(&file, "").unwrap();
    let unusable = open_at(&file, WALL);
    assert!(
        matches!(unusable, Err(OpenError::Unusable { .. })),
        "{unusable:?}"
    );
}

#[tokio::test]
async fn nothing_is_acknowledged_once_the_store_is_closed() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Clock::default();
    let store = Store::new(directory.path().to_owned(), identity(), clock.clone());
    let (registry, writer) = store.open().unwrap();
    let (_stop, stopped) = tokio::sync::watch::channel(false);
    let broker = Broker::new(registry, Some((store, writer)), clock, stopped);
    let none = BTreeMap::new();
    let create = |name: &'static str| {
        let none = none.clone();
        broker.change(move |registry, now| registry.create(name, &none, BTreeMap::new(), now))
    };
    assert_eq!(create("a").await, Ok(Ok(())));
    broker.close();
    let refused = create("b").await.map_err(|error| error.code);
    assert_eq!(refused, Err(ErrorCode::InternalFailure));
    let (kept, ..) = open_at(directory.path(), WALL).unwrap();
    assert_eq!(kept.names().collect::<Vec<_>>(), ["a"]);
}
