//! `thingrelay init`: what it writes is a configuration.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by a panic")]

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Command, Output},
};

fn thingrelay(directory: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thingrelay"));
    command
        .current_dir(directory)
        .args(arguments)
        .env_remove("CARGO");
    command.output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn what_is_written_is_a_configuration_that_only_its_owner_reads() {
    let directory = tempfile::tempdir().unwrap();
    let sources = ["meters=tencent-iot-hub", "doors=tencent-iot-video"];
    let [meters, doors] = sources.map(|source| ["--source", source]);
    let arguments = [&["init"][..], &meters, &doors, &["--stack", "my-relay"]].concat();
    let output = thingrelay(directory.path(), &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let told = text(&output.stdout);
    for name in ["settings.toml", "secrets.toml"] {
        let mode = fs::metadata(directory.path().join(name))
            .unwrap()
            .permissions();
        assert_eq!(mode.mode() & 0o777, 0o600, "{name}");
    }
    let secrets = fs::read_to_string(directory.path().join("secrets.toml")).unwrap();
    let tokens = secrets.split('"').filter(|word| word.len() == 32);
    for token in tokens.inspect(|token| assert!(!told.contains(token), "{told}")) {
        assert_eq!(secrets.matches(token).count(), 1);
    }
    let ignored = fs::read_to_string(directory.path().join(".gitignore")).unwrap();
    assert_eq!(ignored, "/secrets.toml\n");

    // The first command that it prints.
    let mut lines = told.lines();
    let check = lines
        .find_map(|line| line.trim().strip_prefix("thingrelay "))
        .unwrap();
    let words: Vec<&str> = check.split(' ').collect();
    let output = thingrelay(directory.path(), &words);
    assert!(
        output.status.success(),
        "{}{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    assert!(told.contains("/thingrelay/my-relay/settings"), "{told}");
}

#[test]
fn a_pull_lacks_only_what_the_user_knows() {
    let directory = tempfile::tempdir().unwrap();
    let arguments = [
        "init",
        "--source",
        "homes=tuya",
        "--source",
        "plant=tencent-iot-explorer/ckafka",
    ];
    let output = thingrelay(directory.path(), &arguments);
    assert!(output.status.success(), "{}", text(&output.stderr));
    assert!(
        text(&output.stdout).contains("homes, plant"),
        "{}",
        text(&output.stdout)
    );
    let check = ["config", "check", "settings.toml", "secrets.toml"];
    let told = text(&thingrelay(directory.path(), &check).stdout);
    assert!(told.contains("access_id"), "{told}");

    let fill = |name: &str, values: &[(&str, &str)]| {
        let path = directory.path().join(name);
        let mut document = fs::read_to_string(&path).unwrap();
        for (empty, filled) in values {
            assert!(document.contains(empty), "{empty}");
            document = document.replace(empty, filled);
        }
        fs::write(path, document).unwrap();
    };
    fill(
        "settings.toml",
        &[
            ("access_id = \"\"", "access_id = \"qx7access\""),
            ("brokers = []", "brokers = [\"broker.invalid:50000\"]"),
            ("topics = []", "topics = [\"iot\"]"),
            ("username = \"\"", "username = \"ckafka-qx7#relay\""),
        ],
    );
    fill(
        "secrets.toml",
        &[
            (
                "access_key = \"\"",
                "access_key = \"qx7-access-key-0123456789abcdef\"",
            ),
            ("password = \"\"", "password = \"qx7-password\""),
        ],
    );
    let output = thingrelay(directory.path(), &check);
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn no_file_is_replaced() {
    for name in ["settings.toml", "secrets.toml"] {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join(name), "mine").unwrap();
        fs::write(directory.path().join(".gitignore"), "target").unwrap();
        let arguments = ["init", "--source", "meters=tencent-iot-hub"];
        let output = thingrelay(directory.path(), &arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(
            text(&output.stderr).contains(name),
            "{}",
            text(&output.stderr)
        );
        assert_eq!(
            fs::read_to_string(directory.path().join(name)).unwrap(),
            "mine"
        );
        let files = fs::read_dir(directory.path()).unwrap().count();
        assert_eq!(files, 2);
        let output = thingrelay(
            directory.path(),
            &[&arguments[..], &["--dir", "own"]].concat(),
        );
        assert!(output.status.success(), "{}", text(&output.stderr));
    }
}

#[test]
fn without_a_terminal_and_without_sources_it_explains_what_to_name() {
    let directory = tempfile::tempdir().unwrap();
    let output = thingrelay(directory.path(), &["init"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("--source"),
        "{}",
        text(&output.stderr)
    );
    assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 0);
}
