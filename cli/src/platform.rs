//! The platform's side of the protocols: the messages that Tencent Cloud pushes over HTTP and puts
//! on CKafka, and those that Tuya puts on its message service.
//!
//! # Layout
//!
//! * [`address`]: the push URL.
//! * [`connection`]: one HTTP/1.1 connection, plain or over TLS, and why it could not be opened.
//! * [`request`]: signed requests, the URL check and the push.
//! * [`answer`]: the answer to a request.
//! * [`curl`]: shell commands that sign themselves.
//! * [`template`]: message bodies with placeholders.
//! * [`kind`]: the kinds of message that the platform sends.
//! * [`tuya`]: the same kinds, as Tuya sends them.
//! * [`ckafka`]: the same kinds, as Tencent Cloud puts them on CKafka.
//! * [`producer`]: produces messages through Pulsar's WebSocket service.

pub(crate) mod address;
pub(crate) mod answer;
pub(crate) mod ckafka;
pub(crate) mod connection;
pub(crate) mod curl;
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
