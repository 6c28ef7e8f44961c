//! An HTTP request turned into a proven message, and the code of every refusal.
//!
//! The order of the checks: the source (404), the headers (400), the signature and its freshness
//! (401), then what the method is about (400, 413).
//!
//! # Layout
//!
//! * [`event`]: the event that a function gets from an HTTP API, made a request.
//! * [`admission`]: source, headers and signature, the same for both methods.
//! * [`echo`]: the platform's check of the URL.
//! * [`error`]: everything that can be wrong, with its stable code.
//! * [`answer`]: refusals and results as HTTP; the only place that knows status codes.

pub mod admission;
pub mod answer;
pub mod echo;
pub mod error;
pub mod event;

pub use admission::{Admitted, admit, find};
pub use error::RequestError;
pub use event::Event;
