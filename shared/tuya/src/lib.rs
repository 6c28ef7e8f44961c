//! The function `tuya`: pulls the messages of Tuya's message service into the staging queue.
//!
//! The service is Apache Pulsar, and the client uses its WebSocket API. EventBridge Scheduler
//! invokes the function. The function pulls for as long as its invocation lasts, acknowledges the
//! messages that the staging queue has accepted, and the next invocation continues. The same code
//! runs for ever on one machine.
//!
//! # Layout
//!
//! * [`run`](mod@run): pulls all Tuya sources of a configuration side by side.
//! * [`broker`]: connects to one topic of a source.
//! * [`subscription`]: an open connection: receives messages, sends acknowledgements and pings.
//! * [`timing`]: how long things may take.
//! * [`delivery`]: opens and identifies a frame, and makes a message for the staging queue.
//! * `frame`: the broker's frames.
//! * `upgrade`: from the name of the broker's host to the WebSocket.
//! * `tls`: certificates, which are always verified.

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
