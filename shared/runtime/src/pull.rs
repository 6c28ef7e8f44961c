//! Messages pulled from a broker, staged in batches, acknowledged once they are staged.
//!
//! # Layout
//!
//! * [`invocation`]: what the brokers have, pulled for one invocation of a function after another.
//! * [`mod@side_by_side`]: several brokers pulled at a time.
//! * [`subscription`]: what a broker has to offer: connections, deliveries, acknowledgements.
//! * [`limits`]: how much is held, and how long is waited.
//! * [`backoff`]: how long to wait before the next try.
//! * `draining`: one pull, from its first connection to its end.
//! * [`summary`]: what a pull did.
//! * `connection`: one connection, from its first message to its end.
//! * `staging`: calls to the staging queue, several at a time, and what becomes of their messages.
//! * `backlog`: what has arrived and is not staged yet, in lines by group.
//! * `silence`: how long nothing has come.
//! * `shutdown`: the end of a pull, and how much time is left after it.
//!
//! # Why the order of a group holds
//!
//! A subscription hands out the messages of a group in their order. They stand in one line; only the head
//! of a line is ever under way, and one that staging does not take goes back to the head. When a
//! connection ends, all calls end before the next connection begins, and what was not staged is
//! forgotten: the broker hands it out again, in order, along with what was staged and not
//! acknowledged. Of that, the copies come with the same ids, and before anything that follows
//! them. The staging queue drops a copy that comes within five minutes of the first; a later one
//! is staged again, with all that came after it, in order again.

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
