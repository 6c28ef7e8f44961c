//! Projects at a broker, a staging queue, and the function between them.

use std::time::Duration;

use serde_json::{Value, json};
use sqs_server::{Options, Server};
use thingrelay_tests::config::Config;
use thingrelay_tests::deadline::until;
use thingrelay_tests::faulty::{Faulty, Mode};
use thingrelay_tests::lambda::{Function, Outcome};
use thingrelay_tests::pulsar::{Project, Pulsar, Topic};
use thingrelay_tests::queue::{Queues, url_at};
use thingrelay_tests::tuya::Access;
use tokio::task::JoinHandle;

use crate::staged::Record;

/// How long something may take that is a matter of seconds on a quiet machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// What an invocation keeps back of its time.
const MARGIN: Duration = Duration::from_secs(5);

/// The name of the source where there is only one.
pub(crate) const HOUSE: &str = "house";

/// Sources, the queue that they are staged on, and the proxy before it.
pub(crate) struct Setting<'a> {
    pub(crate) queues: Queues,
    pub(crate) server: Server,
    pub(crate) staging: String,
    pub(crate) before_staging: Faulty,
    sources: Vec<Source<'a>>,
    config: Config,
}

/// A source of the configuration and its project.
pub(crate) struct Source<'a> {
    pub(crate) name: &'static str,
    pub(crate) access: Access,
    pub(crate) project: Project<'a>,
}

impl<'a> Setting<'a> {
    /// One source, at the broker itself.
    pub(crate) async fn new(pulsar: &'a Pulsar) -> Self {
        Setting::at(pulsar, &pulsar.url(), &[(HOUSE, "")]).await
    }

    /// Sources with lines of their own, which reach the broker by a URL.
    pub(crate) async fn at(
        pulsar: &'a Pulsar,
        url: &str,
        sources: &[(&'static str, &str)],
    ) -> Self {
        let mut made = Vec::new();
        let mut config = String::new();
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
        }
    }

    /// The only source.
    pub(crate) fn house(&self) -> &Source<'a> {
        self.source(HOUSE)
    }

    /// The source of a name.
    pub(crate) fn source(&self, name: &str) -> &Source<'a> {
        let mut sources = self.sources.iter();
        sources.find(|source| source.name == name).unwrap()
    }

    /// Programs of the function, as one reserves concurrency for them.
    pub(crate) async fn function(&self, instances: usize) -> Function {
        function(&self.config, &self.staging_url(), instances).await
    }

    /// The staging queue by way of the proxy.
    pub(crate) fn staging_url(&self) -> String {
        url_at(&self.before_staging.endpoint(), &self.staging)
    }

    /// The configuration's file.
    pub(crate) fn config(&self) -> &Config {
        &self.config
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
    pub(crate) async fn records(&self) -> Vec<Record> {
        let received = self.queues.drain(&self.staging).await;
        received.iter().map(Record::parse).collect()
    }
}

impl Source<'_> {
    /// Waits until everything in production is acknowledged.
    pub(crate) async fn until_acknowledged(&self) {
        self.project.until_acknowledged(Topic::Event, LIMIT).await;
    }

    /// What is not acknowledged in production.
    pub(crate) async fn backlog(&self) -> u64 {
        self.project.backlog(Topic::Event).await.messages
    }
}

/// A table of the configuration.
pub(crate) fn table(name: &str, url: &str, access: &Access, lines: &str) -> String {
    let Access { id, key } = access;
    format!(
        "[sources.{name}]\nplatform = \"tuya\"\nurl = \"{url}\"\naccess_id = \"{id}\"\naccess_key = \
         \"{key}\"\n{lines}\n"
    )
}

/// Programs of the function with a configuration and a staging queue.
pub(crate) async fn function(config: &Config, staging_url: &str, instances: usize) -> Function {
    let file = config.file().to_string_lossy().into_owned();
    let environment = [
        ("THINGRELAY_CONFIG_FILE", file.as_str()),
        ("THINGRELAY_STAGING_QUEUE_URL", staging_url),
        ("THINGRELAY_METRICS_NAMESPACE", "thingrelay"),
    ];
    Function::start("tuya", &environment, instances).await
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

/// How many messages an invocation acknowledged, by its own account.
pub(crate) fn acknowledged(outcome: &Outcome) -> u64 {
    let answer: &Value = outcome.as_ref().unwrap();
    answer["acknowledged"].as_u64().unwrap()
}

fn name_of(queue_url: &str) -> &str {
    queue_url.rsplit('/').next().unwrap()
}
