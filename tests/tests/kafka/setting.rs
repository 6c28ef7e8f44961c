//! A topic at a broker, a staging queue, and the function between them.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::time::Duration;

use aws_sdk_sqs::types::QueueAttributeName;
use rand::distr::{Alphanumeric, SampleString};
use serde_json::{Value, json};
use sqs_server::{Options, Server};
use thingrelay_tests::cloud::consume;
use thingrelay_tests::config::Config;
use thingrelay_tests::deadline::until;
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::kafka::Kafka;
use thingrelay_tests::lambda::{Function, Outcome};
use thingrelay_tests::queue::{Queues, Received, url_at};
use thingrelay_tests::staged::{Quarantined, Staged};
use tokio::task::JoinHandle;

use crate::access::{Access, table};
use crate::reports::reports;

/// A limit for steps that take seconds on a quiet machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// The time limit of an invocation that the test itself ends.
const ENDLESS: Duration = Duration::from_secs(600);

/// The part of its time that an invocation reserves for its end.
pub(crate) const MARGIN: Duration = Duration::from_secs(5);

/// The visibility timeout in seconds: longer than any test.
const VISIBILITY_TIMEOUT: &str = "600";

/// The name of the source if there is only one.
pub(crate) const PLANT: &str = "plant";

/// A topic, the source that pulls it, the staging queue, and the proxy in front of the queue.
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

impl<'a> Setting<'a> {
    /// One source that connects like most sources at CKafka, and a topic with this many partitions.
    pub(crate) async fn new(kafka: &'a Kafka, partitions: i32) -> Self {
        Setting::of(kafka, partitions, Access::Sasl("PLAIN"), "").await
    }

    /// Like [`Setting::new`], with a way to log in and additional tables of the configuration.
    pub(crate) async fn of(
        kafka: &'a Kafka,
        partitions: i32,
        access: Access,
        tables: &str,
    ) -> Self {
        let topic = fresh("iot");
        let group = fresh("relay");
        kafka.create_topic(&topic, partitions).await;
        let plant = table(PLANT, &[&topic], &group, &access.lines(kafka));
        let text = format!("{tables}{plant}");
        let server = Server::start(Options::default()).await.unwrap();
        let queues = Queues::at(&server.endpoint());
        Setting {
            kafka,
            topic,
            group,
            staging: create_fifo(&queues, "staging").await,
            before_staging: Faulty::start(queues.endpoint(), Mode::Up, 7).await,
            queues,
            server,
            config: Config::of(&text),
            config_text: text,
        }
    }

    /// The function, with the proxy in front of its queue.
    pub(crate) async fn function(&self) -> Function {
        self.functions("ckafka-pull", 1).await
    }

    /// Programs of a function, one for each parallel invocation, with the proxy in front of their
    /// queue.
    pub(crate) async fn functions(&self, name: &str, instances: usize) -> Function {
        let staging = url_at(&self.before_staging.endpoint(), &self.staging);
        self.functions_before(name, instances, &staging).await
    }

    /// Like [`Setting::functions`], with the URL of a staging queue.
    pub(crate) async fn functions_before(
        &self,
        name: &str,
        instances: usize,
        staging: &str,
    ) -> Function {
        start(name, instances, &self.config, staging).await
    }

    /// The function with other sources, and its configuration, which has to outlive it.
    pub(crate) async fn function_of(&self, sources: &str) -> (Function, Config) {
        let config = Config::of(sources);
        let function = start("ckafka-pull", 1, &config, &self.staging).await;
        (function, config)
    }

    /// The file of the function's configuration.
    pub(crate) fn config_file(&self) -> PathBuf {
        self.config.file()
    }

    /// Produces reports of devices, numbered by `counts`.
    pub(crate) async fn produce(&self, devices: usize, counts: std::ops::Range<u64>) {
        self.kafka
            .produce(&self.topic, &reports(devices, counts))
            .await;
    }

    /// Produces reports of devices, round after round from `round` on, until the window has ended.
    /// Something is always under way, and never more than two rounds, so that a slow machine has no
    /// backlog. Returns the number of the next round.
    pub(crate) async fn produce_during(
        &self,
        window: &JoinHandle<Outcome>,
        devices: usize,
        mut round: u64,
    ) -> u64 {
        while !window.is_finished() {
            self.produce(devices, round..round + 1).await;
            round += 1;
            let before = devices * (round - 1) as usize;
            self.until_staged_or_ended(before, window).await;
        }
        round
    }

    /// The offsets that the group has committed: the next offset of each partition.
    pub(crate) async fn committed(&self) -> BTreeMap<i32, i64> {
        self.kafka.committed(&self.group, &self.topic).await
    }

    /// Waits until the group has committed everything.
    pub(crate) async fn until_committed(&self) {
        let (group, topic) = (&self.group, &self.topic);
        self.kafka.until_committed(group, topic, LIMIT).await;
    }

    /// Waits until the group has a member.
    pub(crate) async fn until_member(&self) {
        until(LIMIT, "a member", || async {
            (self.kafka.members(&self.group).await > 0).then_some(())
        })
        .await;
    }

    /// Runs the function until `count` records are staged and everything is committed.
    pub(crate) async fn pull_all(&self, count: usize) {
        let function = self.function().await;
        let window = begin_to_pull(&function);
        self.until_staged(count).await;
        self.until_committed().await;
        window.abort();
        assert_eq!(self.staged(), count, "staged messages");
        function.kill();
    }

    /// Invokes the function repeatedly until everything is committed.
    pub(crate) async fn pull_in_windows(&self, function: &Function) {
        for length in growing(Duration::from_secs(2)) {
            pull(function, length).await.unwrap();
            if self.kafka.has_committed(&self.group, &self.topic).await {
                return;
            }
        }
        panic!("not everything is committed: {:?}", self.committed().await);
    }

    /// Hands all messages on the staging queue to the consumer. Returns the events and the
    /// quarantined messages.
    pub(crate) async fn consume(&self) -> (Vec<Value>, Vec<Quarantined>) {
        let quarantine = self.queues.create_standard("quarantine").await;
        let events = create_fifo(&self.queues, "events").await;
        let target = format!("[targets.events]\ntype = \"sqs\"\nqueue_url = \"{events}\"\n");
        let config = Config::of(&format!("{}\n{target}", self.config_text));
        let file = config.file().to_string_lossy().into_owned();
        let environment = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_STAGING_QUEUE_URL", self.staging.as_str()),
            ("THINGRELAY_QUARANTINE_QUEUE_URL", quarantine.as_str()),
        ];
        let consumer = Function::start("consumer", &environment, 1).await;
        let count = self.staged();
        consume(&self.queues, &self.staging, &consumer, count, LIMIT).await;
        let events = self.drain(&events).await;
        let events = events
            .iter()
            .map(|event| serde_json::from_str(&event.body).unwrap());
        let quarantined = self.drain(&quarantine).await;
        let quarantined = quarantined.iter().map(Quarantined::parse);
        (events.collect(), quarantined.collect())
    }

    /// The number of messages on the staging queue.
    pub(crate) fn staged(&self) -> usize {
        self.depth(&self.staging)
    }

    /// The number of sends that the staging queue dropped as repeats.
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

    /// Like [`Setting::until_staged`], unless the window ends before. Returns whether there were so
    /// many.
    pub(crate) async fn until_staged_or_ended(
        &self,
        count: usize,
        window: &JoinHandle<Outcome>,
    ) -> bool {
        let what = format!("{count} staged messages, or the end of a window");
        until(LIMIT, &what, || async {
            let has_ended = window.is_finished();
            let are_there = self.staged() >= count;
            (are_there || has_ended).then_some(are_there)
        })
        .await
    }

    /// All messages on the staging queue, in the order in which they were staged.
    pub(crate) async fn records(&self) -> Vec<Staged> {
        let received = self.drain(&self.staging).await;
        received.iter().map(Staged::parse).collect()
    }

    /// All messages of a queue to which nothing is sent any more.
    pub(crate) async fn drain(&self, url: &str) -> Vec<Received> {
        let received = self.queues.receive(url, self.depth(url), LIMIT).await;
        assert_eq!(self.depth(url), 0, "messages left on {url}");
        received
    }

    fn depth(&self, url: &str) -> usize {
        let depth = self.server.depth(name_of(url)).unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }
}

/// Invokes the function so that it pulls for `length`, and waits for its answer.
pub(crate) async fn pull(function: &Function, length: Duration) -> Outcome {
    function.invoke_within(&json!({}), length + MARGIN).await
}

/// Like [`pull`], with the answer as a task.
pub(crate) fn begin_to_pull_for(function: &Function, length: Duration) -> JoinHandle<Outcome> {
    let function = function.clone();
    tokio::spawn(async move { pull(&function, length).await })
}

/// Invokes the function so that it pulls for longer than any test lasts. The caller has to kill or
/// drop the function.
pub(crate) fn begin_to_pull(function: &Function) -> JoinHandle<Outcome> {
    begin_to_pull_for(function, ENDLESS)
}

/// The lengths of windows in which something has to happen. The first is long enough for a quiet
/// machine, the last for any machine.
pub(crate) fn growing(first: Duration) -> impl Iterator<Item = Duration> {
    [1, 1, 2, 4, 8].into_iter().map(move |times| first * times)
}

/// The number of acknowledged records, as the invocation reports it.
pub(crate) fn acknowledged(outcome: &Outcome) -> u64 {
    let answer: &Value = outcome.as_ref().unwrap();
    answer["acknowledged"].as_u64().unwrap()
}

async fn start(name: &str, instances: usize, config: &Config, staging: &str) -> Function {
    let file = config.file().to_string_lossy().into_owned();
    let environment = [
        ("THINGRELAY_CONFIG_FILE", file.as_str()),
        ("THINGRELAY_STAGING_QUEUE_URL", staging),
        ("THINGRELAY_METRICS_NAMESPACE", "thingrelay"),
    ];
    Function::start(name, &environment, instances).await
}

/// A unique name.
pub(crate) fn fresh(prefix: &str) -> String {
    let random = Alphanumeric.sample_string(&mut rand::rng(), 12);
    format!("{prefix}-{random}")
}

/// Creates a FIFO queue. Returns its URL.
pub(crate) async fn create_fifo(queues: &Queues, prefix: &str) -> String {
    let attributes = HashMap::from([
        (QueueAttributeName::FifoQueue, "true".to_owned()),
        (
            QueueAttributeName::VisibilityTimeout,
            VISIBILITY_TIMEOUT.to_owned(),
        ),
    ]);
    let create = queues.client().create_queue();
    let create = create.queue_name(format!("{}.fifo", fresh(prefix)));
    let created = create.set_attributes(Some(attributes)).send().await;
    url_at(queues.endpoint(), &created.unwrap().queue_url.unwrap())
}

fn name_of(queue_url: &str) -> &str {
    queue_url.rsplit('/').next().unwrap()
}
