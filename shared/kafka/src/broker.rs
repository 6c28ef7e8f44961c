//! The cluster of a source, connected to.

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

/// Who a member of a consumer group is, whenever it comes back: the group keeps its partitions for
/// it. No two may be there at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberName(String);

impl MemberName {
    /// The member that the function is: there is one at a time.
    pub fn function() -> MemberName {
        MemberName("thingrelay".to_owned())
    }

    /// A member of that name; other characters than letters, digits, `.`, `_` and `-` become `-`.
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

/// How long it may take to learn how many partitions the topics have.
const METADATA_LIMIT: Duration = Duration::from_secs(2);

/// Connects to the cluster of a source.
pub struct CkafkaBroker {
    context: SourceContext,
    ckafka: Ckafka,
    pull: KafkaPull,
    member: MemberName,
    /// Their names in one.
    topics: String,
}

impl CkafkaBroker {
    /// A broker; nothing is connected yet. `None` where the source is not pulled.
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
    /// The instance id: of the member, the source, and the topics with how many partitions they have.
    ///
    /// A member that comes back under its id is handed the partitions that it had: others, of a topic
    /// that has grown or was added, no member would read. Under another id the group distributes them again, as
    /// soon as the session of the former is over.
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
                .map_err(ConnectError::Unreachable)?;
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
