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

pub(crate) mod address;
pub(crate) mod answer;
pub(crate) mod ckafka;
pub(crate) mod connection;
pub(crate) mod kind;
pub(crate) mod producer;
pub(crate) mod request;
pub(crate) mod template;
pub(crate) mod tuya;

pub(crate) use address::Address;
pub(crate) use answer::Answer;
pub(crate) use connection::{ConnectError, Connection, Connector, ExchangeError};
pub(crate) use kind::Kind;
pub(crate) use request::{HeaderFamily, Signer};
pub(crate) use template::{Fields, Template};
