//! A server that behaves like Amazon SQS, for one machine. It keeps queues in memory, or on disk so
//! that acknowledged changes survive the end of the process.
//!
//! Any AWS SDK or CLI can use [`Server::endpoint`]. The server speaks AWS JSON 1.0. It does not
//! check signatures, so it must only listen on a loopback address.
//!
//! # Layout
//!
//! - [`server`]: starts and stops the server, and answers an operator's questions.
//! - [`in_process`]: a server without a listener, for simulations.
//! - `serving`: accepts connections and serves them.
//! - `socket`: the socket of a connection.
//! - `protocol`: HTTP and JSON; reads requests, checks their contents, writes answers.
//! - `broker`: the lock, the clock, waiting receives and durability around the state.
//! - `registry`: all queues and the traffic between them, such as dead letters.
//! - `queue`: the state machine of one queue, without clock, input or output.
//! - `store`: keeps the queues on disk.
//! - `error`: the errors of SQS by their names.
//! - `losses`: logs messages that expired or were dropped.
//! - `clock`: the ticks that measure delays and timeouts, and the wall clock.

mod broker;
mod clock;
mod error;
pub mod in_process;
mod losses;
mod protocol;
mod queue;
mod registry;
pub mod server;
mod serving;
mod socket;
mod store;

pub use clock::Clock;
pub use in_process::InProcess;
pub use queue::{Bound, Depth, Lost};
pub use server::{Monitor, Options, Server, StartError};
