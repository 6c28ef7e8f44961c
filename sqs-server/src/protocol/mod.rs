//! AWS JSON 1.0 over HTTP: reads requests, checks their contents, writes answers.
//! (Smithy specification, "AWS JSON 1.0 protocol"; API reference of SQS.)
//!
//! - `http`: the one route, its limits, the action's name, errors.
//! - `host`: the names by which the server may be called.
//! - `request`: the fields that requests share, and their ranges.
//! - `contents`: bodies and ids of messages; characters and sizes.
//! - `attributes`: the attributes of messages.
//! - `digest`: the MD5 sums that SDKs compare.
//! - `receipt`: receipt handles.
//! - `batch`: what batches have in common.
//! - `queues`, `listing`, `tagging`, `sending`, `receiving`, `acknowledging`, `moves`: the actions.

mod acknowledging;
mod attributes;
mod batch;
mod contents;
mod digest;
mod host;
mod http;
mod listing;
mod moves;
pub(crate) mod queues;
mod receipt;
mod receiving;
mod request;
mod sending;
mod tagging;

pub(crate) use host::Hosts;
pub(crate) use http::Service;
