//! The targets of the events of a configuration.

use crate::{
    process::{Relay, command},
    pushing::{TOKEN, config_of, send},
};
use std::net::TcpListener;
use thingrelay_tests::searched::Searched;

/// Tables of targets, each with the description of the target.
const REAL: [(&str, &str); 3] = [
    (
        "type = \"sqs\"\nqueue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/meters.fifo\"\n",
        "queue https://sqs.eu-west-1.amazonaws.com/123456789012/meters.fifo",
    ),
    (
        "type = \"sns\"\ntopic_arn = \"arn:aws:sns:eu-west-1:123456789012:meters.fifo\"\n",
        "topic arn:aws:sns:eu-west-1:123456789012:meters.fifo",
    ),
    (
        "type = \"eventbridge\"\nevent_bus = \"meters\"\n",
        "event bus meters",
    ),
];

fn with_real_target(directory: &std::path::Path, table: &str) -> String {
    config_of(directory, &format!("[targets.events]\n{table}"))
}

#[test]
fn without_credentials_one_line_says_what_to_do() {
    for (table, place) in REAL {
        let directory = tempfile::tempdir().unwrap();
        let config = with_real_target(directory.path(), table);
        let output = command(&["--json", "--config", &config, "--listen", "127.0.0.1:0"])
            .env_clear()
            .env("HOME", directory.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .searched()
            .unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(told.lines().count(), 1, "{told}");
        let target = format!("the target events is the {place},");
        for word in [&target, "AWS_PROFILE", "--local-targets"] {
            assert!(told.contains(word), "{word} in {told}");
        }
    }
}

#[test]
fn a_real_target_is_named_first() {
    for (table, place) in REAL {
        let directory = tempfile::tempdir().unwrap();
        let config = with_real_target(directory.path(), table);
        let mut command = command(&["--json", "--config", &config]);
        command
            .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "made-up");
        let mut child = command.args(["--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut stderr = crate::process::Lines::read(child.stderr.take().unwrap());
        let told = stderr.until(|line| line.starts_with("ready "));
        assert!(told[0].starts_with("Page: "), "{told:#?}");
        let expected = format!("Events are sent to the {place}.");
        assert!(told[1].starts_with(&expected), "{told:#?}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn local_targets_take_no_credentials_and_have_the_same_names() {
    for (table, place) in REAL {
        let directory = tempfile::tempdir().unwrap();
        let config = with_real_target(directory.path(), table);
        let mut command = command(&["--json", "--config", &config, "--local-targets"]);
        command
            .env_clear()
            .env("HOME", directory.path())
            .env("AWS_EC2_METADATA_DISABLED", "true");
        let (mut relay, url) = Relay::spawn(&mut command);
        send(&format!("{url}/meters"), TOKEN, &[]);
        relay.stdout().until(|_| true);
        relay.terminate();
        assert_eq!(relay.ended(), Some(0));
        let told = relay.stderr.rest();
        assert!(
            told.contains(&"counted forwarded source=meters: 1".to_owned()),
            "{place}: {told:#?}"
        );
    }
}

#[test]
fn a_queue_of_devs_own_is_refused_as_a_target() {
    let directory = tempfile::tempdir().unwrap();
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = free.local_addr().unwrap().to_string();
    let target = format!(
        "[targets.loop]\ntype = \"sqs\"\nqueue_url = \"http://{server}/000000000000/staging.fifo\"\n"
    );
    let config = config_of(directory.path(), &target);
    drop(free);
    let output = command(&["--json", "--config", &config, "--sqs-listen", &server])
        .args(["--listen", "127.0.0.1:0"])
        .searched()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    for word in ["target loop", "staging.fifo", "dev uses it itself"] {
        assert!(told.contains(word), "{word} in {told}");
    }
}

#[test]
fn kept_tokens_are_those_of_the_last_run() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    let tokens = || {
        let (mut relay, _) = Relay::start(&["--data", data.to_str().unwrap()]);
        let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
        relay.terminate();
        assert_eq!(relay.ended(), Some(0));
        let tokens = guide.iter().filter_map(|line| line.split_once("  token "));
        tokens
            .map(|(_, token)| token.to_owned())
            .collect::<Vec<String>>()
    };
    let first = tokens();
    assert_eq!(first.len(), 3);
    assert_eq!(tokens(), first);
}
