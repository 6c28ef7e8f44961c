//! AWS JSON 1.0 over HTTP: reads requests, checks their contents, writes answers. (Smithy
//! specification, "AWS JSON 1.0 protocol"; API reference of SQS.)
//!
//! - `http`: the one route, its limits, the action's name, errors.
//! - `service`: the queues and their URLs, for the actions.
//! - `host`: the host names that requests may use.
//! - `request`: the fields that requests share, and their ranges.
//! - `contents`: the messages to send: bodies, ids and sizes.
//! - `characters`: which characters SQS accepts.
//! - `id`: ids of messages, tasks and requests.
//! - `attributes`: the attributes of messages.
//! - `digest`: the MD5 sums that SDKs compare.
//! - `receipt`: receipt handles.
//! - `batch`: the ids and answers of batches.
//! - `queues`, `listing`, `tagging`, `sending`, `receiving`, `acknowledging`, `moves`: the actions.

mod acknowledging;
mod attributes;
mod batch;
mod characters;
mod contents;
mod digest;
mod host;
mod http;
mod id;
mod listing;
mod moves;
pub(crate) mod queues;
mod receipt;
mod receiving;
mod request;
mod sending;
mod service;
mod tagging;

pub(crate) use host::Hosts;
pub(crate) use http::Router;
pub(crate) use service::Service;
