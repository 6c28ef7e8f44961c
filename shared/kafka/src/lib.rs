//! The client of CKafka: a consumer group pulls records into the staging queue.
//!
//! Lambda's own Kafka event source accepts no connection without TLS, which is CKafka's usual
//! public route. EventBridge Scheduler invokes the function. The function pulls for as long as its
//! invocation lasts, commits the offsets of the records that the staging queue has accepted, and
//! the next invocation continues. The same code runs for ever on one machine.
//!
//! # Layout
//!
//! * [`run`](mod@run): pulls all CKafka sources of a configuration side by side.
//! * [`broker`]: connects to the cluster of a source.
//! * [`subscription`]: a member of the consumer group: receives records, commits offsets.
//! * [`offset_tracker`]: which offsets may be committed: those before which every record is staged.
//! * `client`: the one place that knows librdkafka's settings and events of a group member.
//! * `cause`: the meaning of the error codes.
//! * [`produce`]: produces records to a topic, for `send`, which plays a platform.
//! * [`probe`]: tries a source's cluster without leaving a trace.
//! * `connection`: the address and the credentials of a cluster.

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
pub use connection::SettingsError;
pub use run::{pulls, run};
pub use subscription::CkafkaSubscription;
