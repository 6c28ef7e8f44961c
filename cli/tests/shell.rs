//! Completions and manual pages.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::{fs, process::Command};

#[test]
fn bash_completes_commands_and_options() {
    let thingrelay = env!("CARGO_BIN_EXE_thingrelay");
    let script = Command::new(thingrelay)
        .args(["completions", "bash"])
        .output()
        .unwrap();
    assert!(script.status.success());
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("completions");
    fs::write(&file, script.stdout).unwrap();
    let complete = r#". "$1"; COMP_WORDS=(thingrelay dev --da); COMP_CWORD=2; _thingrelay thingrelay --da dev; echo "${COMPREPLY[@]}""#;
    let bash = Command::new("bash")
        .args(["-c", complete, "bash"])
        .arg(&file)
        .output()
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&bash.stdout).trim(),
        "--data",
        "{bash:?}"
    );
}

#[test]
fn each_command_has_a_manual_page() {
    let directory = tempfile::tempdir().unwrap();
    let pages = directory.path().join("man1");
    let output = Command::new(env!("CARGO_BIN_EXE_thingrelay"))
        .arg("man")
        .arg(&pages)
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    for name in ["thingrelay", "thingrelay-dev", "thingrelay-config-check"] {
        let page = fs::read_to_string(pages.join(format!("{name}.1"))).unwrap();
        assert!(page.contains(".SH NAME"), "{name}");
    }
}
