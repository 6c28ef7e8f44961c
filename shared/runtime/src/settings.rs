//! The configuration in use, read again from time to time.
//!
//! # Layout
//!
//! * [`documents`]: where the configuration's documents are, and how they are read.
//! * [`current_config`]: the configuration in use, which may be replaced while it is.
//! * [`refresh`]: the documents read again from time to time.
//! * `document_read`: one document_read of them, and whether it was cut in two by a freeze.
//! * `broken`: log lines and counters of what is wrong in the documents.

mod broken;
pub mod current_config;
mod document_read;
pub mod documents;
pub mod refresh;

pub use current_config::CurrentConfig;
pub use refresh::{Refresh, SettingsError};
