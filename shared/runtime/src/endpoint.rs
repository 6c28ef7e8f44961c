//! Turns an HTTP request into an authenticated message, with a code for every refusal.
//!
//! The checks come in this order: the source (404), the headers (400), the signature and its
//! freshness (401), then the checks of the method (400, 413).
//!
//! # Layout
//!
//! * [`event`]: turns the event that an HTTP API sends a function into a request.
//! * [`admission`]: source, headers and signature, the same for both methods.
//! * [`echo`]: the platform's check of the URL.
//! * [`error`]: every reason to refuse a request, with its stable code.
//! * [`answer`]: refusals and results as HTTP; the only place that knows status codes.

pub mod admission;
pub mod answer;
pub mod echo;
pub mod error;
pub mod event;

pub use admission::{Admitted, admit, find};
pub use error::RequestError;
pub use event::Event;
