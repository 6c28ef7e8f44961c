//! Every command of README.md and its pages, run as a reader would who has just cloned the
//! repository.
//!
//! # Layout
//!
//! - `commands`: the commands that this suite knows.
//! - `document`: README.md and its pages, their commands, examples and tables.
//! - `codes`: the tables of docs/errors.md against the code.
//! - `first_steps`: `cargo dev`, its printed commands, `send`, `check`, and the installed command.
//! - `own_sources`: `cargo dev` with README.md's configuration, and its example of an event; the
//!   configurations of docs/tuya.md and docs/ckafka.md.
//! - `relay`: a running `cargo dev`.
//! - `shell`: where commands are typed.
//! - `session`: a command in a process group of its own.
//! - `checks`: what passed and what failed.

mod checks;
mod codes;
mod commands;
mod document;
mod first_steps;
mod own_sources;
mod relay;
mod session;
mod shell;

use super::{Failure, Outcome, Suite};
use crate::workspace::Workspace;
use checks::Checks;
use document::Document;
use shell::Shell;

/// What README.md says, done.
pub(super) const SUITE: Suite = Suite {
    name: "readme",
    about: "every command of README.md as a new user types it, its example, and the tables of codes",
    needs_binaries: true,
    run,
};

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    shell::require_tools()?;
    let document = Document::read(workspace.root(), "README.md")?;
    let shell = Shell::new(workspace, workspace.provision().join("readme"))?;
    let mut checks = Checks::default();
    checks.check("the commands are those that are run here", || {
        commands::check(workspace.root())
    });
    checks.check("docs/errors.md has every code", || {
        codes::check(workspace.root())
    });
    if let Some(relay) = first_steps::run(&shell, &mut checks) {
        own_sources::run(workspace, &shell, &document, &relay, &mut checks);
        checks.check("Ctrl-C ends `cargo dev` well", || relay.interrupt());
    }
    Ok(checks.outcome())
}
