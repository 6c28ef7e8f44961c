//! A topic at a broker, a staging queue, and the function between them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use rand::distr::{Alphanumeric, SampleString};
use serde_json::{Value, json};
use sqs_server::{Options, Server};
use thingrelay_tests::cloud::consume;
use thingrelay_tests::config::Config;
use thingrelay_tests::deadline::{until, within};
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::kafka::{Kafka, Outgoing, PASSWORD, USER};
use thingrelay_tests::lambda::{Function, Outcome};
use thingrelay_tests::message::queue_envelope;
use thingrelay_tests::queue::{Queues, url_at};
use thingrelay_tests::staged::{Quarantined, Staged};
use tokio::task::JoinHandle;

/// How long something may take that is a matter of seconds on a quiet machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// What an invocation keeps back of its time.
const MARGIN: Duration = Duration::from_secs(5);

/// The name of the source where there is only one.
pub(crate) const PLANT: &str = "plant";

/// A topic, the source that pulls it, the queue that it is staged on, and the proxy before that.
pub(crate) struct Setting<'a> {
    pub(crate) kafka: &'a Kafka,
    pub(crate) topic: String,
    pub(crate) group: String,
    pub(crate) queues: Queues,
    pub(crate) server: Server,
    pub(crate) staging: String,
    pub(crate) before_staging: Faulty,
    config: Config,
    config_text: String,
}

/// How a source comes in.
pub(crate) enum Access {
    /// As everybody does.
    Open,
    /// By a mechanism, without encryption.
    Sasl(&'static str),
    /// By a mechanism, encrypted.
    SaslSsl(&'static str),
}

impl<'a> Setting<'a> {
    /// One source that comes in as most do at CKafka, and a topic of some partitions.
    pub(crate) async fn new(kafka: &'a Kafka, partitions: i32) -> Self {
        Setting::of(kafka, partitions, Access::Sasl("PLAIN"), "").await
    }

    /// The same with a way in, and more tables of the configuration.
    pub(crate) async fn of(
        kafka: &'a Kafka,
        partitions: i32,
        access: Access,
        tables: &str,
    ) -> Self {
        let topic = fresh("iot");
        let group = fresh("relay");
        kafka.create_topic(&topic, partitions).await;
        let lines = access.lines(kafka);
        let text = format!("{tables}{}", table(PLANT, &topic, &group, &lines));
        let server = Server::start(Options::default()).await.unwrap();
        let queues = Queues::at(&server.endpoint());
        Setting {
            kafka,
            topic,
            group,
            staging: queues.create_fifo("staging").await,
            before_staging: Faulty::start(queues.endpoint(), Mode::Up, 7).await,
            queues,
            server,
            config: Config::of(&text),
            config_text: text,
        }
    }

    /// Programs of the function, as one reserves concurrency for them.
    pub(crate) async fn function(&self, instances: usize) -> Function {
        self.function_named("ckafka-pull", instances).await
    }

    /// Programs of another function of the same environment.
    pub(crate) async fn function_named(&self, name: &str, instances: usize) -> Function {
        let staging = url_at(&self.before_staging.endpoint(), &self.staging);
        self.function_before(name, instances, &staging).await
    }

    /// The same with another staging queue.
    pub(crate) async fn function_before(
        &self,
        name: &str,
        instances: usize,
        staging: &str,
    ) -> Function {
        let file = self.config.file().to_string_lossy().into_owned();
        let environment = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_STAGING_QUEUE_URL", staging),
            ("THINGRELAY_METRICS_NAMESPACE", "thingrelay"),
        ];
        Function::start(name, &environment, instances).await
    }

    /// Produces reports of devices, each numbered by `counts`.
    pub(crate) async fn produce(&self, devices: usize, counts: std::ops::Range<u64>) {
        let records: Vec<Outgoing> = reports(devices, counts);
        self.kafka.produce(&self.topic, &records).await;
    }

    /// What the group has committed: by partition the offset that comes next.
    pub(crate) async fn committed(&self) -> BTreeMap<i32, i64> {
        self.kafka.committed(&self.group, &self.topic).await
    }

    /// Waits until the group has committed everything.
    pub(crate) async fn until_committed(&self) {
        let (group, topic) = (&self.group, &self.topic);
        self.kafka.until_committed(group, topic, LIMIT).await;
    }

    /// Has the function pull until `count` records are staged and everything is committed.
    pub(crate) async fn pull_all(&self, count: usize) {
        let function = self.function(1).await;
        let window = begin_to_pull(&function, LIMIT);
        self.until_staged(count).await;
        self.until_committed().await;
        window.abort();
        assert_eq!(self.staged(), count, "staged messages");
        function.kill();
    }

    /// Hands what is staged to the consumer until `count` messages are done with: the events that a
    /// target got, and what is in quarantine.
    pub(crate) async fn consume(&self, count: usize) -> (Vec<Value>, Vec<Quarantined>) {
        let quarantine = self.queues.create_standard("quarantine").await;
        let events = self.queues.create_fifo("events").await;
        let target = format!("[targets.events]\ntype = \"sqs\"\nqueue_url = \"{events}\"\n");
        let config = Config::of(&format!("{}\n{target}", self.config_text));
        let file = config.file().to_string_lossy().into_owned();
        let environment = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_QUARANTINE_QUEUE_URL", quarantine.as_str()),
        ];
        let consumer = Function::start("consumer", &environment, 1).await;
        consume(&self.queues, &self.staging, &consumer, count, LIMIT).await;
        let events = self.queues.drain(&events).await;
        let events = events
            .iter()
            .map(|event| serde_json::from_str(&event.body).unwrap());
        let quarantined = self.queues.drain(&quarantine).await;
        let quarantined = quarantined.iter().map(Quarantined::parse);
        (events.collect(), quarantined.collect())
    }

    /// How many messages are on the staging queue.
    pub(crate) fn staged(&self) -> usize {
        let depth = self.server.depth(name_of(&self.staging)).unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }

    /// How many sends the staging queue dropped because they repeated an earlier one.
    pub(crate) fn repeated(&self) -> u64 {
        self.server.duplicates(name_of(&self.staging)).unwrap()
    }

    /// Waits until `count` messages are on the staging queue.
    pub(crate) async fn until_staged(&self, count: usize) {
        until(LIMIT, &format!("{count} staged messages"), || async {
            (self.staged() >= count).then_some(())
        })
        .await;
    }

    /// Everything on the staging queue, in the order in which it was staged.
    pub(crate) async fn records(&self) -> Vec<Staged> {
        let received = self.queues.drain(&self.staging).await;
        received.iter().map(Staged::parse).collect()
    }
}

impl Access {
    /// What a table of the configuration says of it, the broker included.
    pub(crate) fn lines(&self, kafka: &Kafka) -> String {
        let login = |mechanism: &str| {
            format!(
                "mechanism = \"{mechanism}\"\nusername = \"{USER}\"\npassword = \"{PASSWORD}\"\n"
            )
        };
        match self {
            Access::Open => {
                let brokers = brokers(kafka.internal());
                format!("{brokers}security = \"plaintext\"\n")
            }
            Access::Sasl(mechanism) => {
                let brokers = brokers(kafka.sasl());
                let login = login(mechanism);
                format!("{brokers}security = \"sasl_plaintext\"\n{login}")
            }
            Access::SaslSsl(mechanism) => {
                let brokers = brokers(kafka.sasl_ssl());
                let login = login(mechanism);
                let ca = kafka.authority();
                format!("{brokers}security = \"sasl_ssl\"\n{login}ca = '''\n{ca}'''\n")
            }
        }
    }
}

/// A line of the configuration.
pub(crate) fn brokers(address: SocketAddr) -> String {
    format!("brokers = [\"{address}\"]\n")
}

/// A table of the configuration.
pub(crate) fn table(name: &str, topic: &str, group: &str, lines: &str) -> String {
    format!(
        "[sources.{name}]\nplatform = \"tencent-iot-explorer\"\nchannel = \"ckafka\"\n\
         topics = [\"{topic}\"]\ngroup = \"{group}\"\n{lines}\n"
    )
}

/// Invokes the function so that it pulls for `length`, and waits for its answer.
pub(crate) async fn pull(function: &Function, length: Duration) -> Outcome {
    function.invoke_within(&json!({}), length + MARGIN).await
}

/// The same with its answer awaited elsewhere.
pub(crate) fn begin_to_pull(function: &Function, length: Duration) -> JoinHandle<Outcome> {
    let function = function.clone();
    tokio::spawn(async move { pull(&function, length).await })
}

/// Invokes the function time and again, each time for three seconds, until it has acknowledged
/// `count` records by its own account.
pub(crate) async fn pull_in_windows(function: &Function, count: u64) {
    within(LIMIT, "all of the records", async {
        let mut sum = 0;
        while sum < count {
            sum += acknowledged(&pull(function, Duration::from_secs(3)).await);
        }
        assert_eq!(sum, count);
    })
    .await;
}

/// How many records an invocation acknowledged, by its own account.
pub(crate) fn acknowledged(outcome: &Outcome) -> u64 {
    let answer: &Value = outcome.as_ref().unwrap();
    answer["acknowledged"].as_u64().unwrap()
}

/// Reports of devices, round after round, each numbered by `counts`.
pub(crate) fn reports(devices: usize, counts: std::ops::Range<u64>) -> Vec<Outgoing> {
    let one = |device: usize, count: u64| {
        let device = format!("device-{device}");
        Outgoing::of(&device, report(&device, count))
    };
    counts
        .flat_map(|count| (0..devices).map(move |device| one(device, count)))
        .collect()
}

/// A device reports one property, `count`.
pub(crate) fn report(device: &str, count: u64) -> Vec<u8> {
    let topic = format!(
        "$thing/up/property/{}/{device}",
        thingrelay_tests::message::PRODUCT
    );
    let payload = json!({"method": "report", "clientToken": "t", "params": {"count": count}});
    let payload = payload.to_string();
    queue_envelope(
        device,
        &topic,
        count,
        "2026-11-21 12:00:00",
        payload.as_bytes(),
    )
}

/// Checks that every device's reports are exactly `0..each`, in order, and in a group of its own.
pub(crate) fn assert_complete_and_in_order(staged: &[Staged], devices: usize, each: u64) {
    let mut counts: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut groups: BTreeMap<&str, String> = BTreeMap::new();
    for staged in staged {
        let report: Value = serde_json::from_slice(&staged.original).unwrap();
        let device = report["DeviceName"].as_str().unwrap().to_owned();
        let other = groups.insert(&staged.group, device.clone());
        assert!(other.is_none_or(|other| other == device), "a shared group");
        let count = report["Seq"].as_u64().unwrap();
        counts.entry(device).or_default().push(count);
    }
    assert_eq!(counts.len(), devices, "devices heard of");
    assert_eq!(groups.len(), devices, "groups");
    let expected: Vec<u64> = (0..each).collect();
    for (device, found) in counts {
        assert_eq!(found, expected, "the messages of {device}");
    }
}

/// A name that nothing else has.
pub(crate) fn fresh(prefix: &str) -> String {
    let random = Alphanumeric.sample_string(&mut rand::rng(), 12);
    format!("{prefix}-{random}")
}

fn name_of(queue_url: &str) -> &str {
    queue_url.rsplit('/').next().unwrap()
}
