use super::*;
use crate::settings::documents::ReadError;
use std::sync::{
    Mutex as Lock,
    atomic::{AtomicI64, AtomicUsize},
};
use thingrelay_core::{config::EdgeSource, source::SourceName};

const OLD: &str = r#"sources.old = { platform = "tencent-iot-hub", allow_unsigned = true }"#;
const NEW: &str = r#"sources.new = { platform = "tencent-iot-hub", allow_unsigned = true }"#;

/// The result of reading.
#[derive(Debug, Clone)]
enum Answer {
    Text(&'static str),
    Failure,
    Panic,
    /// A text that comes when the permit is given.
    Late(&'static str),
    /// A failure that comes when the permit is given.
    LateFailure,
}

#[derive(Debug)]
struct Store {
    answer: Lock<Answer>,
    permits: tokio::sync::Semaphore,
    reads: AtomicUsize,
}

impl ReadDocuments for Arc<Store> {
    async fn read(&self) -> Result<Vec<String>, ReadError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        match answer {
            Answer::Text(text) => Ok(vec![text.to_owned()]),
            Answer::Failure => Err(down()),
            Answer::Panic => panic!("a bug in the store"),
            Answer::Late(text) => {
                self.permits.acquire().await.unwrap().forget();
                Ok(vec![text.to_owned()])
            }
            Answer::LateFailure => {
                self.permits.acquire().await.unwrap().forget();
                Err(down())
            }
        }
    }
}

fn down() -> ReadError {
    ReadError::Aws {
        place: "the store".to_owned(),
        source: "down".into(),
    }
}

struct Run {
    store: Arc<Store>,
    now: Arc<AtomicI64>,
    monotonic: Arc<AtomicI64>,
    refresh: Refresh<EdgeSource, Arc<Store>>,
}

impl Run {
    async fn begin() -> Run {
        Run::begin_with(Answer::Text(OLD)).await
    }

    async fn begin_with(answer: Answer) -> Run {
        let store = Arc::new(Store {
            answer: Lock::new(answer),
            permits: tokio::sync::Semaphore::new(0),
            reads: AtomicUsize::new(0),
        });
        let now = Arc::new(AtomicI64::new(1_750_000_000_000));
        let monotonic = Arc::new(AtomicI64::new(0));
        let clock = |time: &Arc<AtomicI64>| {
            let time = Arc::clone(time);
            Clock::from_fn(move || Timestamp::from_unix_millis(time.load(Ordering::SeqCst)))
        };
        let mut refresh = Refresh::begin_or_wait(Arc::clone(&store), clock(&now)).await;
        refresh.clocks.monotonic = clock(&monotonic);
        Run {
            store,
            now,
            monotonic,
            refresh,
        }
    }

    fn answer(&self, answer: Answer) {
        *self.store.answer.lock().unwrap() = answer;
    }

    /// The source in use after another message, `seconds` later.
    async fn after(&self, seconds: i64) -> String {
        self.pass(seconds, seconds);
        self.refresh.refresh().await;
        let config = self.refresh.current_config().current();
        config.sources.keys().map(ToString::to_string).collect()
    }

    /// Ends a reading while no message looks.
    async fn end_reading(&self) {
        self.store.permits.add_permits(1);
        let state = self.refresh.state.lock().await;
        while !state.reading.as_ref().unwrap().is_finished() {
            tokio::task::yield_now().await;
        }
    }

    fn pass(&self, wall: i64, monotonic: i64) {
        self.now.fetch_add(wall * 1000, Ordering::SeqCst);
        self.monotonic.fetch_add(monotonic * 1000, Ordering::SeqCst);
    }

    fn reads(&self) -> usize {
        self.store.reads.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn what_can_wait_begins_without_documents_and_reads_them_again() {
    for unreadable in [Answer::Failure, Answer::Text("sources = [")] {
        let run = Run::begin_with(unreadable).await;
        assert!(!run.refresh.has_begun());
        assert_eq!(run.after(29).await, "");
        assert_eq!(run.store.reads.load(Ordering::SeqCst), 1);
        run.answer(Answer::Failure);
        assert_eq!(run.after(1).await, "");
        assert!(!run.refresh.has_begun());
        run.answer(Answer::Text(OLD));
        assert_eq!(run.after(30).await, "old");
        assert!(run.refresh.has_begun());
        // From then on, everything is as usual.
        run.answer(Answer::Failure);
        assert_eq!(run.after(300).await, "old");
        assert!(run.refresh.has_begun());
    }
}

#[tokio::test]
async fn documents_are_kept_for_five_minutes() {
    let run = Run::begin().await;
    run.answer(Answer::Text(NEW));
    assert_eq!(run.after(0).await, "old");
    assert_eq!(run.after(299).await, "old");
    assert_eq!(run.reads(), 1);
    assert_eq!(run.after(1).await, "new");
    assert_eq!(run.after(299).await, "new");
    assert_eq!(run.reads(), 2);
    // The clock was set back by an hour.
    assert_eq!(run.after(-3600).await, "new");
    assert_eq!(run.reads(), 3);
}

#[tokio::test]
async fn old_ones_stay_in_use_while_new_ones_cannot_be_had() {
    let failures = [
        Answer::Failure,
        Answer::Panic,
        Answer::Text("sources = 1"),
        Answer::Text("no document"),
    ];
    for failure in failures {
        let run = Run::begin().await;
        run.answer(failure.clone());
        assert_eq!(run.after(300).await, "old", "{failure:?}");
        assert_eq!(run.after(29).await, "old", "{failure:?}");
        assert_eq!(run.reads(), 2, "{failure:?}");
        assert_eq!(run.after(1).await, "old", "{failure:?}");
        assert_eq!(run.reads(), 3, "{failure:?}");
        run.answer(Answer::Text(NEW));
        assert_eq!(run.after(30).await, "new", "{failure:?}");
    }
}

#[tokio::test]
async fn no_message_waits_long_for_documents() {
    let run = Run::begin().await;
    run.answer(Answer::Late(NEW));
    let begun = std::time::Instant::now();
    assert_eq!(run.after(300).await, "old");
    assert!(begun.elapsed() < MESSAGE_WAIT * 5, "{:?}", begun.elapsed());
    assert_eq!(run.after(1).await, "old");
    assert_eq!(run.reads(), 2, "one reading at a time");
    run.store.permits.add_permits(1);
    assert_eq!(run.after(1).await, "new");
    assert_eq!(run.reads(), 2);
}

#[tokio::test]
async fn one_message_reads_and_others_go_on() {
    let run = Run::begin().await;
    run.answer(Answer::Late(NEW));
    run.now.fetch_add(300_000, Ordering::SeqCst);
    let (first, others, _) = tokio::join!(
        async {
            run.refresh.refresh().await;
            run.refresh.current_config().current()
        },
        async {
            run.refresh.refresh().await;
            run.refresh.current_config().current()
        },
        async { run.store.permits.add_permits(1) },
    );
    assert!(first.sources.keys().all(|name| name.as_str() == "new"));
    assert!(others.sources.keys().all(|name| name.as_str() == "old"));
    assert_eq!(run.reads(), 2);
}

#[tokio::test]
async fn a_function_without_any_documents_does_not_begin() {
    let store = |answer| {
        Arc::new(Store {
            answer: Lock::new(answer),
            permits: tokio::sync::Semaphore::new(0),
            reads: AtomicUsize::new(0),
        })
    };
    let begin = |answer| Refresh::<EdgeSource, _>::begin(store(answer), Clock::system());
    let unread = begin(Answer::Failure).await.unwrap_err();
    assert_eq!(unread.to_string(), "the store cannot be read: down");
    let wrong = begin(Answer::Text("sources = 1")).await.unwrap_err();
    assert!(matches!(wrong, SettingsError::Wrong(_)), "{wrong}");
}

#[tokio::test]
async fn a_window_begins_with_new_documents_and_waits_for_them() {
    let run = Run::begin().await;
    run.answer(Answer::Text(NEW));
    run.now.fetch_add(29_000, Ordering::SeqCst);
    run.refresh.renew().await;
    assert_eq!(run.reads(), 1);
    run.now.fetch_add(1_000, Ordering::SeqCst);
    run.refresh.renew().await;
    assert_eq!(run.reads(), 2);
    assert_eq!(run.after(0).await, "new");

    // A reading that takes longer than a message waits still ends in time for the window.
    run.answer(Answer::Late(OLD));
    run.now.fetch_add(300_000, Ordering::SeqCst);
    let grant = async {
        tokio::time::sleep(MESSAGE_WAIT + Duration::from_millis(200)).await;
        run.store.permits.add_permits(1);
    };
    tokio::join!(run.refresh.renew(), grant);
    assert_eq!(run.after(0).await, "old");
}

/// The clocks after a freeze of half an hour: the kernel may have stopped its monotonic clock
/// meanwhile, and a person may have set the wall clock.
const FREEZES: [(i64, i64); 4] = [(1800, 0), (1800, 1800), (0, 1800), (-60, 0)];

#[tokio::test]
async fn what_a_freeze_has_cut_in_two_is_read_again() {
    for (wall, monotonic) in FREEZES {
        for late in [Answer::Late(OLD), Answer::LateFailure] {
            let run = Run::begin().await;
            run.answer(late.clone());
            assert_eq!(run.after(300).await, "old");
            run.pass(wall, monotonic);
            run.answer(Answer::Text(NEW));
            run.store.permits.add_permits(1);
            // Neither an old document nor a failure that does not count: it is read again at once.
            assert_eq!(run.after(0).await, "new", "{wall} {monotonic} {late:?}");
            assert_eq!(run.reads(), 3, "{wall} {monotonic} {late:?}");
            assert_eq!(run.after(299).await, "new");
            assert_eq!(run.reads(), 3, "{wall} {monotonic} {late:?}");
        }
    }
}

/// The reading ended before the freeze, and nobody looked at its result.
#[tokio::test]
async fn a_document_that_lay_there_for_the_freeze_is_read_again() {
    let run = Run::begin().await;
    run.answer(Answer::Late(OLD));
    assert_eq!(run.after(300).await, "old");
    run.end_reading().await;
    run.answer(Answer::Text(NEW));
    assert_eq!(run.after(1800).await, "new");
    assert_eq!(run.reads(), 3);
}

#[tokio::test]
async fn a_reading_that_fails_by_itself_is_a_failure_whenever_somebody_looks() {
    let run = Run::begin().await;
    run.answer(Answer::LateFailure);
    assert_eq!(run.after(300).await, "old");
    run.end_reading().await;
    run.answer(Answer::Text(NEW));
    assert_eq!(run.after(10).await, "old");
    assert_eq!(run.reads(), 2);
    assert_eq!(run.after(30).await, "new");
}

#[tokio::test]
async fn readings_that_never_end_in_time_are_a_failure_in_the_end() {
    let run = Run::begin().await;
    run.answer(Answer::Late(NEW));
    assert_eq!(run.after(300).await, "old");
    for cut in 2..=5 {
        run.store.permits.add_permits(1);
        assert_eq!(run.after(60).await, "old");
        assert_eq!(run.reads(), cut + 1);
    }
    run.store.permits.add_permits(1);
    // Nothing is read for half a minute, as after any failure.
    assert_eq!(run.after(60).await, "old");
    assert_eq!(run.after(29).await, "old");
    assert_eq!(run.reads(), 6);
}

const SLIP: &str = r#"
    sources.old = { platform = "tencent-iot-hub", allow_unsigned = true, payload = "yaml" }
    sources.new = { platform = "tencent-iot-hub", allow_unsigned = true }
    targets.a = { type = "sqs" }
"#;
const TARGET: &str = r#"
    sources.old = { platform = "tencent-iot-hub", allow_unsigned = true }
    targets.a = { type = "sqs", queue_url = "http://127.0.0.1:9/0/a.fifo" }
"#;

#[tokio::test]
async fn a_slip_costs_no_source_its_last_good_settings() {
    let run = Run::begin().await;
    run.answer(Answer::Text(TARGET));
    assert_eq!(run.after(300).await, "old");
    run.answer(Answer::Text(SLIP));
    assert_eq!(run.after(300).await, "newold");
    assert_eq!(run.refresh.current_config().current().targets.len(), 1);
    assert!(run.refresh.current_config().current().broken.is_empty());
    // It is read again soon, because a person is about to correct it.
    run.answer(Answer::Text(NEW));
    assert_eq!(run.after(30).await, "new");
}

#[tokio::test]
async fn a_source_that_was_never_right_is_out_of_use_and_its_siblings_are_not() {
    let store = Arc::new(Store {
        answer: Lock::new(Answer::Text(SLIP)),
        permits: tokio::sync::Semaphore::new(0),
        reads: AtomicUsize::new(0),
    });
    let begun = Refresh::<EdgeSource, _>::begin(store, Clock::system()).await;
    let config = begun.unwrap().current_config().current();
    assert!(config.sources.keys().all(|name| name.as_str() == "new"));
    let broken = config.broken.sources.keys();
    assert!(broken.map(SourceName::as_str).eq(["old"]));
    assert!(config.broken.targets.keys().eq(["a"]));
}

#[tokio::test]
async fn last_good_tokens_that_another_source_has_by_now_are_not_kept() {
    const ONE: &str =
        r#"sources.a = { platform = "tencent-iot-hub", tokens = ["k3J9xQ7pLm2Vt8Wz"] }"#;
    const MOVED: &str = r#"
        sources.a = { platform = "tencent-iot-hub", tokens = ["weak"] }
        sources.b = { platform = "tencent-iot-hub", tokens = ["k3J9xQ7pLm2Vt8Wz"] }
    "#;
    let run = Run::begin().await;
    run.answer(Answer::Text(ONE));
    assert_eq!(run.after(300).await, "a");
    run.answer(Answer::Text(MOVED));
    assert_eq!(run.after(300).await, "b");
}
