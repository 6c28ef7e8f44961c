//! The token of a source, as an argument.

use super::{not_empty, secret};
use anyhow::Context;
use thingrelay_core::secret::Secret;

/// The argument, or its variable.
#[derive(Debug, clap::Args)]
pub(crate) struct Token {
    /// The token of the source, as it is entered in the platform's console.
    #[arg(
        long,
        env = "THINGRELAY_TOKEN",
        hide_env_values = true,
        allow_hyphen_values = true,
        value_parser = secret
    )]
    token: Secret,
}

impl Token {
    /// The text of the token.
    ///
    /// # Errors
    /// It is empty.
    pub(crate) fn get(&self) -> anyhow::Result<&Secret> {
        not_empty(Some(&self.token))
            .context("the token is empty: give it with --token or in THINGRELAY_TOKEN")
    }
}
