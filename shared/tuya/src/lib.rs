//! The function `tuya`: what Tuya's message service has for us, pulled into the staging queue.
//!
//! The service is Apache Pulsar, and its WebSocket API is spoken. EventBridge Scheduler invokes the
//! function; it pulls for as long as its invocation lasts, acknowledges what the staging queue has
//! accepted, and the next invocation goes on. The same code runs for ever on one machine.
//!
//! # Layout
//!
//! * [`run`](mod@run): all Tuya sources of a configuration pulled side by side.
//! * [`broker`]: one topic of a source, connected to.
//! * [`subscription`]: an open connection: messages come, acknowledgements and pings go.
//! * [`timing`]: how long things may take.
//! * [`delivery`]: a frame opened, identified and made a message for the staging queue.
//! * `frame`: the broker's frames.
//! * `upgrade`: from the name of the broker's host to the WebSocket.
//! * `tls`: certificates, always verified.

#[cfg(not(panic = "unwind"))]
compile_error!("a panic over one message must not end all: build with `panic = \"unwind\"`");

pub mod broker;
pub mod delivery;
mod frame;
pub mod run;
pub mod subscription;
pub mod timing;
mod tls;
mod upgrade;

pub use broker::TuyaBroker;
pub use run::{pulls, run};
pub use subscription::TuyaSubscription;
pub use timing::Timing;
