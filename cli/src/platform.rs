//! The platform's side of the protocols: what Tencent Cloud sends when it pushes and puts on CKafka,
//! and what Tuya puts on its message service.
//!
//! # Layout
//!
//! * [`address`]: the URL that is pushed to.
//! * [`connection`]: one HTTP/1.1 connection, plain or over TLS, and why it could not be had.
//! * [`request`]: signed requests, the URL check and the push.
//! * [`answer`]: what came back.
//! * [`template`]: message bodies with placeholders.
//! * [`kind`]: the kinds of message that the platform sends.
//! * [`tuya`]: the same kinds as Tuya sends them.
//! * [`ckafka`]: the same kinds as they come to CKafka.
//! * [`producer`]: messages produced through Pulsar's WebSocket service.

pub mod address;
pub mod answer;
pub mod ckafka;
pub mod connection;
pub mod kind;
pub mod producer;
pub mod request;
pub mod template;
pub mod tuya;

pub use address::Address;
pub use answer::Answer;
pub use connection::{ConnectError, Connection, Connector, ExchangeError};
pub use kind::Kind;
pub use request::{HeaderFamily, Signer};
pub use template::{Fields, Template};
