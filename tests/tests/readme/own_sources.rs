use std::fs;

use serde_json::Value;
use sqs_server::{Options, Server};
use tempfile::TempDir;
use thingrelay_tests::document::Document;
use thingrelay_tests::queue::Queues;
use thingrelay_tests::session::Shell;
use thingrelay_tests::template::root;

use crate::commands::{CONFIG_CHECK, DEV_OWN, INSTALLED_CONFIG_CHECK, TOKEN};
use crate::relay::Relay;
use crate::shell::{CARGO_LIMIT, shell};

/// The placeholder of a secret in a configuration.
const PLACE: &str = "\"…\"";

/// The configuration of README.md in a separate directory, with tokens, and a queue for its target.
struct Own {
    shell: Shell,
    tokens: [String; 2],
    directory: TempDir,
    _queues: Server,
}

impl Own {
    async fn new() -> Self {
        let server = Server::start(Options::default()).await.unwrap();
        let queue = Queues::at(&server.endpoint()).create_fifo("events").await;
        let tokens = [token().await, token().await];
        assert_ne!(tokens[0], tokens[1]);
        let text = filled("README.md", &[&tokens[0], &tokens[1]]);
        let mut targets = text.lines().filter(|line| line.starts_with("queue_url = "));
        let target = targets.next().expect("a target in README.md");
        let text = text.replace(target, &format!("queue_url = \"{queue}\""));
        let directory = directory();
        fs::write(directory.path().join("relay.toml"), text).unwrap();
        Own {
            shell: shell().at(directory.path()),
            tokens,
            directory,
            _queues: server,
        }
    }

    /// Runs `send` for the source of the configuration.
    async fn send(&self, relay: &Relay, token: &str, more: &str) {
        let command = format!(
            "cargo thingrelay send tencent {}/meters --token \"$TOKEN\"{more}",
            relay.url
        );
        self.shell
            .with_token(token)
            .run(&command, CARGO_LIMIT)
            .await;
    }
}

/// A directory below the checkout, in which cargo finds the aliases, and which git ignores.
fn directory() -> TempDir {
    let target = root().join("target");
    fs::create_dir_all(&target).unwrap();
    tempfile::Builder::new()
        .prefix("readme-")
        .tempdir_in(target)
        .unwrap()
}

/// The first configuration of a document, with these secrets in its placeholders.
fn filled(document: &str, secrets: &[&str]) -> String {
    let mut text = Document::read(document).blocks_in("toml").swap_remove(0);
    assert_eq!(text.matches(PLACE).count(), secrets.len(), "{document}");
    for secret in secrets {
        text = text.replacen(PLACE, &format!("\"{secret}\""), 1);
    }
    text
}

/// A fresh token.
async fn token() -> String {
    let written = shell().run(TOKEN, CARGO_LIMIT).await;
    let [token] = written.stdout.as_slice() else {
        panic!("not one line:\n{}", written.all());
    };
    let strong = token.len() >= 32 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
    assert!(strong, "{token}");
    token.clone()
}

/// Checks that `config check` accepts the configuration, prints this summary, and prints no secret.
async fn check(shell: &Shell, command: &str, expected: &str, secrets: &[&str]) {
    let printed = shell.run(command, CARGO_LIMIT).await.all();
    assert!(
        printed.contains(expected) && !printed.contains("warning"),
        "{printed}"
    );
    for secret in secrets {
        assert!(!printed.contains(secret), "a secret is printed");
    }
}

#[tokio::test]
async fn the_configuration_is_taken_with_both_its_tokens() {
    let own = Own::new().await;
    let [current, previous] = &own.tokens;
    let summary = "meters: tencent-iot-hub, 2 tokens";
    check(&own.shell, CONFIG_CHECK, summary, &[current, previous]).await;
    assert_eq!(
        CONFIG_CHECK,
        format!("cargo {INSTALLED_CONFIG_CHECK} relay.toml")
    );

    let relay = Relay::elsewhere(&own.shell, DEV_OWN).await;
    for (count, token) in [(1, current), (2, previous)] {
        own.send(&relay, token, "").await;
        relay
            .expect(count, "device.properties THINGRELAY/device-0001 ")
            .await;
    }
    relay.interrupt().await;
    let kept = own.directory.path().join("relay-data");
    assert!(kept.read_dir().unwrap().next().is_some(), "nothing is kept");
}

#[tokio::test]
async fn what_arrives_comes_out_as_it_is_shown() {
    let blocks = Document::read("README.md").blocks_in("json");
    let [arriving, shown] = blocks.as_slice() else {
        panic!("README.md shows what arrives and what comes out");
    };
    let own = Own::new().await;
    fs::write(own.directory.path().join("message.json"), arriving).unwrap();
    let relay = Relay::elsewhere(&own.shell, &format!("{DEV_OWN} --json")).await;
    own.send(&relay, &own.tokens[0], " --file message.json")
        .await;
    let events = relay.expect(1, "specversion").await;
    let written = relay.interrupt().await;
    assert_eq!(
        written.stdout, events,
        "standard output has more than the event"
    );
    let came: Value = serde_json::from_str(&events.concat()).unwrap();
    let mut expected: Value = serde_json::from_str(shown).unwrap();
    // The output shortens the id.
    let id = came["id"].as_str().unwrap();
    let short = expected["id"].as_str().unwrap();
    let (start, end) = short.split_once('…').unwrap_or((short, ""));
    assert!(
        id.starts_with(start) && id.ends_with(end),
        "{id} is not {short}"
    );
    expected["id"] = id.into();
    assert_eq!(came, expected);
}

#[tokio::test]
async fn the_sources_of_the_pages_of_pulls_are_good() {
    let directory = directory();
    let secret = token().await;
    for (page, file, secrets, summary) in [
        (
            "docs/tuya.md",
            "house.toml",
            &["readme-project", &secret][..],
            "house: tuya, pulled from wss://mqe.tuyaeu.com:8285, production",
        ),
        (
            "docs/ckafka.md",
            "plant.toml",
            &[&secret],
            "plant: tencent-iot-explorer, topics explorer of CKafka, pulled by the group thingrelay over sasl_ssl",
        ),
    ] {
        fs::write(directory.path().join(file), filled(page, secrets)).unwrap();
        let command = format!("cargo thingrelay config check {file}");
        let page = Document::read(page);
        assert!(
            page.text.contains(&command),
            "{} has no `{command}`",
            page.path
        );
        let shell = shell().at(directory.path());
        check(&shell, &command, summary, &[&secret]).await;
    }
}
