//! The event format: CloudEvents 1.0, structured JSON.
//!
//! # Layout
//!
//! * [`kind`]: the types of events, their names and schemas.
//! * [`data`]: the `data` of an event.
//! * [`detail`]: the part of `data` that the event's type fixes.
//! * [`properties`]: the properties that a device reports.
//! * [`subject`]: the name of a device in `subject`.
//! * [`cloud_event`]: the envelope around the data.

pub mod cloud_event;
pub mod data;
pub mod detail;
pub mod device;
pub mod kind;
pub mod properties;
pub mod subject;

pub use cloud_event::CloudEvent;
pub use kind::EventType;
