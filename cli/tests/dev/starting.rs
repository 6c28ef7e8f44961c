//! Starts that succeed, and starts that fail.

use crate::{
    process::{Relay, command},
    pushing::{TOKEN, config_of, send},
};
use std::{
    fs,
    io::{Read, Write},
    net::{TcpListener, TcpStream},
};
use thingrelay_tests::searched::Searched;

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
    // There is a directory in place of the file.
    let unusable = directory.path().join("unusable");
    fs::create_dir_all(unusable.join("queues.redb")).unwrap();
    let unusable = unusable.to_string_lossy().into_owned();
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
        (
            vec!["--listen", "203.0.113.1:9001"],
            vec!["cannot listen on 203.0.113.1:9001: "],
        ),
        (vec!["--data", &unusable], vec!["cannot use the data at "]),
    ];
    let empty = write("empty.toml", "# none\n");
    let no_source = (
        vec!["--config", empty.as_str()],
        vec!["empty.toml", "no source"],
    );
    for (arguments, words) in cases.into_iter().chain([no_source]) {
        let mut with_port = arguments.clone();
        if !arguments.contains(&"--listen") {
            with_port.extend(["--listen", "127.0.0.1:0"]);
        }
        let output = command(&with_port).searched().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        for word in words {
            assert!(told.contains(word), "{arguments:?} without {word}: {told}");
        }
        assert!(!told.contains(token), "{told}");
        // The system's error is printed once.
        assert!(told.matches("os error").count() <= 1, "{told}");
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

#[test]
fn a_source_with_a_problem_is_out_of_use_alone() {
    let directory = tempfile::tempdir().unwrap();
    let short = "Zq7short";
    let broken = format!(
        "[sources.doors]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{short}\"]\n\
         [sources.house]\nplatform = \"tuya\"\n"
    );
    let config = config_of(directory.path(), &broken);
    let (mut relay, url) = Relay::start(&["--json", "--config", &config]);
    let told = relay.starting.join("\n");
    for words in [
        "sources.doors.tokens[0]: is shorter than 16 characters",
        "sources.house.access_id",
        "source=doors",
    ] {
        assert!(told.contains(words), "{words} in {told}");
    }
    assert!(!told.contains(short) && !told.contains(TOKEN), "{told}");
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream
        .write_all(
            b"POST /doors HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        )
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 503") && answer.contains("misconfigured"),
        "{answer}"
    );
    send(&format!("{url}/meters"), TOKEN, &[]);
    relay.stdout().until(|_| true);
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
}

#[test]
fn messages_wait_for_a_target_with_a_problem() {
    let directory = tempfile::tempdir().unwrap();
    let target = "[targets.events]\ntype = \"sqs\"\nqueue_url = \"no URL\"\n";
    let config = config_of(directory.path(), target);
    let data = directory.path().join("data");
    for (arguments, code) in [(vec!["--data", data.to_str().unwrap()], 0), (Vec::new(), 1)] {
        let mut all = vec!["--json", "--config", &config];
        all.extend(arguments);
        let (mut relay, url) = Relay::start(&all);
        let told = relay.starting.join("\n");
        assert!(told.contains("targets.events.queue_url"), "{told}");
        send(&format!("{url}/meters"), TOKEN, &[]);
        relay.terminate();
        assert_eq!(relay.ended(), Some(code));
        let told = relay.stderr.rest().join("\n");
        assert!(told.contains("not forwarded in time: 1"), "{told}");
    }
}

#[test]
fn settings_and_secrets_may_be_two_documents_one_of_them_on_standard_input() {
    let directory = tempfile::tempdir().unwrap();
    let settings = directory.path().join("settings.toml");
    let text = "[sources.meters]\nplatform = \"tencent-iot-hub\"\n";
    fs::write(&settings, text).unwrap();
    let secrets = directory.path().join("secrets.json");
    let text = format!(r#"{{"sources": {{"meters": {{"tokens": ["{TOKEN}"]}}}}}}"#);
    fs::write(&secrets, &text).unwrap();
    let settings = settings.to_str().unwrap();
    for second in [secrets.to_str().unwrap(), "-"] {
        let mut command = command(&["--json", "--config", settings, "--config", second]);
        let (mut relay, url) = Relay::spawn(command.stdin(fs::File::open(&secrets).unwrap()));
        send(&format!("{url}/meters"), TOKEN, &[]);
        relay.stdout().until(|_| true);
        relay.terminate();
        assert_eq!(relay.ended(), Some(0), "{second}");
    }
}
