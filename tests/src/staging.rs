//! The tests of staging with the functions' real programs. The server of the queues is a parameter.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::cloud::{Answer, consume, request};
use crate::config::{Config, METERS_TOKEN};
use crate::deadline::until;
use crate::faulty::{Fault, Faulty, Mode};
use crate::lambda::Function;
use crate::message::report;
use crate::order::assert_complete_and_in_order;
use crate::platform::{RETRY_PAUSES, unix_now};
use crate::queue::{Queues, url_at};

/// How long consuming all messages may take, with retries.
const LIMIT: Duration = Duration::from_secs(120);

/// How long the platform may wait for an answer, in any state of the queue.
const ANSWER_LIMIT: Duration = Duration::from_secs(3);

/// The functions and the queues between them.
struct Setting {
    queues: Queues,
    staging: String,
    events: String,
    before_staging: Faulty,
    before_events: Faulty,
    push: Function,
    consumer: Function,
    _config: Config,
}

impl Setting {
    async fn new(queues: &Queues) -> Self {
        let staging = queues.create_fifo_that_hides("staging", 30).await;
        let quarantine = queues.create_standard("quarantine").await;
        let events = queues.create_fifo("events").await;
        let before_staging = Faulty::start(queues.endpoint(), Mode::Up, 5).await;
        let before_events = Faulty::start(queues.endpoint(), Mode::Up, 6).await;
        let config = Config::with_target(&url_at(&before_events.endpoint(), &events));
        let file = config.file().to_string_lossy().into_owned();
        let staging_by_proxy = url_at(&before_staging.endpoint(), &staging);
        let push_environment = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_STAGING_QUEUE_URL", staging_by_proxy.as_str()),
        ];
        let consumer_environment = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_STAGING_QUEUE_URL", staging.as_str()),
            ("THINGRELAY_QUARANTINE_QUEUE_URL", quarantine.as_str()),
        ];
        Setting {
            queues: queues.clone(),
            push: Function::start("push", &push_environment, 4).await,
            consumer: Function::start("consumer", &consumer_environment, 2).await,
            staging,
            events,
            before_staging,
            before_events,
            _config: config,
        }
    }

    async fn push(&self, body: &[u8]) -> Answer {
        request(&self.push, "POST", "meters", &[], METERS_TOKEN, body).await
    }

    /// Consumes `count` staged messages. Returns their events.
    async fn consume(&self, count: usize) -> Vec<Value> {
        consume(&self.queues, &self.staging, &self.consumer, count, LIMIT).await;
        let staged = self.queues.drain(&self.staging).await;
        assert!(staged.is_empty(), "staged besides: {staged:#?}");
        let received = self.queues.drain(&self.events).await;
        let bodies = received.iter().map(|message| &message.body);
        bodies
            .map(|body| serde_json::from_str(body).expect("a target gets JSON"))
            .collect()
    }
}

/// 1,000 messages of 50 devices go through the functions to a target that fails a fifth of the
/// calls. Each event arrives once, and the events of a device arrive in order.
///
/// # Panics
///
/// If an event is lost, repeated or out of order.
pub async fn order_survives_a_target_that_fails(queues: &Queues) {
    const DEVICES: usize = 50;
    const EACH: u64 = 20;
    let setting = Arc::new(Setting::new(queues).await);
    let mut pushes = JoinSet::new();
    for device in 0..DEVICES {
        let setting = Arc::clone(&setting);
        pushes.spawn(async move {
            for count in 0..EACH {
                let body = report(&format!("device-{device}"), count, 1, count);
                let answer = setting.push(&body).await;
                assert_eq!(answer.status, 200, "{answer:?}");
            }
        });
    }
    while let Some(push) = pushes.join_next().await {
        push.expect("a device whose messages were acknowledged");
    }
    setting.before_events.set(Mode::Flaky(0.2));
    let events = setting.consume(1_000).await;
    assert_complete_and_in_order(&events, DEVICES, EACH);
    for fault in [Fault::Refused, Fault::AnswerLost, Fault::PartOfBatch] {
        assert!(
            setting.before_events.count(fault) > 0,
            "no call was {fault:?}"
        );
    }
}

/// While a queue is down or does not answer, the answer is 503 in time. With the platform's
/// retries, every message is staged once the queue is back, and forwarded once and in order.
///
/// # Panics
///
/// If a message is lost, repeated or out of order.
pub async fn an_outage_of_the_queue_loses_nothing(queues: &Queues) {
    const DEVICES: usize = 4;
    const EACH: u64 = 5;
    for mode in [Mode::Down, Mode::Silent] {
        let setting = Arc::new(Setting::new(queues).await);
        let first = setting.push(&report("device-0", 0, 1, 0)).await;
        assert_eq!(first.status, 200, "{first:?}");

        setting.before_staging.set(mode);
        let refused = Arc::new(AtomicUsize::new(0));
        let mut pushes = JoinSet::new();
        for device in 0..DEVICES {
            let setting = Arc::clone(&setting);
            let refused = Arc::clone(&refused);
            pushes.spawn(async move {
                for count in 0..EACH {
                    let body = report(&format!("device-{device}"), count, 1, count);
                    push_with_retries(&setting, &body, &refused).await;
                }
            });
        }
        let limit = Duration::from_secs(30);
        until(
            limit,
            "a refusal of every device's first message",
            || async { (refused.load(Ordering::SeqCst) >= DEVICES).then_some(()) },
        )
        .await;
        setting.before_staging.set(Mode::Up);
        while let Some(push) = pushes.join_next().await {
            push.expect("a device whose messages were acknowledged");
        }
        // The first message of device-0 was staged before the outage, and is staged only once.
        assert_complete_and_in_order(&setting.consume(DEVICES * 5).await, DEVICES, EACH);
    }
}

/// A repeated message is staged once; a different message with the same payload is staged as well.
///
/// # Panics
///
/// If the messages are not staged so.
pub async fn a_repeated_message_is_staged_once(queues: &Queues) {
    let setting = Setting::new(queues).await;
    let now = unix_now();
    let messages = [
        report("d", 1, now, 5),
        report("d", 1, now, 5),
        report("d", 2, now, 5),
        report("d", 1, now, 5),
        report("d", 2, now + 1, 5),
    ];
    for message in &messages {
        let answer = setting.push(message).await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""));
    }
    let events = setting.consume(3).await;
    assert_eq!(events.len(), 3, "{events:#?}");
}

/// The queue accepts a signed body of any bytes, and the consumer handles it.
///
/// # Panics
///
/// If the body is not accepted or not handled.
pub async fn any_bytes_can_be_staged(queues: &Queues) {
    let setting = Setting::new(queues).await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let bodies: [&[u8]; 5] = [
        b"",
        b"\0",
        b"\xff\xfe",
        "\u{fffe}\u{b}\u{1}".as_bytes(),
        &every_byte,
    ];
    for body in bodies {
        let answer = setting.push(body).await;
        assert_eq!(answer.status, 200, "{body:?}: {}", answer.body);
    }
    let events = setting.consume(bodies.len()).await;
    assert!(events.is_empty(), "{events:#?}");
}

/// Pushes with retries like the rule engine, except that it starts again after the last pause.
async fn push_with_retries(setting: &Setting, body: &[u8], refused: &AtomicUsize) {
    for pause in RETRY_PAUSES.iter().cycle() {
        let start = Instant::now();
        let answer = setting.push(body).await;
        let time = start.elapsed();
        match answer.status {
            200 => return,
            503 => {
                assert!(time < ANSWER_LIMIT, "503 after {time:?}");
                assert!(answer.body.contains("staging_unavailable"), "{answer:?}");
            }
            _ => panic!("{answer:?}"),
        }
        refused.fetch_add(1, Ordering::SeqCst);
        sleep(*pause).await;
    }
}
