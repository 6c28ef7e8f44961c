//! The configuration in use, read again from time to time.
//!
//! # Layout
//!
//! * [`documents`]: where the configuration's documents are, and how they are read.
//! * [`live`]: the configuration in use, which may be replaced while it is.
//! * [`refresh`]: the documents read again from time to time.
//! * `reading`: one reading of them, and whether it was cut in two by a freeze.
//! * `broken`: log lines and counters of what is wrong in the documents.

mod broken;
pub mod documents;
pub mod live;
mod reading;
pub mod refresh;

pub use live::Live;
pub use refresh::{Refresh, SettingsError};
