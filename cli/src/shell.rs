//! What a shell and `man` know of the command: completions, and manual pages.

use anyhow::Context;
use clap_complete::Shell;
use std::{
    fs,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
};

/// Arguments of `thingrelay completions`.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  thingrelay completions bash > ~/.local/share/bash-completion/completions/thingrelay"
)]
pub(crate) struct CompletionsArgs {
    /// The shell that reads the completions.
    shell: Shell,
}

/// Arguments of `thingrelay man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  thingrelay man ~/.local/share/man/man1 && man thingrelay-dev")]
pub(crate) struct ManArgs {
    /// The directory for the pages. It is created if it does not exist.
    #[arg(value_name = "DIR")]
    dir: PathBuf,
}

/// Prints the completions.
pub(crate) fn completions(
    args: &CompletionsArgs,
    mut command: clap::Command,
) -> anyhow::Result<ExitCode> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "thingrelay", &mut script);
    io::stdout().lock().write_all(&script)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a page for the command and for each of its subcommands.
pub(crate) fn man(args: &ManArgs, command: clap::Command) -> anyhow::Result<ExitCode> {
    let dir = &args.dir;
    fs::create_dir_all(dir)
        .and_then(|()| clap_mangen::generate_to(command, dir))
        .with_context(|| format!("cannot write the pages to {}", dir.display()))?;
    Ok(ExitCode::SUCCESS)
}
