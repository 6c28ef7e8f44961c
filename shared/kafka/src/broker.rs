//! Connects to the cluster of a source.

use crate::{
    client::{Client, SESSIONS},
    connection,
    subscription::{CkafkaSubscription, JoinError, SourceContext},
};
use sha2::{Digest, Sha256};
use std::time::Duration;
use thingrelay::{
    clock::Clock,
    internal_event::InternalEvent,
    pull::{Broker, ConnectError},
};
use thingrelay_core::{
    config::{Ckafka, EdgeSource, KafkaPull},
    source::SourceName,
};

/// The name of a member of a consumer group. When the member comes back, it gets its partitions
/// again. No two members may use a name at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberName(String);

impl MemberName {
    /// The function's name. Only one function runs at a time.
    pub fn function() -> MemberName {
        MemberName("thingrelay".to_owned())
    }

    /// A member with that name. Characters other than letters, digits, `.`, `_` and `-` become `-`.
    pub fn named(name: &str) -> MemberName {
        let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let name: String = name
            .chars()
            .take(100)
            .map(|c| if kept(c) { c } else { '-' })
            .collect();
        MemberName(format!("thingrelay-{name}"))
    }
}

/// How long it may take to ask for the number of partitions of the topics.
const METADATA_LIMIT: Duration = Duration::from_secs(2);

/// Connects to the cluster of a source.
pub struct CkafkaBroker {
    context: SourceContext,
    ckafka: Ckafka,
    pull: KafkaPull,
    member: MemberName,
    /// The names of the topics in one text.
    topics: String,
}

impl CkafkaBroker {
    /// Makes a broker, and connects nothing yet. `None` if the source is not pulled.
    pub fn new(
        source: &EdgeSource,
        ckafka: &Ckafka,
        member: &MemberName,
        clock: Clock,
    ) -> Option<Self> {
        Some(CkafkaBroker {
            context: SourceContext {
                source: source.name.clone(),
                platform: source.platform,
                clock,
            },
            ckafka: ckafka.clone(),
            pull: ckafka.pull.clone()?,
            member: member.clone(),
            topics: ckafka.topics.join(", "),
        })
    }
}

impl CkafkaBroker {
    /// The instance id. It is made of the member, the source, and the topics with their numbers of
    /// partitions.
    ///
    /// A member that comes back with its old id gets only its old partitions. If a topic has grown
    /// or was added, no member would read the new partitions. With a new id, the group distributes
    /// the partitions again as soon as the session of the old member is over.
    async fn instance(&self) -> String {
        let (ckafka, security) = (&self.ckafka, &self.pull.security);
        let counts =
            connection::partitions(&ckafka.brokers, security, &ckafka.topics, METADATA_LIMIT).await;
        let mut hash = Sha256::new();
        for (topic, count) in ckafka.topics.iter().zip(counts) {
            hash.update(format!("{topic} {count:?}\n"));
        }
        let hash: String = hex::encode(hash.finalize()).chars().take(8).collect();
        let (member, source) = (&self.member.0, self.source());
        format!("{member}-{source}-{hash}")
    }
}

impl Broker for CkafkaBroker {
    type Subscription = CkafkaSubscription;

    async fn connect(&self) -> Result<CkafkaSubscription, ConnectError> {
        let member = self.instance().await;
        let mut subscription = Err(JoinError::Session(String::new()));
        for session in SESSIONS {
            let client = Client::join(self.source(), &self.ckafka, &self.pull, &member, session)
                .map_err(|error| ConnectError::Unreachable(error.to_string()))?;
            let topics = self.ckafka.topics.len();
            subscription = CkafkaSubscription::join(client, self.context.clone(), topics).await;
            if !matches!(subscription, Err(JoinError::Session(_))) {
                break;
            }
        }
        let subscription = subscription.map_err(|error| match error {
            JoinError::Connect(error) => error,
            JoinError::Session(text) => ConnectError::Unreachable(text),
        })?;
        let (source, topic) = (self.source(), self.topic());
        InternalEvent::Connected { source, topic }.emit();
        Ok(subscription)
    }

    fn source(&self) -> &SourceName {
        &self.context.source
    }

    fn topic(&self) -> &str {
        &self.topics
    }
}
