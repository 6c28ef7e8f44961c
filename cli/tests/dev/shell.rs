//! The shells of this machine, and scripts that run in them.

use std::process::{Command, Output, Stdio};

/// Whether these programs are installed. A test that needs a missing program is skipped, unless all
/// tests are requested: then the test fails.
pub(crate) fn are_there(programs: &[&str]) -> bool {
    let missing: Vec<&&str> = programs.iter().filter(|name| !is_there(name)).collect();
    if missing.is_empty() {
        return true;
    }
    assert!(
        std::env::var_os("THINGRELAY_TEST_ALL").is_none(),
        "this machine lacks {missing:?}"
    );
    eprintln!("skipped: this machine lacks {missing:?}");
    false
}

fn is_there(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", program])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The installed shells for which the commands are printed.
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
