//! The interface of a broker.

use thingrelay_core::{
    identity::MessageId, message::Message, source::SourceName, staged::stand_in,
};

/// A broker from which the messages of one source are pulled.
pub trait Broker: Sync {
    /// A connection to the broker.
    type Subscription: Subscription;

    /// Connects, so that a first message can come, and emits
    /// [`Connected`](crate::internal_event::InternalEvent::Connected).
    ///
    /// The future may be dropped before it is done. A pull gives it
    /// [`Limits::connect`](super::Limits::connect) and tries again later after an error.
    ///
    /// # Errors
    /// See [`ConnectError`].
    fn connect(&self) -> impl Future<Output = Result<Self::Subscription, ConnectError>> + Send;

    /// The source, for log lines and counters.
    fn source(&self) -> &SourceName;

    /// The part of the source that is pulled, for log lines. The brokers of one source differ in
    /// it.
    fn topic(&self) -> &str;

    /// A small message, in the same group, to stage in place of a message that the queue refuses
    /// permanently: [`stand_in`]. Without one, the refused message is sent again and again, and its
    /// group waits.
    fn stand_in(&self, refused: &Message) -> Option<Message> {
        stand_in(refused)
    }
}

/// A connection on which messages arrive.
///
/// Once the connection has ended, the broker delivers all unacknowledged messages again, in their
/// order, on a later connection.
pub trait Subscription: Send {
    /// The token that acknowledges a message.
    type AckToken: Send + 'static;

    /// Waits for the next message.
    ///
    /// The future is dropped often, whenever there is other work to do, and must lose nothing then.
    /// It is not called while the pull holds as much as [`Limits`](super::Limits) allow: a
    /// connection that is not read slows the broker down.
    ///
    /// # Errors
    /// [`SubscriptionError`] if no further message can come.
    fn next(
        &mut self,
    ) -> impl Future<Output = Result<Delivery<Self::AckToken>, SubscriptionError>> + Send;

    /// Acknowledges staged messages, in the order in which they were staged, which is not the order
    /// of their delivery.
    ///
    /// It may tell the broker later; [`Subscription::tick`] and [`Subscription::close`] always
    /// follow.
    ///
    /// # Errors
    /// [`SubscriptionError`] if the connection is broken. Taking longer than
    /// [`Limits::answer`](super::Limits::answer) counts as broken.
    fn acknowledge(
        &mut self,
        ack_tokens: Vec<Self::AckToken>,
    ) -> impl Future<Output = Result<(), SubscriptionError>> + Send;

    /// Does periodic work, for example a ping or a commit that was put off. It is called about once
    /// a second, also while nothing arrives and while the pull receives nothing more.
    ///
    /// # Errors
    /// The same as those of [`Subscription::acknowledge`].
    fn tick(&mut self) -> impl Future<Output = Result<(), SubscriptionError>> + Send {
        std::future::ready(Ok(()))
    }

    /// Whether the broker has given any delivered message to another consumer since the last call.
    /// If so, [`Subscription::is_current`] tells which.
    fn has_lost(&mut self) -> bool {
        false
    }

    /// Whether a message still belongs to this connection. A message that does not, and is not
    /// under way, is forgotten: the other consumer stages it.
    fn is_current(&self, ack_token: &Self::AckToken) -> bool {
        let _ = ack_token;
        true
    }

    /// Ends the connection, even a broken one, so that the broker delivers unacknowledged messages
    /// again. It gets [`Limits::parting`](super::Limits::parting).
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// A message that has arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery<R> {
    /// The message's id, for log lines.
    pub id: MessageId,
    /// The message to stage. Messages of one FIFO group are staged in the order of their delivery.
    pub message: Message,
    pub ack_token: R,
}

/// A connection has ended or is broken. The text goes to logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SubscriptionError(pub String);

/// Why there is no connection. The texts go to logs, and say what to check.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The broker refuses the credentials. An operator has to correct them.
    #[error("{0}")]
    Refused(String),
    /// The broker has no such topic or subscription.
    #[error("{0}")]
    Missing(String),
    /// The broker cannot be reached, or does not answer like a broker.
    #[error("{0}")]
    Unreachable(String),
}
