//! From a message of Tuya to its event.

mod delivery;
mod group;
mod kept;
pub(crate) mod message;
mod properties;
mod secrets;
mod shapes;
mod status;
mod time;
mod types;
mod whole;
