//! A record that is handed back rests, and one that may kill its invocation is processed alone.

use super::*;

/// A record that was tried so often, in so many seconds.
fn tried(id: &str, group: &str, body: &str, tries: u32, seconds: i64) -> SqsMessage {
    let mut record = record(Some(id), group, body);
    for (name, value) in [
        ("ApproximateReceiveCount", tries.to_string()),
        (
            "ApproximateFirstReceiveTimestamp",
            (NOW - seconds * 1000).to_string(),
        ),
    ] {
        record.attributes.insert(name.to_owned(), value);
    }
    record
}

const NOW: i64 = 1_795_233_600_250;

/// The seconds that the invocation may take.
const TIME: u64 = 28;

const HOURS: Duration = Duration::from_secs(2 * 60 * 60);

struct Setting {
    staging: FakeQueue,
    target: FakeQueue,
    consumer: Consumer<FakeQueue, FakeQueue>,
}

fn setting(staging: FakeQueue, target: FakeQueue) -> Setting {
    let queues = Queues {
        staging: staging.clone(),
        ..queues(vec![target.clone()], FakeQueue::default())
    };
    let clock = Clock::from_fn(|| Timestamp::from_unix_millis(NOW));
    let config = Arc::new(CurrentConfig::new(ConsumerConfig::default()));
    Setting {
        staging,
        target,
        consumer: Consumer::new(config, queues, clock).with_normalizer(echo),
    }
}

impl Setting {
    /// The records that come again.
    fn work(&self, records: Vec<SqsMessage>) -> Vec<String> {
        let mut event = SqsEvent::default();
        event.records = records;
        let deadline = Instant::now() + Duration::from_secs(TIME);
        let response = run(self.consumer.handle(event, Some(deadline))).unwrap();
        let failures = response.batch_item_failures.into_iter();
        failures.map(|failure| failure.item_identifier).collect()
    }

    fn hidden(&self) -> Vec<(String, u64)> {
        let hidden = self.staging.hidden.lock().unwrap();
        let mut hidden: Vec<(String, u64)> = hidden.clone().into_iter().collect();
        hidden.sort();
        hidden
    }

    fn deleted(&self) -> Vec<String> {
        self.staging.deleted.lock().unwrap().clone()
    }
}

fn owned(rests: &[(&str, u64)]) -> Vec<(String, u64)> {
    let owned = rests.iter().map(|(id, rest)| ((*id).to_owned(), *rest));
    owned.collect()
}

#[test]
fn a_record_that_comes_again_rests_the_longer_the_more_often_it_was_tried() {
    for (tries, rest) in [(1, 5), (2, 10), (3, 20), (7, 320), (10, 1800), (600, 1800)] {
        let setting = setting(
            FakeQueue::default(),
            FakeQueue::failing("down", transient()),
        );
        let handed_back = setting.work(vec![
            tried("a1", "a", "a1 down", tries, 1_209_600),
            tried("a2", "a", "a2", 1, 0),
            tried("b1", "b", "b1", 1, 0),
            tried("c1", "c", "c1 down", 1, 0),
        ]);
        assert_eq!(handed_back.len(), 3, "{handed_back:?}");
        // A record behind one that rests is locked as long, and comes with it.
        let expected = owned(&[("a1", rest), ("a2", 0), ("c1", 5)]);
        assert_eq!(setting.hidden(), expected, "{tries}");
        assert_eq!(setting.target.accepted(), ["b1"]);
    }
}

#[test]
fn a_batch_without_a_target_or_without_settings_rests() {
    let records = || {
        vec![
            tried("a1", "a", "a1", 4, 60),
            tried("a2", "a", "a2", 1, 0),
            tried("b1", "b", "b1", 2, 10),
        ]
    };
    let expected = owned(&[("a1", 40), ("a2", 0), ("b1", 10)]);
    let mut without_target = setting(FakeQueue::default(), FakeQueue::default());
    without_target.consumer.queues.targets = Targets::new(Vec::new());
    assert_eq!(without_target.work(records()).len(), 3);
    assert_eq!(without_target.hidden(), expected);

    let without_settings = setting(FakeQueue::default(), FakeQueue::default());
    let mut event = SqsEvent::default();
    event.records = records();
    let answer = without_settings
        .consumer
        .hand_back(event, "settings_unavailable");
    let response = run(answer).unwrap();
    assert_eq!(response.batch_item_failures.len(), 3);
    assert_eq!(without_settings.hidden(), expected);
    assert!(without_settings.target.accepted().is_empty());
}

#[test]
fn a_suspicious_record_is_worked_last_and_alone() {
    let setting = setting(FakeQueue::default(), FakeQueue::default());
    let deleted = Arc::clone(&setting.staging.deleted);
    let hidden = Arc::clone(&setting.staging.hidden);
    let killing: Normalizer = |staged, decoding| {
        // After a record kills its invocation, only what was stored before survives.
        assert!(&*staged.original != b"killer");
        echo(staged, decoding)
    };
    let consumer = setting.consumer.with_normalizer(killing);
    let setting = Setting {
        consumer,
        ..setting
    };
    let handed_back = setting.work(vec![
        tried("k1", "k", "killer", 9, 500),
        tried("k2", "k", "k2", 3, 300),
        tried("a1", "a", "a1", 1, 0),
        tried("a2", "a", "a2", 1, 0),
        tried("s1", "s", "s1", 3, 370),
    ]);
    // The test's killer is a panic, which the invocation survives.
    assert!(handed_back.is_empty(), "{handed_back:?}");
    assert_eq!(setting.target.accepted(), ["a1", "a2", "s1", "k2"]);
    // Every record that was done was deleted before the next suspicious one was touched.
    assert_eq!(*deleted.lock().unwrap(), ["a1", "a2", "s1", "k1"]);
    let hidden = hidden.lock().unwrap();
    // Just over the time that the invocation has; for the others, a multiple of it.
    for (receipt, least, most) in [("k1", TIME, TIME + 5), ("s1", TIME, TIME + 5)] {
        let seconds = hidden[receipt];
        assert!((least..=most).contains(&seconds), "{receipt}: {seconds}");
    }
}

#[test]
fn what_stands_behind_a_suspicious_record_is_hidden_for_longer() {
    // Nothing can be deleted after s1, so the records after it stay as isolation has left them.
    let staging = FakeQueue {
        deletes_nothing: true,
        ..FakeQueue::default()
    };
    let setting = setting(staging, FakeQueue::default());
    let handed_back = setting.work(vec![
        tried("s1", "s", "s1", 3, 370),
        tried("s2", "s", "s2", 3, 370),
        tried("k1", "k", "killer", 9, 500),
    ]);
    assert_eq!(setting.target.accepted(), ["s1"]);
    assert_eq!(handed_back, ["s2", "k1"]);
    let (hidden, deleted) = (setting.hidden(), setting.deleted());
    // Handed back, they rest like any other record.
    assert_eq!(hidden[0], ("k1".to_owned(), 1280));
    assert_eq!(hidden[2], ("s2".to_owned(), 20));
    assert!(deleted.is_empty());
}

#[test]
fn what_waited_for_a_target_for_long_goes_on_side_by_side() {
    let setting = setting(FakeQueue::default(), FakeQueue::default());
    let day = 24 * 60 * 60;
    let records = (0..10).map(|n| {
        let name = format!("a{n}");
        tried(&name, &format!("g{n}"), &name, 55, day)
    });
    assert!(setting.work(records.collect()).is_empty());
    assert_eq!(setting.target.accepted().len(), 10);
    assert!(setting.deleted().is_empty());
    assert!(setting.hidden().is_empty());
}

#[test]
fn the_others_are_hidden_once_ten_times_as_long_and_never_longer_than_the_queue_allows() {
    for (time, own, others) in [(Duration::from_secs(TIME), 33, 330), (HOURS, 7_205, 38_880)] {
        let setting = setting(FakeQueue::default(), FakeQueue::default());
        let mut event = SqsEvent::default();
        event.records = vec![
            tried("k1", "k", "k1", 3, 10),
            tried("k2", "k", "k2", 1, 0),
            tried("m1", "m", "m1", 4, 10),
            tried("m2", "m", "m2", 1, 0),
        ];
        let deadline = Instant::now() + time;
        let response = run(setting.consumer.handle(event, Some(deadline))).unwrap();
        assert!(response.batch_item_failures.is_empty());
        // The second of the suspicious records is among the others at first.
        let hidden = setting.hidden();
        let expected = owned(&[("k1", own), ("k2", others), ("m1", own), ("m2", others)]);
        for ((id, time), (expected_id, most)) in hidden.iter().zip(&expected) {
            // A test takes a few seconds at most.
            let least = most - most / 10;
            assert!(
                id == expected_id && (least..=*most).contains(time),
                "{hidden:?}"
            );
        }
        assert_eq!(hidden.len(), expected.len());
    }
}

/// What the observer is told of the records that come again.
fn told(setting: Setting, records: Vec<SqsMessage>) -> Vec<[String; 3]> {
    let observer = Arc::new(Told::default());
    let consumer = setting.consumer.with_observer(Arc::clone(&observer) as _);
    let setting = Setting {
        consumer,
        ..setting
    };
    let handed_back = setting.work(records);
    let told = observer.handed_back.lock().unwrap().clone();
    assert_eq!(handed_back.len(), told.len());
    told
}

/// The record with the id under which it was staged.
fn staged(id: &str, mut message: SqsMessage) -> SqsMessage {
    let name = "MessageDeduplicationId".to_owned();
    message.attributes.insert(name, id.to_owned());
    message
}

#[test]
fn an_observer_is_told_which_records_come_again_and_why() {
    let stuck = setting(
        FakeQueue::default(),
        FakeQueue::failing("stuck", transient()),
    );
    let records = vec![
        record(Some("a1"), "a", "stuck"),
        staged("beef-run7", record(Some("a2"), "a", "a2")),
        record(Some("a3"), "a", "a3"),
    ];
    let staged_id = "0".repeat(64);
    let expected = [
        [staged_id.as_str(), "target_unavailable", "down"],
        ["beef", "after_a_failure", ""],
        ["a3", "after_a_failure", ""],
    ];
    assert_eq!(told(stuck, records), expected);

    // The suspicious record is not touched if the one before it cannot be deleted.
    let denied = FakeQueue {
        deletes_nothing: true,
        ..FakeQueue::default()
    };
    let records = vec![
        tried("a1", "a", "a1", 1, 0),
        staged("cafe-run7", tried("k1", "k", "k1", 3, 10)),
    ];
    let told = told(setting(denied, FakeQueue::default()), records);
    let [[id, reason, detail]] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!([id.as_str(), reason], ["cafe", "staging_unavailable"]);
    assert!(detail.contains("denied"), "{detail}");
}
