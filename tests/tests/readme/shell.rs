//! A shell in the checkout, and how long commands may take.

use std::path::PathBuf;
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
pub(crate) fn installed() -> PathBuf {
    let program = thingrelay_tests::process::program("thingrelay");
    program
        .ancestors()
        .nth(2)
        .expect("target/debug")
        .join("provision/readme")
}
