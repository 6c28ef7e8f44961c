//! What the fuzz targets share.
//!
//! # Layout
//!
//! - [`input`]: how a target reads its input.
//! - [`document`]: JSON documents made of arbitrary bytes.
//! - [`staging`]: what must hold for every message that is staged, and for its events.
//! - [`schema`]: events held against their schemas.
//! - [`endpoint`], [`kafka_event`]: parsers outside of the core. They are compiled from their files,
//!   because their crates depend on the AWS SDK, whose build takes minutes.

pub mod document;
pub mod input;
pub mod schema;
pub mod staging;

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
