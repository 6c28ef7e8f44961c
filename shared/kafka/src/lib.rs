//! The client of CKafka: records pulled by a consumer group into the staging queue.
//!
//! Lambda's own Kafka event source takes no connection without TLS, which is CKafka's usual public
//! route. EventBridge Scheduler invokes the function; it pulls for as long as its invocation lasts,
//! commits the offsets of what the staging queue has accepted, and the next invocation goes on. The
//! same code runs for ever on one machine.
//!
//! # Layout
//!
//! * [`run`](mod@run): all pulled CKafka sources of a configuration side by side.
//! * [`broker`]: the cluster of a source, connected to.
//! * [`subscription`]: a member of the consumer group: records come, offsets are committed.
//! * [`offset_tracker`]: which offsets may be committed: those before which everything is staged.
//! * `client`: the one place that knows librdkafka's settings and events of a member of a group.
//! * `cause`: what an error code means.
//! * [`produce`]: records produced to a topic, for `send`, which plays a platform.
//! * [`probe`]: a source's cluster tried without a trace.
//! * `connection`: how a cluster is reached and who we are there.

#[cfg(not(panic = "unwind"))]
compile_error!("a panic over one record must not end all: build with `panic = \"unwind\"`");

pub mod broker;
mod cause;
mod client;
mod connection;
pub mod offset_tracker;
pub mod probe;
pub mod produce;
pub mod run;
pub mod subscription;

pub use broker::{CkafkaBroker, MemberName};
pub use run::{pulls, run};
pub use subscription::CkafkaSubscription;
