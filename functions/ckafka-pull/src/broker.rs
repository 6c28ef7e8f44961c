//! The cluster of a source, connected to.

use crate::{
    client::Client,
    feed::{CkafkaFeed, Origin, Receipt},
};
use thingrelay::{
    clock::Clock,
    config::{Ckafka, KafkaPull, Source},
    kafka,
    occurrence::Occurrence,
    pull::{Broker, ConnectError},
    queue::Message,
    source::SourceName,
};

/// Who a member of a consumer group is, whenever it comes back: the group keeps its partitions for
/// it. No two may be there at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member(String);

impl Member {
    /// The member that the function is: there is one at a time.
    pub fn function() -> Member {
        Member("thingrelay".to_owned())
    }

    /// A member of that name; other characters than letters, digits, `.`, `_` and `-` become `-`.
    pub fn named(name: &str) -> Member {
        let kept = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let name: String = name
            .chars()
            .take(100)
            .map(|c| if kept(c) { c } else { '-' })
            .collect();
        Member(format!("thingrelay-{name}"))
    }
}

/// Connects to the cluster of a source.
pub struct CkafkaBroker {
    origin: Origin,
    ckafka: Ckafka,
    pull: KafkaPull,
    member: Member,
    /// Their names in one.
    topics: String,
}

impl CkafkaBroker {
    /// A broker; nothing is connected yet. `None` where the source is not pulled.
    pub fn new(source: &Source, ckafka: &Ckafka, member: &Member, clock: Clock) -> Option<Self> {
        Some(CkafkaBroker {
            origin: Origin {
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

impl Broker for CkafkaBroker {
    type Feed = CkafkaFeed;

    async fn connect(&self) -> Result<CkafkaFeed, ConnectError> {
        let client = Client::join(self.source(), &self.ckafka, &self.pull, &self.member.0)
            .map_err(ConnectError::Unreachable)?;
        let feed = CkafkaFeed::join(client, self.origin.clone()).await?;
        let (source, topic) = (self.source(), self.topic());
        Occurrence::Connected { source, topic }.record();
        Ok(feed)
    }

    fn source(&self) -> &SourceName {
        &self.origin.source
    }

    fn topic(&self) -> &str {
        &self.topics
    }

    fn stand_in(&self, refused: &Message, _: &Receipt) -> Option<Message> {
        kafka::stand_in(refused)
    }
}
