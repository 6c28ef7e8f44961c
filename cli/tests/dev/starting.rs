//! What it starts with, and what it cannot start with.

use crate::process::{Relay, command};
use std::net::TcpListener;

#[test]
fn what_it_cannot_start_with_is_said_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let held = listener.local_addr().unwrap().to_string();
    let token = "uY3bQ8sXk1Wn5Ze7Rf2Jc9Lt6Hv4Mp0A";
    let two_problems = write(
        "two.toml",
        &format!(
            "[sources.a]\nplatform = \"none\"\ntokens = [\"{token}\"]\n[sources.b]\nplatform = \"tencent-iot-hub\"\ntokens = [\"short\"]\n"
        ),
    );
    let cases: Vec<(Vec<&str>, Vec<&str>)> = vec![
        (vec!["--listen", &held], vec![&held, "in use"]),
        (
            vec!["--config", "no-such-file"],
            vec!["no-such-file", "No such file"],
        ),
        (
            vec!["--config", &two_problems],
            vec![
                "two.toml",
                "sources.a.platform",
                "sources.b.tokens[0]",
                "shorter than 16",
            ],
        ),
        (vec!["--sqs-listen", "0.0.0.0:0"], vec!["loopback"]),
        (
            vec!["--visibility-timeout", "0"],
            vec!["--visibility-timeout"],
        ),
        (vec!["--data", &two_problems], vec!["two.toml"]),
    ];
    let empty = write("empty.toml", "");
    let no_source = (
        vec!["--config", empty.as_str()],
        vec!["empty.toml", "no source"],
    );
    for (arguments, words) in cases.into_iter().chain([no_source]) {
        let mut with_port = arguments.clone();
        if !arguments.contains(&"--listen") {
            with_port.extend(["--listen", "127.0.0.1:0"]);
        }
        let output = command(&with_port).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        for word in words {
            assert!(told.contains(word), "{arguments:?} without {word}: {told}");
        }
        assert!(!told.contains(token), "{told}");
    }
}

#[test]
fn kept_queues_are_there_again_with_other_settings() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    for visibility in ["30", "5"] {
        let arguments = [
            "--json",
            "--data",
            data.to_str().unwrap(),
            "--visibility-timeout",
            visibility,
        ];
        let (mut relay, _) = Relay::start(&arguments);
        relay.terminate();
        assert_eq!(relay.ended(), Some(0));
    }
}
