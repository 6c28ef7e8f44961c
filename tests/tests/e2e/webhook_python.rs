//! Webhooks whose receiver is in Python: the official libraries verify each signature and parse each event.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use aws_sdk_sqs::types::SendMessageBatchRequestEntry;
use serde_json::json;
use sqs_server::{Clock, Depth, Options, Server};
use thingrelay_tests::cloud::consume_batch;
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::deadline::until;
use thingrelay_tests::forwarding::push_interleaved;
use thingrelay_tests::lambda::Function;
use thingrelay_tests::platform::Platform;
use thingrelay_tests::process::Launch;
use thingrelay_tests::queue::Queues;
use thingrelay_tests::webhook::{Receiver, assert_in_order, target};
use tokio::task::JoinSet;
use tokio::time::interval;

use crate::webhook_examples::{
    DEVICES, EACH, LIMIT, gets_each_event_once_and_in_order, pushed, total,
};

/// By how much the queue's clock is moved at a time.
const STEP: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn the_receiver_in_python_gets_each_event_once_and_in_order() {
    let receiver = Receiver::python("up").await;
    gets_each_event_once_and_in_order(&receiver).await;
    // The receiver answers before it writes its line.
    until(LIMIT, "a line about the refusal", async || {
        (!refused(&receiver).is_empty()).then_some(())
    })
    .await;
    assert_eq!(refused(&receiver).len(), 1, "{:#?}", receiver.told());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_fails_for_one_device_delays_only_that_device() {
    let receiver = Receiver::python("device device-1").await;
    let _relay = pushed(&receiver).await;
    let others = total() - usize::try_from(EACH).unwrap();
    let handled = receiver.handled_until(others, LIMIT).await;
    assert!(handled.iter().all(|(device, _)| device != "device-1"));
    assert_in_order(&handled, DEVICES - 1, EACH);
    receiver.set("up");
    let handled = receiver.handled_until(total(), LIMIT).await;
    assert_in_order(&handled, DEVICES, EACH);
    assert_eq!(refused(&receiver), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_is_down_for_an_hour_gets_everything_in_order_afterwards() {
    let receiver = Receiver::python("down").await;
    let (devices, each) = (20, 10);
    let cloud = Cloud::start(&receiver, 2).await;
    cloud.send(devices, each).await;
    let consuming = cloud.consume();
    let hour = Duration::from_secs(3600);
    until(LIMIT, "an hour of the queue's time", async || {
        (cloud.passed() >= hour).then_some(())
    })
    .await;
    assert_eq!(receiver.handled(), []);
    receiver.set("up");
    let total = devices * usize::try_from(each).unwrap();
    let handled = receiver.handled_until(total, LIMIT).await;
    assert_in_order(&handled, devices, each);
    consuming.end(&cloud).await;
    assert_eq!(refused(&receiver), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn ten_thousand_messages_arrive_in_order_while_a_fifth_of_the_attempts_fail() {
    let receiver = Receiver::python("flaky 20261130").await;
    let (devices, each) = (200, 50);
    let cloud = Cloud::start(&receiver, 4).await;
    let consuming = cloud.consume();
    // A queue whose time does not pass quickly is in front: that of `dev`.
    let config = Config::with_target(&cloud.url);
    let relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    push_interleaved(&platform, devices, 0, each).await;
    let total = devices * usize::try_from(each).unwrap();
    let handled = receiver.handled_until(total, LIMIT * 4).await;
    assert_in_order(&handled, devices, each);
    consuming.end(&cloud).await;
    assert_eq!(receiver.handled().len(), total);
    assert_eq!(refused(&receiver), [""; 0]);
    let told = receiver.told();
    let failed = told.iter().filter(|line| line.ends_with("on purpose"));
    let failed = failed.count();
    // A fifth of all attempts: 2,500 beside 10,000 that succeed.
    assert!((2_000..3_000).contains(&failed), "{failed} attempts failed");
}

/// The requests that the receiver did not accept as genuine.
fn refused(receiver: &Receiver) -> Vec<String> {
    let told = receiver.told().into_iter();
    told.filter(|line| line.starts_with("refused: ") || line.contains("Error"))
        .collect()
}

/// The queue of a webhook, whose time passes quickly, and the function's real program.
struct Cloud {
    server: Server,
    clock: Clock,
    /// The milliseconds by which the clock was moved.
    moved: Arc<AtomicU64>,
    queues: Queues,
    url: String,
    dead_letters: String,
    function: Function,
    _config: Config,
}

/// The event source at work.
struct Consuming {
    stopped: Arc<AtomicBool>,
    tasks: JoinSet<()>,
}

impl Cloud {
    async fn start(receiver: &Receiver, instances: usize) -> Cloud {
        let clock = Clock::default();
        let options = Options {
            clock: clock.clone(),
            ..Options::default()
        };
        let server = Server::start(options).await.unwrap();
        let queues = Queues::at(&server.endpoint());
        // Longer than any batch takes while time passes quickly.
        let url = queues.create_fifo_that_hides("webhook", 43_200).await;
        let dead_letters = queues.create_fifo("dead").await;
        let more = format!("queue_url = \"{url}\"");
        let config = Config::with_targets(&target(receiver.address, &more));
        let file = config.file().to_string_lossy().into_owned();
        let environment = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_WEBHOOK_TARGET", "crm"),
            ("THINGRELAY_WEBHOOK_QUEUE_URL", url.as_str()),
            ("THINGRELAY_DEAD_LETTER_QUEUE_URL", dead_letters.as_str()),
        ];
        let function = Function::start("webhook", &environment, instances).await;
        Cloud {
            server,
            clock,
            moved: Arc::default(),
            queues,
            url,
            dead_letters,
            function,
            _config: config,
        }
    }

    /// Sends the events as the consumer does: a group for each device, and the event's id against copies.
    async fn send(&self, devices: usize, each: u64) {
        for number in 0..each {
            for first in (0..devices).step_by(10) {
                let entries = (first..devices.min(first + 10)).map(|device| {
                    let device = format!("device-{device}");
                    let id = format!("{device}-{number}");
                    SendMessageBatchRequestEntry::builder()
                        .id(&id)
                        .message_body(event(&id, &device, number))
                        .message_group_id(&device)
                        .message_deduplication_id(&id)
                        .build()
                        .unwrap()
                });
                let call = self.queues.client().send_message_batch();
                let call = call
                    .queue_url(&self.url)
                    .set_entries(Some(entries.collect()));
                let answer = call.send().await.unwrap();
                assert!(answer.failed.is_empty(), "{:?}", answer.failed);
            }
        }
    }

    /// Runs the event source, and lets the queue's time pass five hundred times as fast as it does.
    fn consume(&self) -> Consuming {
        let stopped = Arc::new(AtomicBool::new(false));
        let mut tasks = JoinSet::new();
        for _ in 0..self.function.instances() {
            let (queues, url) = (self.queues.clone(), self.url.clone());
            let (function, stopped) = (self.function.clone(), Arc::clone(&stopped));
            tasks.spawn(async move {
                while !stopped.load(Ordering::SeqCst) {
                    consume_batch(&queues, &url, &function).await;
                }
            });
        }
        let (clock, moved) = (self.clock.clone(), Arc::clone(&self.moved));
        let stop = Arc::clone(&stopped);
        tasks.spawn(async move {
            let mut ticks = interval(Duration::from_millis(20));
            while !stop.load(Ordering::SeqCst) {
                ticks.tick().await;
                clock.advance(STEP);
                let step = u64::try_from(STEP.as_millis()).unwrap();
                moved.fetch_add(step, Ordering::SeqCst);
            }
        });
        Consuming { stopped, tasks }
    }

    /// The time by which the queue's clock was moved.
    fn passed(&self) -> Duration {
        Duration::from_millis(self.moved.load(Ordering::SeqCst))
    }
}

impl Consuming {
    /// Ends the event source. Nothing must be left.
    async fn end(mut self, cloud: &Cloud) {
        self.stopped.store(true, Ordering::SeqCst);
        while let Some(ended) = self.tasks.join_next().await {
            ended.unwrap();
        }
        for url in [&cloud.url, &cloud.dead_letters] {
            let name = url.rsplit('/').next().unwrap();
            assert_eq!(cloud.server.depth(name), Some(Depth::default()), "{url}");
        }
    }
}

/// An event as the consumer forwards it.
fn event(id: &str, device: &str, number: u64) -> String {
    json!({
        "specversion": "1.0",
        "id": id,
        "source": "/tencent-iot-hub/meters",
        "type": "io.thingrelay.device.properties.v1",
        "subject": format!("P1/{device}"),
        "time": "2026-11-21T04:00:00Z",
        "datacontenttype": "application/json",
        "dataschema": "https://thingrelay.io/schemas/device.properties.v1.json",
        "partitionkey": format!("P1/{device}"),
        "data": {
            "device": {"product": "P1", "name": device},
            "origin": {"platform": "tencent-iot-hub", "channel": "http", "seq": number, "kind": "report"},
            "properties": [{"code": "count", "value": number, "time": "2026-11-21T04:00:00Z"}],
            "payload": {"method": "report", "params": {"count": number}},
        },
    })
    .to_string()
}
