//! What the functions and the command share to reach the world: AWS, settings, queues, log lines.
//!
//! # Layout
//!
//! In the order in which a message meets them:
//!
//! * [`environment`]: the environment variables of the functions; no other module reads any.
//! * [`start`]: how the functions start, and what they know of an invocation.
//! * [`clock`]: the time of day, as a value that tests can set.
//! * [`settings`]: the configuration in use, read again from time to time.
//! * [`endpoint`]: an HTTP request turned into a proven message, and the code of every refusal.
//! * [`pull`]: messages pulled from a broker, staged in batches, acknowledged once they are staged.
//! * [`ordered`]: sends that keep the order of each group under partial failure.
//! * [`queue`]: queues of SQS to send to.
//! * [`quarantine`]: what cannot be understood, with the reason and the original.
//! * [`aws`]: what all clients of AWS share.
//! * [`internal_event`]: what happens, each with its log line and its counter.
//! * [`telemetry`]: log lines and metrics of the functions.

pub mod aws;
pub mod clock;
pub mod endpoint;
pub mod environment;
pub mod internal_event;
pub mod ordered;
pub mod pull;
pub mod quarantine;
pub mod queue;
pub mod settings;
pub mod start;
pub mod telemetry;
