//! The configuration in use.

use std::sync::{Arc, PoisonError, RwLock};
use thingrelay_core::config::{Config, ReadSource};

/// Holds the configuration in use. Work on a message takes it once, so that one message sees one
/// configuration.
#[derive(Debug)]
pub struct CurrentConfig<S: ReadSource>(RwLock<Arc<Config<S>>>);

impl<S: ReadSource> CurrentConfig<S> {
    /// Starts with a configuration.
    pub fn new(config: Config<S>) -> Self {
        CurrentConfig(RwLock::new(Arc::new(config)))
    }

    pub fn current(&self) -> Arc<Config<S>> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Replaces the configuration.
    pub fn replace(&self, config: Config<S>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
    }
}
