//! The arguments of `thingrelay config`.

use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  thingrelay config check relay.toml
  thingrelay config check settings.toml secrets.json
  thingrelay config check settings.toml --without-secrets
  aws secretsmanager get-secret-value --secret-id NAME --query SecretString --output text |
    thingrelay config check settings.toml -

Several documents are merged, and a later document wins, as in the functions, which merge the settings
from SSM and the tokens from Secrets Manager. No token is ever printed.

Lines that begin with `silence` are the commands that deploy the alarms on silent sources.

The exit code is 0 without problems, 1 with problems, and 2 for wrong arguments. Warnings do not change
it. The check is strict: a function takes a source or target with a problem out of use, and uses the
rest.";

/// Arguments of `thingrelay config`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  thingrelay config check relay.toml")]
pub(crate) struct Args {
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What can be done.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Explain everything that is wrong with settings and secrets, without printing a secret.
    Check(Check),
    /// Print the JSON Schema of settings and secrets, for an editor.
    Schema,
}

/// Arguments of `thingrelay config check`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Check {
    /// Settings, secrets or both, TOML or JSON; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,

    /// Check only settings: the secrets are somewhere else, and the settings must not contain any.
    #[arg(long)]
    without_secrets: bool,
}

/// Where the tokens are expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tokens {
    /// In the documents that are given.
    Given,
    /// Somewhere else.
    Elsewhere,
}

impl Check {
    /// Where the tokens are expected.
    pub(crate) fn tokens(&self) -> Tokens {
        if self.without_secrets {
            Tokens::Elsewhere
        } else {
            Tokens::Given
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Cli {
        #[command(flatten)]
        check: Check,
    }

    #[test]
    fn files_are_needed_and_standard_input_is_one() {
        let parse = |args: &[&str]| Cli::try_parse_from([&["check"], args].concat());
        assert!(parse(&[]).is_err());
        let check = parse(&["a", "-", "--without-secrets"]).unwrap().check;
        assert_eq!(check.files, [PathBuf::from("a"), PathBuf::from("-")]);
        assert_eq!(check.tokens(), Tokens::Elsewhere);
    }
}
