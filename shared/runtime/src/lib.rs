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
//! * [`topic`]: topics of SNS to send to.
//! * [`event_bus`]: event buses of EventBridge to send to.
//! * [`target`]: a target of any kind, to send to.
//! * [`send_error`]: failures of a send, by what the sender can do.
//! * `send_timeout`: how long a sender waits for a receiver.
//! * `resending`: the messages of one call, sent again as long as they may be accepted.
//! * [`quarantine`]: what cannot be understood, with the reason and the original.
//! * [`aws`]: what all clients of AWS share.
//! * [`internal_event`]: what happens, each with its log line and its counter.
//! * [`telemetry`]: log lines and metrics of the functions.

#[cfg(test)]
mod answering;
pub mod aws;
pub mod clock;
pub mod endpoint;
pub mod environment;
pub mod event_bus;
pub mod internal_event;
pub mod ordered;
pub mod pull;
pub mod quarantine;
pub mod queue;
mod resending;
pub mod send_error;
mod send_timeout;
pub mod settings;
pub mod start;
pub mod target;
pub mod telemetry;
pub mod topic;
