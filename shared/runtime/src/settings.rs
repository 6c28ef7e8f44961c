//! The configuration in use, which is refreshed from time to time.
//!
//! # Layout
//!
//! * [`documents`]: where the configuration's documents are, and how they are read.
//! * [`current_config`]: the configuration in use, which may be replaced at any time.
//! * [`refresh`]: reads the documents again from time to time.
//! * `document_read`: one reading of the documents, and whether a freeze interrupted it.
//! * `error`: why there is no configuration.
//! * `broken`: log lines and counters of the problems in the documents.

mod broken;
pub mod current_config;
mod document_read;
pub mod documents;
mod error;
pub mod refresh;

pub use current_config::CurrentConfig;
pub use error::SettingsError;
pub use refresh::Refresh;
