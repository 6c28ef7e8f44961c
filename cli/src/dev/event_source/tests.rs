use super::*;
use crate::dev::queues::{DEAD_LETTERS, QUARANTINE, Queues, STAGING};
use sqs_server::{Options, Server};
use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};
use thingrelay::queue::{Queue, SendTimeout};
use thingrelay_core::{
    message::{Fifo, Message as Outgoing},
    queue_url::QueueUrl,
};
use tokio::sync::Notify;

/// The most time that a test waits.
const LIMIT: Duration = Duration::from_secs(30);

type Answers = dyn Fn(&SqsEvent, usize) -> Result<SqsBatchResponse, InvocationError> + Send + Sync;

/// A function with scripted answers, which depend on the batch and the number of batches before it.
/// It records its batches.
struct Scripted {
    answers: Box<Answers>,
    batches: Mutex<Vec<SqsEvent>>,
    /// The groups in progress.
    at_work: Mutex<HashSet<String>>,
    worked: Notify,
}

impl Scripted {
    fn new(
        answers: impl Fn(&SqsEvent, usize) -> Result<SqsBatchResponse, InvocationError>
        + Send
        + Sync
        + 'static,
    ) -> Arc<Scripted> {
        Arc::new(Scripted {
            answers: Box::new(answers),
            batches: Mutex::default(),
            at_work: Mutex::default(),
            worked: Notify::new(),
        })
    }

    fn batches(&self) -> Vec<Vec<String>> {
        let batches = self.batches.lock().unwrap_or_else(PoisonError::into_inner);
        batches.iter().map(bodies).collect()
    }

    async fn until(&self, what: &str, condition: impl Fn(&[Vec<String>]) -> bool) {
        let met = async {
            loop {
                let worked = self.worked.notified();
                if condition(&self.batches()) {
                    return;
                }
                worked.await;
            }
        };
        let waited = tokio::time::timeout(LIMIT, met).await;
        assert!(waited.is_ok(), "{what}: {:?}", self.batches());
    }
}

impl Function for Scripted {
    async fn ready(&self) {}

    async fn invoke(
        &self,
        event: SqsEvent,
        _deadline: Instant,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let groups: HashSet<String> = event
            .records
            .iter()
            .map(|record| record.attributes["MessageGroupId"].clone())
            .collect();
        for group in &groups {
            assert!(
                self.at_work.lock().unwrap().insert(group.clone()),
                "group {group} is worked twice"
            );
        }
        let before = {
            let mut batches = self.batches.lock().unwrap();
            batches.push(event.clone());
            batches.len() - 1
        };
        // Other batches get a chance to run at the same time.
        tokio::task::yield_now().await;
        for group in &groups {
            self.at_work.lock().unwrap().remove(group);
        }
        self.worked.notify_waiters();
        (self.answers)(&event, before)
    }
}

fn bodies(event: &SqsEvent) -> Vec<String> {
    event
        .records
        .iter()
        .map(|record| record.body.clone().unwrap())
        .collect()
}

struct Bench {
    server: Server,
    _running: AbortOnDropHandle<()>,
}

impl Bench {
    /// Sends `messages`, each a group and a body, and runs an event source for them.
    async fn start(
        messages: &[(&str, &str)],
        function: &Arc<Scripted>,
        visibility_timeout: u32,
    ) -> Bench {
        let server = Server::start(Options::default()).await.unwrap();
        let sqs = Sqs::at(&server.endpoint());
        let queues = Queues::make(&sqs, visibility_timeout).await.unwrap();
        let url = QueueUrl::parse(&queues.staging).unwrap();
        let staging = Queue::open(
            &thingrelay::aws::Aws::anywhere(),
            url,
            SendTimeout::Background,
        )
        .await;
        for (group, body) in messages {
            let message = Outgoing {
                body: (*body).to_owned(),
                fifo: Some(Fifo {
                    group: (*group).to_owned(),
                    deduplication: (*body).to_owned(),
                }),
            };
            staging.send(&message).await.unwrap();
        }
        let source = EventSource {
            sqs,
            url: queues.staging.clone(),
            arn: queues.staging_arn.clone(),
            function: Arc::clone(function),
            visibility_timeout,
            batches: 4,
        };
        let running = AbortOnDropHandle::new(tokio::spawn(source.run()));
        Bench {
            server,
            _running: running,
        }
    }

    fn depth(&self, name: &str) -> usize {
        let depth = self.server.depth(name).unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }

    async fn until_depth(&self, name: &str, expected: usize) {
        let deadline = Instant::now() + LIMIT;
        while self.depth(name) != expected {
            assert!(
                Instant::now() < deadline,
                "{name} has {} messages",
                self.depth(name)
            );
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

fn accept_all() -> Result<SqsBatchResponse, InvocationError> {
    Ok(SqsBatchResponse::default())
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_as_lambda_makes_them() {
    let function = Scripted::new(|_, _| accept_all());
    let bench = Bench::start(&[("g", "a-body")], &function, 30).await;
    bench.until_depth(STAGING, 0).await;
    let batches = function.batches.lock().unwrap();
    let record = &batches[0].records[0];
    assert_eq!(record.body.as_deref(), Some("a-body"));
    assert_eq!(
        record.md5_of_body.as_deref(),
        Some("438ca4901cf0bffbf6d0209b40a37802")
    );
    assert_eq!(record.event_source.as_deref(), Some("aws:sqs"));
    assert_eq!(
        record.event_source_arn.as_deref(),
        Some("arn:aws:sqs:us-east-1:000000000000:staging.fifo")
    );
    assert_eq!(record.aws_region.as_deref(), Some("us-east-1"));
    assert!(
        record
            .message_id
            .as_deref()
            .is_some_and(|id| !id.is_empty())
    );
    assert!(record.receipt_handle.is_some());
    let expected = HashMap::from([
        ("MessageGroupId", "g"),
        ("MessageDeduplicationId", "a-body"),
        ("ApproximateReceiveCount", "1"),
    ]);
    for (name, value) in expected {
        assert_eq!(record.attributes[name], value, "{name}");
    }
    for name in [
        "SentTimestamp",
        "SequenceNumber",
        "SenderId",
        "ApproximateFirstReceiveTimestamp",
    ] {
        assert!(record.attributes.contains_key(name), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_groups_are_worked_in_order_in_batches_of_ten_at_most() {
    let numbers: Vec<(String, String)> = (0..20)
        .flat_map(|count| {
            (0..6).map(move |group| (format!("g{group}"), format!("g{group}-{count}")))
        })
        .collect();
    let messages: Vec<(&str, &str)> = numbers
        .iter()
        .map(|(group, body)| (group.as_str(), body.as_str()))
        .collect();
    let function = Scripted::new(|_, _| accept_all());
    let bench = Bench::start(&messages, &function, 30).await;
    bench.until_depth(STAGING, 0).await;
    let batches = function.batches();
    assert!(batches.iter().all(|batch| batch.len() <= 10), "{batches:?}");
    for group in 0..6 {
        let prefix = format!("g{group}-");
        let of_group: Vec<String> = batches
            .concat()
            .into_iter()
            .filter(|body| body.starts_with(&prefix))
            .collect();
        let expected: Vec<String> = (0..20).map(|count| format!("{prefix}{count}")).collect();
        assert_eq!(of_group, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reported_as_failed_comes_again_and_the_rest_is_deleted() {
    let function = Scripted::new(|event, before| {
        let mut response = SqsBatchResponse::default();
        if before == 0 {
            for record in event.records.iter().skip(1) {
                response.add_failure(record.message_id.clone().unwrap());
            }
        }
        Ok(response)
    });
    let bench = Bench::start(&[("g", "1"), ("g", "2"), ("g", "3")], &function, 1).await;
    bench.until_depth(STAGING, 0).await;
    let worked = function.batches().concat();
    let first_of = |body: &str| worked.iter().filter(|other| *other == body).count();
    assert_eq!(first_of("1"), 1, "{worked:?}");
    let last: Vec<&String> = worked.iter().rev().take(2).collect();
    assert_eq!(last, ["3", "2"], "{worked:?}");
}

/// Whatever is wrong with the first answer, the whole batch comes again.
async fn check_that_all_of_the_batch_comes_again(function: Arc<Scripted>) {
    let bench = Bench::start(&[("g", "1")], &function, 1).await;
    function
        .until("the batch again", |batches| batches.len() >= 2)
        .await;
    bench.until_depth(STAGING, 0).await;
    assert_eq!(function.batches(), [["1"], ["1"]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_id_fails_the_batch() {
    check_that_all_of_the_batch_comes_again(Scripted::new(|_, before| {
        let mut response = SqsBatchResponse::default();
        if before == 0 {
            response.add_failure("of another batch");
        }
        Ok(response)
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_id_fails_the_batch() {
    check_that_all_of_the_batch_comes_again(Scripted::new(|_, before| {
        let mut response = SqsBatchResponse::default();
        if before == 0 {
            response.add_failure("");
        }
        Ok(response)
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_error_fails_the_batch() {
    check_that_all_of_the_batch_comes_again(Scripted::new(|_, before| match before {
        0 => Err(InvocationError::Failed("not now".into())),
        _ => accept_all(),
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_fails_the_batch_and_nothing_else() {
    check_that_all_of_the_batch_comes_again(Scripted::new(|_, before| {
        assert_ne!(before, 0, "a panic that the test makes");
        accept_all()
    }))
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn queues_that_are_there_are_brought_up_to_date() {
    let server = Server::start(Options::default()).await.unwrap();
    let sqs = Sqs::at(&server.endpoint());
    let first = Queues::make(&sqs, 30).await.unwrap();
    let second = Queues::make(&sqs, 7).await.unwrap();
    assert_eq!(first.staging, second.staging);
    assert_eq!(
        server.monitor().queue_names(),
        [DEAD_LETTERS, QUARANTINE, STAGING]
    );
}
