//! Shells of this machine, and what runs in them.

use std::process::{Command, Output, Stdio};

pub(crate) fn is_there(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", program])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The shells of this machine that the printed commands are for.
pub(crate) fn shells() -> Vec<&'static str> {
    ["sh", "bash", "zsh", "dash", "ksh"]
        .into_iter()
        .filter(|shell| is_there(shell))
        .collect()
}

pub(crate) fn run(shell: &str, line: &str) -> Output {
    let output = Command::new(shell).args(["-c", line]).output().unwrap();
    assert!(
        output.status.success(),
        "{shell}: {}\n{line}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}
