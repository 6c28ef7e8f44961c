use super::*;
use std::sync::{
    Mutex as Lock,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

const OLD: &str = r#"sources.old = { platform = "tencent-iot-hub", allow_unsigned = true }"#;
const NEW: &str = r#"sources.new = { platform = "tencent-iot-hub", allow_unsigned = true }"#;

/// What reading gives.
#[derive(Debug, Clone)]
enum Answer {
    Text(&'static str),
    Failure,
    Panic,
    /// A text that comes when the permit does.
    Late(&'static str),
}

#[derive(Debug)]
struct Store {
    answer: Lock<Answer>,
    permits: tokio::sync::Semaphore,
    reads: AtomicUsize,
}

impl Read for Arc<Store> {
    async fn read(&self) -> Result<Vec<String>, ReadError> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        let answer = self.answer.lock().unwrap().clone();
        match answer {
            Answer::Text(text) => Ok(vec![text.to_owned()]),
            Answer::Failure => Err(ReadError {
                place: "the store".to_owned(),
                reason: "down".to_owned(),
            }),
            Answer::Panic => panic!("a bug in the store"),
            Answer::Late(text) => {
                self.permits.acquire().await.unwrap().forget();
                Ok(vec![text.to_owned()])
            }
        }
    }
}

struct Run {
    store: Arc<Store>,
    now: Arc<AtomicI64>,
    refresh: Refresh<Arc<Store>>,
}

impl Run {
    async fn begin() -> Run {
        let store = Arc::new(Store {
            answer: Lock::new(Answer::Text(OLD)),
            permits: tokio::sync::Semaphore::new(0),
            reads: AtomicUsize::new(0),
        });
        let now = Arc::new(AtomicI64::new(1_750_000_000_000));
        let clock = Clock::from_fn({
            let now = Arc::clone(&now);
            move || Timestamp::from_unix_millis(now.load(Ordering::SeqCst))
        });
        let refresh = Refresh::begin(Arc::clone(&store), Reader::Edge, clock)
            .await
            .unwrap();
        Run {
            store,
            now,
            refresh,
        }
    }

    fn answer(&self, answer: Answer) {
        *self.store.answer.lock().unwrap() = answer;
    }

    /// The source in use after another message, `seconds` later.
    async fn after(&self, seconds: i64) -> String {
        self.now.fetch_add(seconds * 1000, Ordering::SeqCst);
        self.refresh.refresh().await;
        let config = self.refresh.live().current();
        config.sources.keys().map(ToString::to_string).collect()
    }

    fn reads(&self) -> usize {
        self.store.reads.load(Ordering::SeqCst)
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
        Answer::Text(r#"sources.x = { platform = "tencent-iot-hub", tokens = ["weak"] }"#),
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
    assert!(begun.elapsed() < WAIT * 5, "{:?}", begun.elapsed());
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
            run.refresh.live().current()
        },
        async {
            run.refresh.refresh().await;
            run.refresh.live().current()
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
    let begin = |answer| Refresh::begin(store(answer), Reader::Edge, Clock::system());
    let unread = begin(Answer::Failure).await.unwrap_err();
    assert_eq!(unread.to_string(), "the store cannot be read: down");
    let wrong = begin(Answer::Text("sources = 1")).await.unwrap_err();
    assert!(matches!(wrong, Unavailable::Wrong(_)), "{wrong}");
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

    // What takes longer than a message would wait is still there in time for the window.
    run.answer(Answer::Late(OLD));
    run.now.fetch_add(300_000, Ordering::SeqCst);
    let grant = async {
        tokio::time::sleep(WAIT + Duration::from_millis(200)).await;
        run.store.permits.add_permits(1);
    };
    tokio::join!(run.refresh.renew(), grant);
    assert_eq!(run.after(0).await, "old");
}
