//! The fuzz targets: each takes any bytes, and panics where something does not hold that must hold
//! for any input. The programs in `fuzz_targets` hand them to libFuzzer.
//!
//! # Layout
//!
//! - [`request`], [`tencent`], [`tuya`], [`kafka`], [`staged`], [`settings`], [`values`], [`queue`]: the
//!   targets.
//! - [`input`]: how a target reads its input.
//! - [`document`]: JSON documents made of arbitrary bytes.
//! - [`staging`]: what must hold for every message that is staged, and for its events.
//! - [`schema`]: events held against their schemas.
//! - [`endpoint`], [`kafka_event`]: parsers outside of the core. They are compiled from their files,
//!   because their crates depend on the AWS SDK, whose build takes minutes.

pub mod document;
pub mod input;
pub mod kafka;
pub mod queue;
pub mod request;
pub mod schema;
pub mod settings;
pub mod staged;
pub mod staging;
pub mod tencent;
pub mod tuya;
pub mod values;

#[path = "../../functions/ckafka/src/event.rs"]
pub mod kafka_event;

#[path = "../../shared/runtime/src/endpoint"]
pub mod endpoint {
    pub mod admission;
    pub mod answer;
    pub mod echo;
    pub mod error;
    pub mod event;

    pub use admission::{Admitted, admit, find};
    pub use error::RequestError;
    pub use event::Event;
}
