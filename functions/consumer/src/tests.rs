mod again;
mod archiving;
mod retries;
mod routing;
mod shipped;

use super::*;
use aws_lambda_events::sqs::SqsMessage;
use std::{collections::HashMap, sync::Mutex, time::Instant};
use thingrelay::queue::{ReceiptError, SendError};
use thingrelay_core::{
    config::ConsumerConfig,
    message::{MAX_BYTES, Message},
    normalize::{NormalizeError, OutgoingEvent},
    source::Decoding,
    staged::Staged,
    timestamp::Timestamp,
};

/// A queue that refuses bodies with one of its words, and that notes which records received from it
/// were deleted or hidden.
#[derive(Default, Clone)]
struct FakeQueue {
    refuses: Vec<(&'static str, Option<SendError>)>,
    accepted: Arc<Mutex<Vec<String>>>,
    deletes_nothing: bool,
    /// The seconds for which a record was last hidden, by its receipt.
    hidden: Arc<Mutex<HashMap<String, u64>>>,
    deleted: Arc<Mutex<Vec<String>>>,
    is_standard: bool,
    /// The number of messages in each call.
    calls: Arc<Mutex<Vec<usize>>>,
}

impl FakeQueue {
    fn failing(word: &'static str, error: SendError) -> Self {
        FakeQueue {
            refuses: vec![(word, Some(error))],
            ..FakeQueue::default()
        }
    }

    fn accepted(&self) -> Vec<String> {
        self.accepted.lock().unwrap().clone()
    }
}

impl<M: AsRef<Message> + Sync> Sender<M> for FakeQueue {
    fn keeps_order(&self) -> bool {
        !self.is_standard
    }

    async fn send_batch(&self, messages: &[&M]) -> Vec<Result<(), SendError>> {
        self.calls.lock().unwrap().push(messages.len());
        messages
            .iter()
            .map(|message| (*message).as_ref())
            .map(|message| {
                if let Some((_, Some(error))) = self
                    .refuses
                    .iter()
                    .find(|(word, _)| message.body.contains(word))
                {
                    return Err(error.clone());
                }
                if message.body.len() > MAX_BYTES {
                    return Err(SendError::Permanent("too_large".into()));
                }
                self.accepted.lock().unwrap().push(message.body.clone());
                Ok(())
            })
            .collect()
    }
}

impl Staging for FakeQueue {
    async fn hide(&self, records: &[(&str, Duration)]) -> Result<(), ReceiptError> {
        let mut hidden = self.hidden.lock().unwrap();
        for (receipt, time) in records {
            hidden.insert((*receipt).to_owned(), time.as_secs());
        }
        Ok(())
    }

    async fn delete(&self, receipts: &[&str]) -> Result<(), ReceiptError> {
        if self.deletes_nothing {
            return Err(ReceiptError {
                asked: receipts.len(),
                failed: receipts.len(),
                source: "denied".into(),
            });
        }
        let mut deleted = self.deleted.lock().unwrap();
        deleted.extend(receipts.iter().map(|receipt| (*receipt).to_owned()));
        Ok(())
    }
}

/// Keeps what it is told of events, and of records that come again.
#[derive(Default)]
struct Told {
    forwarded: Mutex<Vec<String>>,
    unrouted: Mutex<Vec<String>>,
    /// The id, the reason and its detail.
    handed_back: Mutex<Vec<[String; 3]>>,
}

impl Observer for Told {
    fn read(&self, _: &str, _: &str, _: &[OutgoingEvent]) {}

    fn forwarded(&self, event: &OutgoingEvent) {
        self.forwarded.lock().unwrap().push(event.json.clone());
    }

    fn unrouted(&self, event: &OutgoingEvent) {
        self.unrouted.lock().unwrap().push(event.json.clone());
    }

    fn quarantined(&self, _: &str, _: &str, _: &str) {}

    fn handed_back(&self, id: &str, reason: &str, detail: &str) {
        let told = [id, reason, detail].map(str::to_owned);
        self.handed_back.lock().unwrap().push(told);
    }
}

fn queues<S: Default>(targets: Vec<S>, quarantine: S) -> Queues<S, S> {
    Queues {
        staging: S::default(),
        targets: Targets::new(targets),
        quarantine,
    }
}

fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

/// Gives one event per message: the original, from the device named by its first letter. The body
/// `panic` panics, and `bad` cannot be understood.
fn echo(staged: &Staged<'_>, _: Decoding) -> Result<Vec<OutgoingEvent>, NormalizeError> {
    let text = String::from_utf8_lossy(&staged.original).into_owned();
    assert!(text != "panic", "a bug on this input");
    if text == "bad" {
        return Err(NormalizeError::NotJson);
    }
    let device = text.get(..1).unwrap_or("d");
    let original =
        format!(r#"{{"devicename":"{device}","productid":"p","topic":"t","payload":1}}"#);
    let mut events = normalize::normalize(
        &Staged {
            original: original.into_bytes().into(),
            ..staged.clone()
        },
        Decoding::default(),
    )?;
    for event in &mut events {
        event.json.clone_from(&text);
    }
    Ok(events)
}

fn record(id: Option<&str>, group: &str, body: &str) -> SqsMessage {
    let line = format!(
        r#"{{"v":1,"id":"{}","source":"meters","platform":"tencent-iot-hub","channel":"http","received":1,"encoding":"text"}}"#,
        "0".repeat(64)
    );
    raw_record(id, group, &format!("{line}\n{body}"))
}

fn raw_record(id: Option<&str>, group: &str, body: &str) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = id.map(str::to_owned);
    message.receipt_handle = id.map(str::to_owned);
    message.body = Some(body.to_owned());
    message
        .attributes
        .insert("MessageGroupId".to_owned(), group.to_owned());
    message
}

struct Outcome {
    handed_back: Result<Vec<String>, BatchError>,
    forwarded: Vec<String>,
    quarantined: Vec<String>,
}

fn work(records: Vec<SqsMessage>, target: FakeQueue, quarantine: FakeQueue) -> Outcome {
    work_by("", records, target, quarantine)
}

fn work_by(
    settings: &str,
    records: Vec<SqsMessage>,
    target: FakeQueue,
    quarantine: FakeQueue,
) -> Outcome {
    let config = ConsumerConfig::usable(&[settings]).unwrap();
    let consumer = Consumer::new(
        Arc::new(CurrentConfig::new(config)),
        queues(vec![target.clone()], quarantine.clone()),
        Clock::from_fn(|| Timestamp::from_unix_millis(0)),
    )
    .with_normalizer(echo);
    let mut event = SqsEvent::default();
    event.records = records;
    let response = run(consumer.handle(event, None));
    Outcome {
        handed_back: response.map(|response| {
            response
                .batch_item_failures
                .into_iter()
                .map(|f| f.item_identifier)
                .collect()
        }),
        forwarded: target.accepted(),
        quarantined: quarantine.accepted(),
    }
}

fn transient() -> SendError {
    SendError::Transient("down".into())
}

#[test]
fn an_empty_batch_is_done() {
    let outcome = work(Vec::new(), FakeQueue::default(), FakeQueue::default());
    assert_eq!(outcome.handed_back, Ok(Vec::new()));
}

#[test]
fn after_a_failure_the_rest_of_the_group_is_handed_back_and_others_go_on() {
    let records = vec![
        record(Some("a1"), "a", "a1"),
        record(Some("b1"), "b", "b1 stuck"),
        record(Some("a2"), "a", "a2"),
        record(Some("b2"), "b", "b2"),
        record(Some("b3"), "b", "b3"),
        record(Some("a3"), "a", "a3"),
    ];
    let outcome = work(
        records,
        FakeQueue::failing("stuck", transient()),
        FakeQueue::default(),
    );
    assert_eq!(
        outcome.handed_back,
        Ok(vec!["b1".into(), "b2".into(), "b3".into()])
    );
    assert_eq!(outcome.forwarded, ["a1", "a2", "a3"]);
}

#[test]
fn a_batch_of_one_device_is_one_call_to_a_standard_target() {
    let records = || -> Vec<SqsMessage> {
        (0..10)
            .map(|number| record(Some(&format!("a{number}")), "a", &format!("a{number}")))
            .collect()
    };
    for (is_standard, calls) in [(true, vec![10]), (false, vec![1; 10])] {
        let target = FakeQueue {
            is_standard,
            ..FakeQueue::default()
        };
        let outcome = work(records(), target.clone(), FakeQueue::default());
        assert_eq!(outcome.handed_back, Ok(Vec::new()));
        assert_eq!(outcome.forwarded.len(), 10);
        assert_eq!(*target.calls.lock().unwrap(), calls);
    }
}

#[test]
fn without_an_order_a_failure_hands_back_that_record_alone() {
    let records = vec![
        record(Some("a1"), "a", "a1"),
        record(Some("a2"), "a", "a2 stuck"),
        record(Some("a3"), "a", "a3"),
    ];
    let target = FakeQueue {
        is_standard: true,
        ..FakeQueue::failing("stuck", transient())
    };
    let outcome = work(records, target, FakeQueue::default());
    assert_eq!(outcome.handed_back, Ok(vec!["a2".into()]));
    assert_eq!(outcome.forwarded, ["a1", "a3"]);
}

#[test]
fn a_record_that_panics_goes_to_quarantine_and_its_group_goes_on() {
    let records = vec![
        record(Some("a1"), "a", "panic"),
        record(Some("b1"), "b", "b1"),
        record(Some("a2"), "a", "a2"),
    ];
    let body = records[0].body.clone().unwrap();
    let outcome = work(records, FakeQueue::default(), FakeQueue::default());
    assert_eq!(outcome.handed_back, Ok(Vec::new()));
    assert_eq!(outcome.forwarded, ["b1", "a2"]);
    let [quarantined] = outcome.quarantined.as_slice() else {
        panic!("{:?}", outcome.quarantined);
    };
    let (line, rest) = quarantined.split_once('\n').unwrap();
    assert!(line.contains(r#""reason":"panic""#), "{line}");
    // The panic's own text may quote the message.
    assert!(!line.contains("a bug on this input"), "{line}");
    assert_eq!(rest, body);
}

#[test]
fn a_record_of_a_newer_version_is_handed_back_with_its_group() {
    let newer = |line: &str| format!("{line}\n{{}}");
    for body in [
        newer(r#"{"v":4,"id":1,"form":{"of":"the next version"}}"#),
        newer(r#"{"v":1000,"failure":"another_word"}"#),
    ] {
        let records = vec![
            raw_record(Some("a1"), "a", &body),
            record(Some("a2"), "a", "a2"),
            record(Some("b1"), "b", "b1"),
        ];
        let outcome = work(records, FakeQueue::default(), FakeQueue::default());
        assert_eq!(outcome.handed_back, Ok(vec!["a1".into(), "a2".into()]));
        assert_eq!(outcome.forwarded, ["b1"]);
        assert_eq!(outcome.quarantined, [""; 0]);
    }
}

#[test]
fn what_cannot_be_understood_goes_to_quarantine_whole_and_its_group_goes_on() {
    let records = vec![
        record(Some("a1"), "a", "bad"),
        raw_record(Some("a2"), "a", "no provenance"),
        record(Some("a3"), "a", "a3"),
    ];
    let bodies: Vec<String> = records
        .iter()
        .map(|record| record.body.clone().unwrap())
        .collect();
    let outcome = work(records, FakeQueue::default(), FakeQueue::default());
    assert_eq!(outcome.handed_back, Ok(Vec::new()));
    assert_eq!(outcome.forwarded, ["a3"]);
    for (quarantined, (reason, body)) in outcome
        .quarantined
        .iter()
        .zip([("not_json", &bodies[0]), ("unreadable_record", &bodies[1])])
    {
        let (line, rest) = quarantined.split_once('\n').unwrap();
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!(line["reason"], reason);
        assert_eq!(line["at"], "1970-01-01T00:00:00Z");
        assert_eq!(rest, body);
    }
    assert_eq!(outcome.quarantined.len(), 2);
}

#[test]
fn a_record_that_is_too_large_for_one_message_goes_to_quarantine_in_parts() {
    let large = "x".repeat(MAX_BYTES);
    let records = vec![
        raw_record(Some("a1"), "a", &large),
        record(Some("a2"), "a", "a2"),
    ];
    let outcome = work(records, FakeQueue::default(), FakeQueue::default());
    assert_eq!(outcome.handed_back, Ok(Vec::new()));
    assert_eq!(outcome.forwarded, ["a2"]);
    let parts = outcome.quarantined.iter();
    let parts = parts.map(|part| part.split_once('\n').unwrap().1);
    assert!(parts.collect::<String>() == large);
}

#[test]
fn what_the_edge_could_not_open_goes_to_quarantine_with_its_reason() {
    let line = |failure: &str| {
        let id = "0".repeat(64);
        format!(
            r#"{{"v":2,"id":"{id}","source":"house","platform":"tuya","channel":"pulsar","received":1,"tuya":{{"topic":"t","message_id":"m","sign":"absent"}},"failure":"{failure}","encoding":"text"}}"#
        )
    };
    for reason in [
        "not_json",
        "no_data",
        "not_base64",
        "decryption_failed",
        "bad_signature",
        "too_large",
        "refused_by_queue",
        "panic",
    ] {
        // Normalising it would have panicked.
        let body = format!("{}\npanic", line(reason));
        let records = vec![
            raw_record(Some("1"), "a", &body),
            record(Some("2"), "a", "after"),
        ];
        let quarantine = FakeQueue::default();
        let outcome = work(records, FakeQueue::default(), quarantine);
        assert_eq!(outcome.handed_back, Ok(Vec::new()), "{reason}");
        assert_eq!(outcome.forwarded, ["after"], "{reason}");
        let [quarantined] = outcome.quarantined.as_slice() else {
            panic!("{reason}: {:?}", outcome.quarantined);
        };
        let (why, original) = quarantined.split_once('\n').unwrap();
        assert!(why.contains(&format!(r#""reason":"{reason}""#)), "{why}");
        assert_eq!(original, body);
    }
}

#[test]
fn what_a_target_refuses_for_good_goes_to_quarantine() {
    let records = vec![
        record(Some("a1"), "a", "a1 never"),
        record(Some("a2"), "a", "a2"),
    ];
    let outcome = work(
        records,
        FakeQueue::failing("never", SendError::Permanent("too_large".into())),
        FakeQueue::default(),
    );
    assert_eq!(outcome.handed_back, Ok(Vec::new()));
    assert_eq!(outcome.forwarded, ["a2"]);
    assert_eq!(outcome.quarantined.len(), 1);
    assert!(outcome.quarantined[0].contains("refused_by_target"));
}

#[test]
fn without_quarantine_the_record_comes_again() {
    for error in [transient(), SendError::Permanent("too_large".into())] {
        let records = vec![
            record(Some("a1"), "a", "bad"),
            record(Some("a2"), "a", "a2"),
        ];
        let outcome = work(records, FakeQueue::default(), FakeQueue::failing("", error));
        assert_eq!(outcome.handed_back, Ok(vec!["a1".into(), "a2".into()]));
        assert_eq!(outcome.forwarded, [""; 0]);
    }
}

#[test]
fn a_record_without_an_id_fails_the_batch_only_if_it_has_to_come_again() {
    for id in [None, Some("")] {
        let fine = work(
            vec![record(id, "a", "a1")],
            FakeQueue::default(),
            FakeQueue::default(),
        );
        assert_eq!(fine.handed_back, Ok(Vec::new()));
        assert_eq!(fine.forwarded, ["a1"]);
        let stuck = work(
            vec![record(id, "a", "stuck")],
            FakeQueue::failing("stuck", transient()),
            FakeQueue::default(),
        );
        assert_eq!(stuck.handed_back, Err(BatchError));
    }
}

#[test]
fn what_is_left_at_the_deadline_is_handed_back() {
    let consumer = Consumer::new(
        Arc::new(CurrentConfig::new(ConsumerConfig::default())),
        queues(vec![FakeQueue::default()], FakeQueue::default()),
        Clock::system(),
    );
    let mut event = SqsEvent::default();
    event.records = vec![record(Some("a1"), "a", "a1"), record(Some("b1"), "b", "b1")];
    let response = run(consumer.handle(event, Some(Instant::now()))).unwrap();
    assert_eq!(response.batch_item_failures.len(), 2);
}

/// A queue that accepts calls and never answers.
#[derive(Default)]
struct SilentQueue;

impl Staging for SilentQueue {
    async fn hide(&self, _: &[(&str, Duration)]) -> Result<(), ReceiptError> {
        std::future::pending().await
    }

    async fn delete(&self, _: &[&str]) -> Result<(), ReceiptError> {
        std::future::pending().await
    }
}

impl<M: AsRef<Message> + Sync> Sender<M> for SilentQueue {
    async fn send_batch(&self, _: &[&M]) -> Vec<Result<(), SendError>> {
        std::future::pending().await
    }
}

#[test]
fn no_call_outlasts_the_deadline() {
    let consumer = Consumer::new(
        Arc::new(CurrentConfig::new(ConsumerConfig::default())),
        queues(vec![SilentQueue], SilentQueue),
        Clock::system(),
    )
    .with_normalizer(echo);
    for bodies in [
        ["a1", "a2", "b1"],
        ["bad", "a2", "bad"],
        ["bad", "a2", "b1"],
    ] {
        let [a1, a2, b1] = bodies;
        let mut event = SqsEvent::default();
        event.records = vec![
            record(Some("a1"), "a", a1),
            record(Some("a2"), "a", a2),
            record(Some("b1"), "b", b1),
        ];
        let deadline = Instant::now() + Duration::from_millis(50);
        let work = async {
            let handling = consumer.handle(event, Some(deadline));
            tokio::time::timeout(Duration::from_secs(20), handling).await
        };
        let response = run(work).unwrap().unwrap();
        let failures = response.batch_item_failures.into_iter();
        let mut ids: Vec<String> = failures.map(|failure| failure.item_identifier).collect();
        ids.sort_unstable();
        assert_eq!(ids, ["a1", "a2", "b1"], "{bodies:?}");
    }
}

#[test]
fn what_one_target_refuses_for_good_reaches_the_others() {
    let never = SendError::Permanent("too_large".into());
    for position in 0..2 {
        let mut targets = [FakeQueue::default(), FakeQueue::default()];
        targets[position] = FakeQueue::failing("never", never.clone());
        let quarantine = FakeQueue::default();
        let consumer = Consumer::new(
            Arc::new(CurrentConfig::new(ConsumerConfig::default())),
            queues(targets.to_vec(), quarantine.clone()),
            Clock::system(),
        )
        .with_normalizer(echo);
        let mut event = SqsEvent::default();
        event.records = vec![
            record(Some("a1"), "a", "never"),
            record(Some("a2"), "a", "a2"),
        ];
        let response = run(consumer.handle(event, None)).unwrap();
        assert!(response.batch_item_failures.is_empty());
        assert_eq!(targets[position].accepted(), ["a2"]);
        assert_eq!(targets[1 - position].accepted(), ["never", "a2"]);
        assert_eq!(quarantine.accepted().len(), 1);
    }
}

#[test]
fn without_a_target_everything_comes_again() {
    let consumer = Consumer::new(
        Arc::new(CurrentConfig::new(ConsumerConfig::default())),
        queues(Vec::<FakeQueue>::new(), FakeQueue::default()),
        Clock::system(),
    )
    .with_normalizer(echo);
    let mut event = SqsEvent::default();
    event.records = vec![
        record(Some("a1"), "a", "a1"),
        record(Some("b1"), "b", "bad"),
    ];
    let response = run(consumer.handle(event, None)).unwrap();
    assert_eq!(response.batch_item_failures.len(), 2);
}

#[test]
fn records_of_a_misconfigured_source_wait_and_its_siblings_are_forwarded() {
    let settings = "[sources.meters]\nplatform = \"tencent-iot-hub\"\n\
        [sources.doors]\nplatform = \"tencent-iot-hub\"\npayload = \"xml\"\n";
    let of_doors = |id, body| {
        let mut message = record(Some(id), "d", body);
        let body = message.body.map(|body| body.replace("meters", "doors"));
        message.body = body;
        message
    };
    let records = vec![
        of_doors("1", "closed"),
        record(Some("2"), "m", "turned"),
        of_doors("3", "opened"),
    ];
    let queues = (FakeQueue::default(), FakeQueue::default());
    let outcome = work_by(settings, records, queues.0, queues.1);
    assert_eq!(
        outcome.handed_back,
        Ok(vec!["1".to_owned(), "3".to_owned()])
    );
    assert_eq!(outcome.forwarded, ["turned"]);
    assert!(outcome.quarantined.is_empty());
}

#[test]
fn no_message_is_done_while_a_target_is_misconfigured() {
    let settings = "[targets.a]\ntype = \"sqs\"\n";
    let records = vec![
        record(Some("1"), "m", "turned"),
        record(Some("2"), "m", "bad"),
    ];
    let queues = (FakeQueue::default(), FakeQueue::default());
    let outcome = work_by(settings, records, queues.0, queues.1);
    assert_eq!(
        outcome.handed_back,
        Ok(vec!["1".to_owned(), "2".to_owned()])
    );
    assert!(outcome.forwarded.is_empty() && outcome.quarantined.is_empty());
}
