//! What a broker has to offer.

use thingrelay_core::{
    identity::MessageId, message::Message, source::SourceName, staged::stand_in,
};

/// A broker that messages of one source are pulled from.
pub trait Broker: Sync {
    /// A connection to it.
    type Subscription: Subscription;

    /// Connects, until a first message can come, and records
    /// [`Connected`](crate::internal_event::InternalEvent::Connected).
    ///
    /// The future may be dropped before it is done. A pull gives it
    /// [`Limits::connect`](super::Limits::connect) and asks again later after an error.
    ///
    /// # Errors
    /// See [`ConnectError`].
    fn connect(&self) -> impl Future<Output = Result<Self::Subscription, ConnectError>> + Send;

    /// The source, for log lines and counters.
    fn source(&self) -> &SourceName;

    /// What of the source is pulled, for log lines. The brokers of one source differ in it.
    fn topic(&self) -> &str;

    /// A small message to stage in place of one that the queue refuses for good, in the same group:
    /// [`stand_in`]. Without one, the refused message is sent again and again, and its group waits.
    fn stand_in(&self, refused: &Message) -> Option<Message> {
        stand_in(refused)
    }
}

/// A connection that messages arrive on.
///
/// What was handed out and not acknowledged is handed out again, in its order, on a later
/// connection: the broker does that of itself once this one has ended.
pub trait Subscription: Send {
    /// What acknowledges a message.
    type AckToken: Send + 'static;

    /// Waits for the next message.
    ///
    /// The future is dropped often, whenever something else is to be done, and must lose nothing
    /// then. While as much is held as [`Limits`](super::Limits) allow, it is not asked for: a
    /// connection that is not read from holds the broker back.
    ///
    /// # Errors
    /// [`SubscriptionError`] if no further message can come.
    fn next(
        &mut self,
    ) -> impl Future<Output = Result<Delivery<Self::AckToken>, SubscriptionError>> + Send;

    /// Acknowledges messages that are staged, in the order in which that happened, which is not
    /// the order of their delivery.
    ///
    /// It may put off telling the broker; [`Subscription::tick`] and [`Subscription::close`] follow for sure.
    ///
    /// # Errors
    /// [`SubscriptionError`] if the connection is broken. Taking longer than
    /// [`Limits::answer`](super::Limits::answer) counts as that.
    fn acknowledge(
        &mut self,
        ack_tokens: Vec<Self::AckToken>,
    ) -> impl Future<Output = Result<(), SubscriptionError>> + Send;

    /// What is to be done from time to time, a ping or a commit that was put off, say. It is called
    /// about once a second, also while nothing arrives and while nothing more is asked for.
    ///
    /// # Errors
    /// As those of [`Subscription::acknowledge`].
    fn tick(&mut self) -> impl Future<Output = Result<(), SubscriptionError>> + Send {
        std::future::ready(Ok(()))
    }

    /// Whether the broker has given anything that was handed out here to another consumer since it was
    /// last asked; then [`Subscription::is_current`] says of what.
    fn has_lost(&mut self) -> bool {
        false
    }

    /// Whether a message is this connection's still. What is not and is not under way is forgotten:
    /// the other consumer stages it.
    fn is_current(&self, ack_token: &Self::AckToken) -> bool {
        let _ = ack_token;
        true
    }

    /// Ends the connection, also a broken one, so that the broker hands out again what was not
    /// acknowledged. It gets [`Limits::parting`](super::Limits::parting).
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// A message that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery<R> {
    /// Its id, for log lines.
    pub id: MessageId,
    /// What is to be staged. Messages of one FIFO group are staged in the order of their delivery.
    pub message: Message,
    /// What acknowledges it.
    pub ack_token: R,
}

/// A connection has ended, or is broken. The text goes to logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SubscriptionError(pub String);

/// Why there is no connection. The texts go to logs, and say what to check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The broker refuses the credentials: an operator has to correct them.
    #[error("{0}")]
    Refused(String),
    /// The broker knows no such topic or subscription.
    #[error("{0}")]
    Missing(String),
    /// The broker cannot be reached, or does not answer as one.
    #[error("{0}")]
    Unreachable(String),
}
