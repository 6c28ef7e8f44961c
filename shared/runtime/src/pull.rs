//! Pulls messages from a broker, stages them in batches, and acknowledges them once they are
//! staged.
//!
//! # Layout
//!
//! * [`invocation`]: pulls from the brokers during the invocations of a function.
//! * [`mod@side_by_side`]: pulls from several brokers at a time.
//! * [`subscription`]: the interface of a broker: connections, deliveries, acknowledgements.
//! * [`limits`]: how many messages are held, and how long a pull waits.
//! * [`backoff`]: how long to wait before the next try.
//! * `draining`: one pull, from its first connection to its end.
//! * [`summary`]: the result of a pull.
//! * `connection`: one connection, from its first message to its end.
//! * `staging`: the calls to the staging queue, several at a time, and their results.
//! * `backlog`: the messages that have arrived and are not staged yet, in lines by group.
//! * `silence`: how long no message has come.
//! * `shutdown`: the end of a pull, and how much time is left after it.
//!
//! # Why the order of a group holds
//!
//! A subscription delivers the messages of a group in their order. They form one line. Only the
//! head of a line is ever under way, and a head that staging does not accept goes back to the head.
//! When a connection ends, all calls end before the next connection begins, and messages that were
//! not staged are forgotten. The broker delivers them again, in order, along with messages that
//! were staged and not acknowledged. The copies of these have the same ids, and come before any
//! later message. The staging queue drops a copy that comes within five minutes of the first. A
//! later copy is staged again, with everything that came after it, in order again.

mod backlog;
pub mod backoff;
mod connection;
mod draining;
pub mod invocation;
pub mod limits;
mod shutdown;
pub mod side_by_side;
mod silence;
mod staging;
pub mod subscription;
pub mod summary;

pub use draining::pull;
pub use invocation::{InvocationSummary, Puller};
pub use limits::Limits;
pub use side_by_side::{Pull, PullResult, side_by_side};
pub use subscription::{Broker, ConnectError, Delivery, Subscription, SubscriptionError};
pub use summary::PullSummary;

#[cfg(test)]
mod tests;
