//! Projects at a broker, a staging queue, and the function between them.

use std::time::Duration;

use serde_json::{Value, json};
use sqs_server::{Options, Server};
use thingrelay_tests::cloud::consume;
use thingrelay_tests::config::Config;
use thingrelay_tests::deadline::until;
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::lambda::{Function, Outcome};
use thingrelay_tests::pulsar::{Project, Pulsar, Topic};
use thingrelay_tests::queue::{Queues, url_at};
use thingrelay_tests::tuya::Access;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::staged::{Quarantined, Record};

/// A limit for steps that take seconds on a quiet machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// The part of its time that an invocation reserves for its end.
const MARGIN: Duration = Duration::from_secs(5);

/// The name of the source if there is only one.
pub(crate) const HOUSE: &str = "house";

/// The sources, their staging queue, and the proxy in front of the queue.
pub(crate) struct Setting<'a> {
    pub(crate) queues: Queues,
    pub(crate) server: Server,
    pub(crate) staging: String,
    pub(crate) before_staging: Faulty,
    sources: Vec<Source<'a>>,
    config: Config,
    config_text: String,
}

/// A source of the configuration and its project.
pub(crate) struct Source<'a> {
    pub(crate) name: &'static str,
    pub(crate) access: Access,
    pub(crate) project: Project<'a>,
}

impl<'a> Setting<'a> {
    /// One source at the broker itself.
    pub(crate) async fn new(pulsar: &'a Pulsar) -> Self {
        Setting::of(pulsar, &[(HOUSE, "")], "").await
    }

    /// Sources with their own lines, each with a project, and additional tables of the
    /// configuration.
    pub(crate) async fn of(
        pulsar: &'a Pulsar,
        sources: &[(&'static str, &str)],
        tables: &str,
    ) -> Self {
        Setting::at(pulsar, &pulsar.url(), sources, tables).await
    }

    /// Like [`Setting::of`], with another URL for the sources' broker.
    pub(crate) async fn at(
        pulsar: &'a Pulsar,
        url: &str,
        sources: &[(&'static str, &str)],
        tables: &str,
    ) -> Self {
        let mut made = Vec::new();
        let mut config = tables.to_owned();
        for (name, lines) in sources {
            let access = Access::fresh();
            let project = Project::create(pulsar, &access.id, &access.password()).await;
            config.push_str(&table(name, url, &access, lines));
            made.push(Source {
                name,
                access,
                project,
            });
        }
        let server = Server::start(Options::default()).await.unwrap();
        let queues = Queues::at(&server.endpoint());
        Setting {
            staging: queues.create_fifo("staging").await,
            before_staging: Faulty::start(queues.endpoint(), Mode::Up, 7).await,
            queues,
            server,
            sources: made,
            config: Config::of(&config),
            config_text: config,
        }
    }

    /// The only source.
    pub(crate) fn house(&self) -> &Source<'a> {
        self.source(HOUSE)
    }

    /// The source with this name.
    pub(crate) fn source(&self, name: &str) -> &Source<'a> {
        let mut sources = self.sources.iter();
        sources.find(|source| source.name == name).unwrap()
    }

    /// As many programs of the function as its reserved concurrency allows.
    pub(crate) async fn function(&self, instances: usize) -> Function {
        let file = self.config.file().to_string_lossy().into_owned();
        let staging = url_at(&self.before_staging.endpoint(), &self.staging);
        let environment = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_STAGING_QUEUE_URL", staging.as_str()),
            ("THINGRELAY_METRICS_NAMESPACE", "thingrelay"),
        ];
        Function::start("tuya", &environment, instances).await
    }

    /// The configuration.
    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Hands staged messages to the consumer until `count` messages are processed. Returns the
    /// events at the target and the quarantined messages.
    pub(crate) async fn consume(&self, count: usize) -> (Vec<Value>, Vec<Quarantined>) {
        let quarantine = self.queues.create_standard("quarantine").await;
        let events = self.queues.create_fifo("events").await;
        let target = format!("[targets.events]\ntype = \"sqs\"\nqueue_url = \"{events}\"\n");
        let config = Config::of(&format!("{}\n{target}", self.config_text));
        let file = config.file().to_string_lossy().into_owned();
        let environment = [
            ("THINGRELAY_CONFIG_FILE", file.as_str()),
            ("THINGRELAY_STAGING_QUEUE_URL", self.staging.as_str()),
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

    /// The number of messages on the staging queue.
    pub(crate) fn staged(&self) -> usize {
        let depth = self.server.depth(name_of(&self.staging)).unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }

    /// The number of sends that the staging queue dropped as repeats.
    pub(crate) fn repeated(&self) -> u64 {
        self.server.duplicates(name_of(&self.staging)).unwrap()
    }

    /// Waits until `count` messages are on the staging queue.
    ///
    /// A slow machine may take long for many messages, so only a standstill fails.
    pub(crate) async fn until_staged(&self, count: usize) {
        let mut staged = self.staged();
        while staged < count {
            let more = async || Some(self.staged()).filter(|found| *found > staged);
            let more = until(LIMIT * 2, "more staged messages", more);
            let Ok(found) = timeout(LIMIT, more).await else {
                panic!(
                    "{staged} of {count} are staged: {:#}",
                    self.at_brokers().await
                );
            };
            staged = found;
        }
    }

    /// What the broker tells of each source.
    async fn at_brokers(&self) -> Value {
        let statistics = self.sources.iter();
        let statistics = statistics.map(|source| source.project.told(Topic::Event));
        futures::future::join_all(statistics).await.into()
    }

    /// Waits until `count` messages are on the staging queue, or the other condition holds.
    pub(crate) async fn until_staged_or(&self, count: usize, other: impl Fn() -> bool) {
        until(LIMIT, &format!("{count} staged messages"), || async {
            (self.staged() >= count || other()).then_some(())
        })
        .await;
    }

    /// All messages on the staging queue, in the order in which they were staged.
    pub(crate) async fn records(&self) -> Vec<Record> {
        let received = self.queues.drain(&self.staging).await;
        received.iter().map(Record::parse).collect()
    }
}

impl Source<'_> {
    /// Waits until all messages in production are acknowledged.
    pub(crate) async fn until_acknowledged(&self) {
        self.project.until_acknowledged(Topic::Event, LIMIT).await;
    }

    /// The number of unacknowledged messages in production.
    pub(crate) async fn backlog(&self) -> u64 {
        self.project.backlog(Topic::Event).await.messages
    }
}

/// A source's table of the configuration.
pub(crate) fn table(name: &str, url: &str, access: &Access, lines: &str) -> String {
    let Access { id, key } = access;
    format!(
        "[sources.{name}]\nplatform = \"tuya\"\nurl = \"{url}\"\naccess_id = \"{id}\"\naccess_key = \
         \"{key}\"\n{lines}\n"
    )
}

/// Invokes the function so that it pulls for `length`, and waits for its answer.
pub(crate) async fn pull(function: &Function, length: Duration) -> Outcome {
    function.invoke_within(&json!({}), length + MARGIN).await
}

/// Like [`pull`], with the answer as a task.
pub(crate) fn begin_to_pull(function: &Function, length: Duration) -> JoinHandle<Outcome> {
    let function = function.clone();
    tokio::spawn(async move { pull(&function, length).await })
}

/// Invokes the function for `length` repeatedly until it reports `count` acknowledged messages in
/// total: a slow machine takes more than one window. Returns the last answer.
pub(crate) async fn pull_until_acknowledged(
    function: &Function,
    length: Duration,
    count: u64,
) -> Value {
    let mut sum = 0;
    for _ in 0..20 {
        let outcome = pull(function, length).await;
        sum += acknowledged(&outcome);
        assert!(sum <= count, "{sum} of {count}");
        if sum == count {
            return outcome.unwrap();
        }
    }
    panic!("only {sum} of {count} are acknowledged");
}

/// The number of acknowledged messages, as the invocation reports it.
pub(crate) fn acknowledged(outcome: &Outcome) -> u64 {
    let answer: &Value = outcome.as_ref().unwrap();
    answer["acknowledged"].as_u64().unwrap()
}

fn name_of(queue_url: &str) -> &str {
    queue_url.rsplit('/').next().unwrap()
}
