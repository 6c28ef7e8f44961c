//! The parts with which the functions and the command reach the outside: AWS, settings, queues, log
//! lines.
//!
//! # Layout
//!
//! In the order in which a message passes them:
//!
//! * [`environment`]: the environment variables of the functions; no other module reads any.
//! * [`start`]: how the functions start, and the deadline of an invocation.
//! * [`clock`]: the time of day, as a value that tests can set.
//! * [`settings`]: the configuration in use, which is refreshed from time to time.
//! * [`endpoint`]: turns an HTTP request into an authenticated message, with a code for every
//!   refusal.
//! * [`pull`]: pulls messages from a broker, stages them in batches, and acknowledges them.
//! * [`ordered`]: sends that keep the order of each group under partial failure.
//! * [`queue`]: an SQS queue to send to.
//! * [`topic`]: an SNS topic to send to.
//! * [`event_bus`]: an EventBridge event bus to send to.
//! * [`stream`]: a Firehose stream to put records to.
//! * [`target`]: a target of any kind, to send to.
//! * [`send_error`]: failures of a send, by what the sender can do.
//! * `send_timeout`: how long a sender waits for a receiver.
//! * `resending`: sends the messages of one call again, as long as they may be accepted.
//! * [`quarantine`]: messages that cannot be processed, with the reason and the original.
//! * [`aws`]: the region, credentials and connections that all AWS clients share.
//! * [`internal_event`]: internal events, each with its log line and its counter.
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
pub mod stream;
pub mod target;
pub mod telemetry;
pub mod topic;
