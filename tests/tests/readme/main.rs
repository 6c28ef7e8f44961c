//! Every command of README.md, typed as by a reader who has just cloned the repository; its
//! configuration and its example, and those of docs/tuya.md and docs/ckafka.md.
//!
//! # Layout
//!
//! - `commands`: README.md has no command that these tests do not run.
//! - `first_steps`: `cargo dev`, its printed commands, `send`, `check`, and the installed command.
//! - `own_sources`: `cargo dev` with README.md's configuration, and its example of an event.
//! - `relay`: a running `cargo dev`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod commands;
mod first_steps;
mod own_sources;
mod relay;

use std::time::Duration;

use thingrelay_tests::session::Shell;
use thingrelay_tests::template::root;

/// How long a command may take if cargo has to build it first during other builds.
pub(crate) const CARGO_LIMIT: Duration = Duration::from_secs(600);

/// How long any other command may take.
pub(crate) const LIMIT: Duration = Duration::from_secs(120);

/// A shell in the checkout that finds the programs that `cargo install` puts below the target
/// directory.
pub(crate) fn shell() -> Shell {
    Shell {
        directory: root(),
        token: String::new(),
        path: installed().join("bin"),
    }
}

/// The directory into which cargo installs.
pub(crate) fn installed() -> std::path::PathBuf {
    let program = thingrelay_tests::process::program("thingrelay");
    program
        .ancestors()
        .nth(2)
        .expect("target/debug")
        .join("provision/readme")
}

/// A fresh token.
pub(crate) async fn token() -> String {
    let written = shell().run(commands::TOKEN, CARGO_LIMIT).await;
    let [token] = written.stdout.as_slice() else {
        panic!("not one line:\n{}", written.all());
    };
    let strong = token.len() >= 32 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(strong, "{token}");
    token.clone()
}
