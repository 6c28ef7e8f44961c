//! The resources of a Tuya project at the message service: an access id, topics with a subscription
//! each, and messages.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tokio::time::sleep;

use crate::deadline::{until, within};
use crate::pulsar::Pulsar;
use crate::pulsar::socket::Socket;

/// The number of messages that are sent before the first is known to be stored.
const OUTSTANDING: usize = 500;

/// How long storing a set of messages may take.
const PRODUCE_LIMIT: Duration = Duration::from_secs(60);

/// The pause before the broker is asked again: statistics are costly for it.
const PAUSE: Duration = Duration::from_millis(100);

/// A project.
#[derive(Clone, Debug)]
pub struct Project<'a> {
    pulsar: &'a Pulsar,
    id: String,
}

/// A topic of a project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// Messages of the production environment, in 11 partitions.
    Event,
    /// Messages of the test environment.
    EventTest,
    /// Notices of the service itself.
    Notice,
}

/// A message to produce.
#[derive(Clone, Debug)]
pub struct Outgoing {
    /// The device's id.
    pub key: String,
    /// The property `em`.
    pub em: Option<&'static str>,
    /// The envelope.
    pub payload: Vec<u8>,
}

/// The unacknowledged rest of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Messages without an acknowledgement.
    pub messages: u64,
    /// Connected consumers, counted once for each partition.
    pub consumers: usize,
}

impl Topic {
    /// All topics.
    pub const ALL: [Topic; 3] = [Topic::Event, Topic::EventTest, Topic::Notice];

    /// The last part of the topic's name.
    pub fn name(self) -> &'static str {
        match self {
            Topic::Event => "event",
            Topic::EventTest => "event-test",
            Topic::Notice => "notice",
        }
    }

    /// The names of the statistics of the topic and of its partitions.
    fn statistics(self) -> &'static str {
        match self {
            Topic::Event => "partitioned-stats",
            Topic::EventTest | Topic::Notice => "stats",
        }
    }
}

impl<'a> Project<'a> {
    /// Creates a project with all topics and subscriptions. Its user logs in with a password.
    ///
    /// # Panics
    ///
    /// If the broker refuses, for example because the project exists.
    pub async fn create(pulsar: &'a Pulsar, id: &str, password: &str) -> Project<'a> {
        let admin = pulsar.admin();
        let cluster = json!({"allowedClusters": ["standalone"]});
        admin.put(&format!("tenants/{id}"), cluster).await;
        admin.put(&format!("namespaces/{id}/out"), json!({})).await;
        for topic in Topic::ALL {
            let path = format!("persistent/{id}/out/{}", topic.name());
            match topic {
                Topic::Event => admin.put(&format!("{path}/partitions"), json!(11)).await,
                Topic::EventTest | Topic::Notice => admin.put(&path, json!({})).await,
            }
            let subscription = format!("{path}/subscription/{id}-sub");
            admin.put(&subscription, json!("earliest")).await;
        }
        let rights = format!("namespaces/{id}/out/permissions/{id}");
        admin.post(&rights, json!(["consume"])).await;
        pulsar.let_in(id, password);
        Project {
            pulsar,
            id: id.to_owned(),
        }
    }

    /// Produces messages through the broker's own service, in order, and waits until all are
    /// stored.
    ///
    /// # Panics
    ///
    /// If a message is not stored.
    pub async fn produce(&self, topic: Topic, messages: &[Outgoing]) {
        within(PRODUCE_LIMIT, "messages are stored", async {
            let path = format!("producer/persistent/{}/out/{}", self.id, topic.name());
            let authorization = self.pulsar.admin().authorization();
            let headers = [("authorization", authorization.as_str())];
            let mut socket = Socket::connect(self.pulsar, &path, &headers)
                .await
                .unwrap_or_else(|status| panic!("a producer was refused: {status}"));
            let mut stored = 0;
            for (index, message) in messages.iter().enumerate() {
                if index - stored == OUTSTANDING {
                    socket.flush().await;
                    while index - stored > OUTSTANDING / 2 {
                        assert_stored(&socket.next().await);
                        stored += 1;
                    }
                }
                socket.feed(&message.frame()).await;
            }
            socket.flush().await;
            for _ in stored..messages.len() {
                assert_stored(&socket.next().await);
            }
        })
        .await;
    }

    /// The unacknowledged rest of the subscription of a topic.
    ///
    /// # Panics
    ///
    /// If the broker does not answer.
    pub async fn backlog(&self, topic: Topic) -> Backlog {
        let subscription = self.statistics(topic).await;
        let messages = subscription["msgBacklog"].as_u64();
        let consumers = subscription["consumers"].as_array();
        match (messages, consumers) {
            (Some(messages), Some(consumers)) => Backlog {
                messages,
                consumers: consumers.len(),
            },
            _ => panic!("no statistics of a subscription: {subscription}"),
        }
    }

    /// How many messages of a topic were delivered to consumers since the broker started; a message
    /// that was delivered twice counts twice. The consumers are those of the broker's WebSocket
    /// service, which passes a message on as soon as its client takes a message.
    ///
    /// # Panics
    ///
    /// If the broker does not answer.
    pub async fn handed_out(&self, topic: Topic) -> u64 {
        let subscription = self.statistics(topic).await;
        let count = subscription["msgOutCounter"].as_u64();
        count.unwrap_or_else(|| panic!("no statistics of a subscription: {subscription}"))
    }

    /// What the broker tells of a topic and its cursors, for the message of a test that fails.
    pub async fn told(&self, topic: Topic) -> Value {
        let path = format!("persistent/{}/out/{}", self.id, topic.name());
        let admin = self.pulsar.admin();
        match topic {
            Topic::Event => json!([
                admin.get(&format!("{path}/partitioned-stats")).await,
                admin
                    .get(&format!("{path}/partitioned-internalStats"))
                    .await,
            ]),
            Topic::EventTest | Topic::Notice => json!([
                admin.get(&format!("{path}/stats")).await,
                admin.get(&format!("{path}/internalStats")).await,
            ]),
        }
    }

    async fn statistics(&self, topic: Topic) -> Value {
        let id = &self.id;
        let name = topic.name();
        let statistics = topic.statistics();
        let path = format!("persistent/{id}/out/{name}/{statistics}?getPreciseBacklog=true");
        let mut found = self.pulsar.admin().get(&path).await;
        found["subscriptions"][format!("{id}-sub")].take()
    }

    /// Waits until all messages of a topic are acknowledged.
    ///
    /// # Panics
    ///
    /// If that takes longer than `limit`.
    pub async fn until_acknowledged(&self, topic: Topic, limit: Duration) {
        self.until(limit, "an empty backlog", async || {
            self.backlog(topic).await.messages == 0
        })
        .await;
    }

    /// Waits until messages of a topic were delivered to consumers `count` times.
    ///
    /// # Panics
    ///
    /// If that takes longer than `limit`.
    pub async fn until_handed_out(&self, topic: Topic, count: u64, limit: Duration) {
        self.until(limit, "messages that are handed out", async || {
            self.handed_out(topic).await >= count
        })
        .await;
    }

    /// Waits until a consumer of a topic is connected.
    ///
    /// # Panics
    ///
    /// If that takes longer than `limit`.
    pub async fn until_connected(&self, topic: Topic, limit: Duration) {
        self.until(limit, "a consumer", async || {
            self.backlog(topic).await.consumers > 0
        })
        .await;
    }

    async fn until(&self, limit: Duration, what: &str, met: impl AsyncFn() -> bool) {
        until(limit, what, || async {
            if met().await {
                return Some(());
            }
            sleep(PAUSE).await;
            None
        })
        .await;
    }
}

impl Outgoing {
    fn frame(&self) -> Value {
        let mut frame = json!({"payload": BASE64.encode(&self.payload), "key": self.key});
        if let Some(em) = self.em {
            frame["properties"] = json!({"em": em});
        }
        frame
    }
}

fn assert_stored(reply: &Value) {
    assert_eq!(reply["result"], "ok", "{reply}");
}
