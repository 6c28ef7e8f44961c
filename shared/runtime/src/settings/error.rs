//! Why there is no configuration.

use super::documents::ReadError;
use thingrelay_core::config::ConfigError;

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A document cannot be read. A later try may succeed.
    #[error(transparent)]
    Unread(#[from] ReadError),
    /// A document cannot be parsed. An operator has to correct it.
    #[error(transparent)]
    Wrong(#[from] ConfigError),
}
