//! Outages of a target and a failing record: all messages arrive in the order of each device, and
//! only the record that exceeds its invocation becomes a dead letter. The consumer, the SDK and the
//! queues are those of a run; the test controls the time of the queues.

use super::*;
use crate::dev::queues::{DEAD_LETTERS, EVENTS, QUARANTINE, Queues, STAGING};
use aws_sdk_sqs::types::QueueAttributeName as Name;
use consumer::{Consumer, Targets, record::Normalizer};
use serde_json::{Value, json};
use sqs_server::{Clock as QueueClock, Options, Server};
use std::{
    collections::{BTreeMap, HashMap},
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    queue::{Queue, SendTimeout},
    settings::CurrentConfig,
};
use thingrelay_core::{
    config::{ConsumerConfig, SqsTarget, Target, TargetKind},
    filter::Filter,
    identity::FieldHasher,
    message::{Fifo, Message as Outgoing},
    normalize::{self, NormalizeError, OutgoingEvent},
    queue_url::QueueUrl,
    source::{Decoding, Platform, SourceName},
    staged::{Staged, Transport},
    timestamp::Timestamp,
};
use tokio::sync::Semaphore;

const DEVICES: usize = 6;
/// This is longer than a receive waits.
const END_OF_POLLS: Duration = Duration::from_secs(21);

/// The consumer. Each of its pollers takes one batch when the test allows it.
struct Stepped {
    consumer: Consumer,
    polls: Semaphore,
    /// How often a poller was ready for a batch.
    ready: AtomicUsize,
    /// The batches in progress, and those that were aborted in progress.
    at_work: AtomicUsize,
}

/// Counts one up until it is dropped.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn one(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Ordering::SeqCst);
        Counted(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Function for Stepped {
    async fn ready(&self) {
        self.ready.fetch_add(1, Ordering::SeqCst);
        if let Ok(permit) = self.polls.acquire().await {
            permit.forget();
        }
    }

    async fn invoke(
        &self,
        event: SqsEvent,
        deadline: Instant,
    ) -> Result<SqsBatchResponse, InvocationError> {
        let _at_work = Counted::one(&self.at_work);
        let handled = self.consumer.handle(event, Some(deadline)).await;
        handled.map_err(|error| InvocationError::Failed(error.into()))
    }
}

struct World {
    server: Server,
    sqs: Sqs,
    clock: QueueClock,
    /// By how many seconds the test has advanced the time.
    passed: Arc<AtomicU64>,
    staging: Queue,
    function: Arc<Stepped>,
    pollers: usize,
    steps: usize,
    /// How long a poller may take to start work on a received batch.
    pause: Duration,
    sent: [u64; DEVICES],
    _running: AbortOnDropHandle<()>,
}

impl World {
    /// The queues, without the queue of events, and the event source.
    async fn start(pollers: usize, visibility: u32, normalizer: Normalizer) -> World {
        let clock = QueueClock::default();
        let passed = Arc::new(AtomicU64::new(0));
        let options = Options {
            clock: clock.clone(),
            ..Options::default()
        };
        let server = Server::start(options).await.unwrap();
        let sqs = Sqs::at(&server.endpoint());
        let queues = Queues::make(&sqs, visibility).await.unwrap();
        let aws = Aws::anywhere();
        let open = async |url: &str| {
            let url = QueueUrl::parse(url).unwrap();
            Queue::open(&aws, url, SendTimeout::Background).await
        };
        let staging = open(&queues.staging).await;
        let events = queues.staging.replace(STAGING, EVENTS);
        let mut config = ConsumerConfig::default();
        config.targets.push(Target {
            name: "events".to_owned(),
            kind: TargetKind::Sqs(SqsTarget {
                queue_url: QueueUrl::parse(&events).unwrap(),
            }),
            filter: Filter::default(),
        });
        let moved = Arc::clone(&passed);
        let now = move || {
            let moved = i64::try_from(moved.load(Ordering::SeqCst)).unwrap() * 1000;
            Timestamp::from_unix_millis(Clock::system().now().unix_millis() + moved)
        };
        let function = Arc::new(Stepped {
            consumer: Consumer::new(
                Arc::new(CurrentConfig::new(config)),
                consumer::Queues {
                    staging: staging.clone(),
                    targets: Targets::open(&aws, None),
                    quarantine: open(&queues.quarantine).await,
                },
                Clock::from_fn(now),
            )
            .with_normalizer(normalizer),
            polls: Semaphore::new(0),
            ready: AtomicUsize::new(0),
            at_work: AtomicUsize::new(0),
        });
        let source = EventSource {
            sqs: sqs.clone(),
            url: queues.staging.clone(),
            arn: queues.staging_arn.clone(),
            function: Arc::clone(&function),
            visibility_timeout: visibility,
            batches: u32::try_from(pollers).unwrap(),
        };
        World {
            server,
            sqs,
            clock,
            passed,
            staging,
            function,
            pollers,
            steps: 0,
            pause: Duration::from_millis(20),
            sent: [0; DEVICES],
            _running: AbortOnDropHandle::new(tokio::spawn(source.run())),
        }
    }

    /// Stages the next message of a device.
    async fn stage(&mut self, device: usize) {
        let number = self.sent[device];
        self.sent[device] += 1;
        let original = json!({
            "productid": "P", "devicename": format!("device-{device}"), "topic": "t",
            "seq": number, "timestamp": 1_750_000_000 + number, "payload": {"number": number},
        });
        let device = device.to_be_bytes();
        let staged = Staged {
            id: FieldHasher::new("id")
                .field(&device)
                .field(&number.to_be_bytes())
                .into_message_id(),
            source: SourceName::parse("meters").unwrap(),
            platform: Platform::TencentIotHub,
            received: Timestamp::from_unix_millis(1_750_000_000_000),
            transport: Transport::Http,
            error: None,
            replay: None,
            original: original.to_string().into_bytes().into(),
        };
        let message = Outgoing {
            body: staged.to_body(),
            fifo: Some(Fifo {
                group: FieldHasher::new("group")
                    .field(&device)
                    .into_group()
                    .as_str()
                    .to_owned(),
                deduplication: staged.id.as_str().to_owned(),
            }),
        };
        self.staging.send(&message).await.unwrap();
    }

    /// Makes a message a dead letter after this many receives.
    async fn die_after(&self, receives: u32) {
        let url = self.sqs.queue(DEAD_LETTERS, HashMap::new()).await.unwrap();
        let redrive = json!({
            "deadLetterTargetArn": self.sqs.arn(&url).await.unwrap(),
            "maxReceiveCount": receives,
        });
        let attributes = HashMap::from([(Name::RedrivePolicy, redrive.to_string())]);
        self.sqs.queue(STAGING, attributes).await.unwrap();
    }

    fn advance(&self, time: Duration) {
        self.passed.fetch_add(time.as_secs(), Ordering::SeqCst);
        self.clock.advance(time);
    }

    /// Advances the time while no batch is in progress, and then lets every poller take a batch.
    async fn step(&mut self, time: Duration) {
        self.steps += 1;
        self.until_ready(self.steps * self.pollers).await;
        self.advance(time);
        let at_work = self.function.at_work.load(Ordering::SeqCst);
        self.function.polls.add_permits(self.pollers);
        // Receives that find nothing wait for 20 s of the queues' time. The pause is long enough
        // for the moment between a receive and its invocation: a few times 20 s are less than the
        // visibility timeout.
        let mut pause = self.pause;
        while !self.is_ready((self.steps + 1) * self.pollers) {
            tokio::time::sleep(pause).await;
            if self.function.at_work.load(Ordering::SeqCst) == at_work {
                self.advance(END_OF_POLLS);
                pause = (pause * 2).min(Duration::from_millis(500));
            }
        }
    }

    fn is_ready(&self, times: usize) -> bool {
        self.function.ready.load(Ordering::SeqCst) >= times
    }

    async fn until_ready(&self, times: usize) {
        let deadline = Instant::now() + Duration::from_secs(60);
        while !self.is_ready(times) {
            assert!(Instant::now() < deadline, "a poller does not come back");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn depth(&self, name: &str) -> usize {
        let depth = self.server.depth(name).unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }

    fn passed(&self) -> Duration {
        Duration::from_secs(self.passed.load(Ordering::SeqCst))
    }

    /// The numbers that arrived, by device.
    async fn arrived(&self, url: &str) -> BTreeMap<String, Vec<u64>> {
        let mut arrived: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        while self.depth(EVENTS) > 0 {
            let messages = self.sqs.receive(url, 30).await.unwrap();
            for message in &messages {
                let event: Value = serde_json::from_str(message.body().unwrap()).unwrap();
                let subject = event["subject"].as_str().unwrap().to_owned();
                let number = event["data"]["payload"]["number"].as_u64().unwrap();
                arrived.entry(subject).or_default().push(number);
            }
            let receipts = messages.iter().filter_map(Message::receipt_handle);
            let receipts: Vec<&str> = receipts.collect();
            self.sqs.delete(url, &receipts).await.unwrap();
        }
        arrived
    }
}

/// As in template.yaml.
const VISIBILITY: u32 = 180;

async fn check_an_outage(of: Duration, step: Duration) {
    let mut world = World::start(4, VISIBILITY, normalize::normalize).await;
    let mut steps = 0;
    while world.passed() < of {
        for device in 0..DEVICES {
            // Some devices send in every step, others now and then.
            if steps % (device + 1) == 0 {
                world.stage(device).await;
            }
        }
        world.step(step).await;
        steps += 1;
    }
    let sent: u64 = world.sent.iter().sum();
    assert_eq!(
        world.depth(STAGING) as u64,
        sent,
        "nothing can have gone on"
    );

    let url = Queues::make_events(&world.sqs, &world.server.monitor())
        .await
        .unwrap();
    let back = world.passed();
    while world.depth(STAGING) > 0 {
        world.step(Duration::from_secs(30)).await;
        let took = world.passed() - back;
        // This covers the longest hiding time, and some rounds for the backlog.
        assert!(took < Duration::from_secs(45 * 60), "still waiting");
    }
    let arrived = world.arrived(&url).await;
    for (device, sent) in world.sent.iter().enumerate() {
        let expected: Vec<u64> = (0..*sent).collect();
        assert_eq!(arrived[&format!("P/device-{device}")], expected);
    }
    for queue in [DEAD_LETTERS, QUARANTINE] {
        assert_eq!(world.depth(queue), 0, "{queue}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_hour_without_a_target_everything_arrives_in_order() {
    let hour = Duration::from_secs(60 * 60);
    check_an_outage(hour, Duration::from_secs(40)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_day_without_a_target_everything_arrives_in_order() {
    let day = Duration::from_secs(24 * 60 * 60);
    check_an_outage(day, Duration::from_secs(15 * 60)).await;
}

static TEST_ENDS: AtomicBool = AtomicBool::new(false);

/// Takes more time for one message than an invocation has.
fn endless(staged: &Staged<'_>, decoding: Decoding) -> Result<Vec<OutgoingEvent>, NormalizeError> {
    let original = String::from_utf8_lossy(&staged.original);
    if original.contains("device-0") && original.contains(r#""number":1"#) {
        tokio::task::block_in_place(|| {
            while !TEST_ENDS.load(Ordering::SeqCst) {
                std::thread::sleep(Duration::from_millis(20));
            }
        });
    }
    normalize::normalize(staged, decoding)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_ends_its_invocation_is_a_dead_letter_alone() {
    // With one poller, an aborted batch is not processed in parallel with the next batch.
    let mut world = World::start(1, 2, endless).await;
    world.pause = Duration::from_millis(300);
    world.die_after(8).await;
    let url = Queues::make_events(&world.sqs, &world.server.monitor())
        .await
        .unwrap();
    for _ in 0..3 {
        for device in 0..DEVICES {
            world.stage(device).await;
        }
    }
    let mut steps = 0;
    while world.depth(DEAD_LETTERS) == 0 {
        steps += 1;
        assert!(steps < 100, "it is no dead letter");
        world.step(Duration::from_secs(7)).await;
    }
    while world.depth(STAGING) > 0 {
        world.step(Duration::from_secs(60)).await;
    }
    // The test checks before the aborted work, which would have ended in Lambda, goes on here.
    let mut arrived = world.arrived(&url).await;
    let set_aside = (world.depth(DEAD_LETTERS), world.depth(QUARANTINE));
    TEST_ENDS.store(true, Ordering::SeqCst);
    while world.function.at_work.load(Ordering::SeqCst) > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(arrived.remove("P/device-0"), Some(vec![0, 2]));
    for (device, numbers) in arrived {
        assert_eq!(numbers, [0, 1, 2], "{device}");
    }
    assert_eq!(set_aside, (1, 0));
}
