//! Each record is in the archive before it is done.

use super::*;
use futures::future::BoxFuture;
use thingrelay_core::archive::Line;

/// Keeps the bodies of the messages but those that end in this text.
struct Kept {
    failing: &'static str,
    bodies: Mutex<Vec<String>>,
}

impl Archive for Kept {
    fn keep<'a>(&'a self, lines: Vec<Line<'a>>) -> BoxFuture<'a, Vec<Result<(), String>>> {
        let keep = |line: Line<'_>| {
            assert_eq!(
                line.group.as_deref(),
                line.body.rsplit('\n').next().map(|it| &it[..1])
            );
            if line.body.ends_with(self.failing) {
                return Err("the disk is full".to_owned());
            }
            self.bodies.lock().unwrap().push(line.body.into_owned());
            Ok(())
        };
        let kept = lines.into_iter().map(keep).collect();
        Box::pin(async move { kept })
    }
}

struct Archived {
    handed_back: Vec<String>,
    quarantined: Vec<String>,
    originals: Vec<String>,
}

fn work_archived(records: Vec<SqsMessage>, target: FakeQueue, failing: &'static str) -> Archived {
    let archive = Arc::new(Kept {
        failing,
        bodies: Mutex::default(),
    });
    let config = ConsumerConfig::usable(&[""]).unwrap();
    let quarantine = FakeQueue::default();
    let consumer = Consumer::new(
        Arc::new(CurrentConfig::new(config)),
        queues(vec![target], quarantine.clone()),
        Clock::from_fn(|| Timestamp::from_unix_millis(0)),
    )
    .with_normalizer(echo)
    .with_archive(Arc::clone(&archive) as _);
    let mut event = SqsEvent::default();
    event.records = records;
    let failures = run(consumer.handle(event, None))
        .unwrap()
        .batch_item_failures;
    let bodies = archive.bodies.lock().unwrap();
    let originals = bodies.iter().filter_map(|body| body.rsplit('\n').next());
    Archived {
        handed_back: failures.into_iter().map(|it| it.item_identifier).collect(),
        quarantined: quarantine.accepted(),
        originals: originals.map(str::to_owned).collect(),
    }
}

#[test]
fn what_is_forwarded_or_in_quarantine_is_archived_and_what_waits_is_not() {
    let records = vec![
        record(Some("a1"), "a", "a1"),
        record(Some("b1"), "b", "bad"),
        record(Some("c1"), "c", "c1 stuck"),
        record(Some("a2"), "a", "a2"),
        record(Some("c2"), "c", "c2"),
    ];
    let target = FakeQueue::failing("stuck", transient());
    let archived = work_archived(records, target, "none");
    assert_eq!(archived.originals, ["a1", "bad", "a2"]);
    assert_eq!(archived.handed_back, ["c1", "c2"]);
    assert_eq!(archived.quarantined.len(), 1);
}

#[test]
fn without_the_archive_nothing_is_done() {
    let records = vec![
        record(Some("a1"), "a", "a1"),
        record(Some("b1"), "b", "bad"),
        record(Some("a2"), "a", "a2"),
    ];
    let archived = work_archived(records, FakeQueue::default(), "");
    assert_eq!(archived.handed_back, ["a1", "a2", "b1"]);
    assert!(archived.quarantined.is_empty());
}

#[test]
fn only_what_the_archive_does_not_take_comes_again() {
    let records = vec![
        record(Some("a1"), "a", "a1"),
        record(Some("b1"), "b", "b1"),
        record(Some("b2"), "b", "b2"),
    ];
    let archived = work_archived(records, FakeQueue::default(), "b1");
    assert_eq!(archived.originals, ["a1"]);
    assert_eq!(archived.handed_back, ["b1", "b2"]);
}

#[test]
fn what_came_out_of_the_archive_is_not_archived_a_second_time() {
    let replayed = |replay: &str| {
        let body = record(None, "a", "a1").body.unwrap();
        let body = body.replacen("\"v\":1", "\"v\":3", 1);
        let member = format!("\"replay\":{replay},\"encoding\"");
        raw_record(Some("a1"), "a", &body.replacen("\"encoding\"", &member, 1))
    };
    for (replay, is_archived) in [
        (r#"{"run":"r-1"}"#, true),
        (r#"{"run":"r-1","archived":true}"#, false),
    ] {
        let archived = work_archived(vec![replayed(replay)], FakeQueue::default(), "none");
        assert!(archived.handed_back.is_empty());
        assert_eq!(archived.originals.len(), usize::from(is_archived));
    }
}
