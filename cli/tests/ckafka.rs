//! The command with CKafka sources and without a broker: built with the client, and without the
//! client.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    net::TcpListener,
    process::{Command, Stdio},
};
use tempfile::TempDir;
use thingrelay_tests::searched::Searched;

const PASSWORD: &str = "a-password-of-the-tests";

const LOGIN: &str = "security = \"sasl_plaintext\"\nusername = \"ckafka-1#bob\"\npassword = \"a-password-of-the-tests\"\n";

/// An address on which nothing listens.
fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// The table of a source, with additional lines.
fn plant(more: &str) -> String {
    format!("[sources.plant]\nplatform = \"tencent-iot-hub\"\nchannel = \"ckafka\"\n{more}\n")
}

/// A source that is pulled from this broker.
fn pulled(broker: &str) -> String {
    plant(&format!(
        "topics = [\"iot\"]\ngroup = \"relay\"\nbrokers = [\"{broker}\"]\n{LOGIN}"
    ))
}

/// The exit code and the output. FILE among the arguments stands for a file with this
/// configuration.
fn thingrelay(config: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let directory = TempDir::new().unwrap();
    let file = directory.path().join("plant.toml");
    std::fs::write(&file, config).unwrap();
    let arguments = arguments.iter().map(|argument| match *argument {
        "FILE" => file.as_os_str(),
        other => other.as_ref(),
    });
    let output = Command::new(env!("CARGO_BIN_EXE_thingrelay"))
        .args(arguments)
        .env_remove("RUST_LOG")
        .env_remove("THINGRELAY_TOKEN")
        .env_remove("THINGRELAY_KAFKA_PASSWORD")
        .stdin(Stdio::null())
        .searched()
        .unwrap();
    let told = [&output.stdout, &output.stderr]
        .map(|stream| String::from_utf8_lossy(stream).into_owned())
        .concat();
    assert!(!told.contains(PASSWORD), "{told}");
    (output.status.code(), told)
}

#[cfg(not(feature = "ckafka"))]
#[test]
fn without_the_client_every_command_names_the_alias_that_has_it() {
    const QUEUE: &str = "https://sqs.eu-west-1.amazonaws.com/123456789012/staging.fifo";
    let broker = nobody();
    let cases: [&[&str]; 5] = [
        &["dev", "--config", "FILE", "--listen", "127.0.0.1:0"],
        &["check", "sources", "--config", "FILE"],
        &["check", "sources", "--config", "FILE", "--source", "plant"],
        &[
            "pull",
            "ckafka",
            "--config",
            "FILE",
            "--staging-queue",
            QUEUE,
        ],
        &["send", "kafka", &broker, "--topic", "iot"],
    ];
    for arguments in cases {
        let (code, told) = thingrelay(&pulled(&broker), arguments);
        assert_eq!(code, Some(1), "{arguments:?}: {told}");
        for alias in ["`cargo dev-ckafka`", "`cargo thingrelay-ckafka`"] {
            assert!(told.contains(alias), "{arguments:?}: {told}");
        }
    }
}

#[cfg(feature = "ckafka")]
#[test]
fn a_broker_that_is_away_is_told_of() {
    let broker = nobody();
    let (code, told) = thingrelay(&pulled(&broker), &["check", "sources", "--config", "FILE"]);
    assert_eq!(code, Some(1), "{told}");
    for words in [
        "problem  plant, connection: ",
        "Connection refused",
        "\n         -> Check brokers",
        "\n1 problem.\n",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let arguments = [
        "send",
        "kafka",
        &broker,
        "--topic",
        "iot",
        "--no-retry",
        "--timeout",
        "1",
    ];
    let (code, told) = thingrelay("", &arguments);
    assert_eq!(code, Some(1), "{told}");
    for words in ["refused   unreachable 1\n", "Connection refused"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[test]
fn a_source_that_lambda_pulls_is_not_tried() {
    let config = plant("topics = [\"iot\"]");
    let (code, told) = thingrelay(&config, &["check", "sources", "--config", "FILE"]);
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("untried  plant: Lambda"), "{told}");
    assert!(
        told.contains("Nothing was tried. 1 source was not tried.\n"),
        "{told}"
    );
    assert!(!told.contains("No problems"), "{told}");
    let (code, told) = thingrelay(
        &config,
        &[
            "pull",
            "ckafka",
            "--config",
            "FILE",
            "--staging-queue",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/staging.fifo",
        ],
    );
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("channel = \"ckafka\" and a group"), "{told}");
}

#[test]
fn what_does_not_go_together_in_send_is_said() {
    let kafka = ["send", "kafka", "127.0.0.1:1"];
    let cases: [(&[&str], &str); 5] = [
        (&[], "--topic"),
        (&["--topic", "iot", "--token", "t"], "--token"),
        (&["--topic", "iot", "--get"], "--get"),
        (&["--topic", "a/b"], "a topic is 1 to 249"),
        (&["--topic", "iot", "--kind", "custom-push"], "custom-push"),
    ];
    for (arguments, expected) in cases {
        let found = thingrelay("", &[&kafka[..], arguments].concat());
        assert_eq!(found.0, Some(2), "{arguments:?}: {}", found.1);
        assert!(found.1.contains(expected), "{arguments:?}: {}", found.1);
    }
}

#[test]
fn a_command_in_its_former_form_gets_a_hint() {
    let url = "http://127.0.0.1:1/hub";
    let cases: [(&[&str], &str); 7] = [
        (
            &["send", url, "--token", "t"],
            "thingrelay send tencent URL",
        ),
        (
            &["send", "--token", "t", url],
            "thingrelay send tencent URL",
        ),
        (
            &["send", "--platform", "tuya", "ws://127.0.0.1:1"],
            "send tuya URL",
        ),
        (&["check", url, "--token", "t"], "thingrelay check url URL"),
        (
            &["check", "--config", "relay.toml"],
            "thingrelay check sources --config FILE",
        ),
        (
            &["check", "--source", "a", "--config", "relay.toml"],
            "thingrelay check sources --config FILE",
        ),
        (&["check", "url", url, "--topic", "x"], ""),
    ];
    for (arguments, hint) in cases {
        let (code, told) = thingrelay("", arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {told}");
        assert!(told.contains(hint), "{arguments:?}: {told}");
        assert_eq!(told.contains("\nhint: "), !hint.is_empty(), "{told}");
    }
}

#[test]
fn config_check_says_everything_that_is_wrong_with_a_source() {
    let full = |lines: &str| {
        let first = "topics = [\"iot\"]\nbrokers = [\"b.example:9092\"]\ngroup = \"g\"\n";
        plant(&format!("{first}{lines}"))
    };
    let cases: [(String, &[&str]); 7] = [
        (plant(""), &["problem  sources.plant.topics: is missing"]),
        (
            plant("group = \"g\""),
            &[
                "sources.plant.topics: is missing",
                "sources.plant.brokers: is missing: a list of \"host:port\"",
                "sources.plant.security: is missing",
            ],
        ),
        (
            plant(&format!("topics = [\"iot\"]\n{LOGIN}")),
            &[
                "sources.plant.security: has no effect without group",
                "sources.plant.username: has no effect without group",
                "sources.plant.password: has no effect without group",
            ],
        ),
        (
            full("security = \"sasl_ssl\"\nmechanism = \"SCRAM\""),
            &[
                "sources.plant.mechanism: must be one of \"PLAIN\", \"SCRAM-SHA-256\", \"SCRAM-SHA-512\"",
                "sources.plant.username: is missing: at CKafka the instance's id, # and the user's name",
                "sources.plant.password: is missing",
                "-> Give the document with the secrets as another FILE",
            ],
        ),
        (
            full("security = \"plaintext\"\nca = \"x\"\nmechanism = \"PLAIN\""),
            &[
                "sources.plant.ca: has no effect without encryption",
                "sources.plant.mechanism: has no effect without a login",
            ],
        ),
        (
            full("security = \"ssl\"\nca = \"no certificate\"\ntokens = [\"t\"]"),
            &[
                "sources.plant.ca: must be the text of one or more certificates in PEM",
                "sources.plant.tokens: ",
            ],
        ),
        (
            full("security = \"tls\"")
                .replace("iot", "a/b")
                .replace(":9092", ""),
            &[
                "sources.plant.topics: must be a list of different topics",
                "sources.plant.brokers: must be a list of different \"host:port\" addresses",
                "sources.plant.security: must be one of \"sasl_plaintext\", \"sasl_ssl\", \"ssl\", \"plaintext\"",
            ],
        ),
    ];
    for (config, expected) in cases {
        let (code, told) = thingrelay(&config, &["config", "check", "FILE"]);
        assert_eq!(code, Some(1), "{config}{told}");
        for words in expected {
            assert!(told.contains(words), "{config}{words}: {told}");
        }
    }
}

#[test]
fn config_check_hints_at_a_user_without_an_instance_and_at_passwords_in_the_clear() {
    let broker = nobody();
    let cases = [
        (pulled(&broker), &["security: is \"sasl_plaintext\""][..]),
        (
            pulled(&broker).replace("ckafka-1#bob", "bob"),
            &["security: is \"sasl_plaintext\"", "username: has no #"],
        ),
        (pulled(&broker).replace("sasl_plaintext", "sasl_ssl"), &[]),
        (plant("topics = [\"iot\"]"), &[]),
    ];
    for (config, expected) in cases {
        let (code, told) = thingrelay(&config, &["config", "check", "FILE"]);
        assert_eq!(code, Some(0), "{told}");
        let warnings = told.lines().filter(|line| line.starts_with("warning  "));
        let warnings: Vec<&str> = warnings.collect();
        assert_eq!(warnings.len(), expected.len(), "{told}");
        for (warning, words) in warnings.iter().zip(expected) {
            assert!(warning.contains(words), "{told}");
        }
    }
}
