//! AWS JSON 1.0 over HTTP: reads requests, checks their contents, writes answers.
//! (Smithy specification, "AWS JSON 1.0 protocol"; API reference of SQS.)
//!
//! - `http`: the one route, the action's name, errors.
//! - `request`: the fields that requests share, and their ranges.
//! - `contents`: bodies, attributes and ids of messages; characters and sizes.
//! - `digest`: the MD5 sums that SDKs compare.
//! - `receipt`: receipt handles.
//! - `batch`: what batches have in common.
//! - `queues`, `sending`, `receiving`, `acknowledging`, `moves`: the actions.

mod acknowledging;
mod batch;
mod contents;
mod digest;
mod http;
mod moves;
mod queues;
mod receipt;
mod receiving;
mod request;
mod sending;

pub(crate) use http::router;
