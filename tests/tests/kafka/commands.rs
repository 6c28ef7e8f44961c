//! The commands, built with the client for CKafka: `thingrelay send` plays the platforms,
//! `thingrelay check` tries a source, `thingrelay dev` shows its events.

use std::env;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Output, Stdio};

use serde_json::Value;
use thingrelay_tests::config::Config;
use thingrelay_tests::deadline::within;
use thingrelay_tests::kafka::{Kafka, Member, Outgoing, PASSWORD, Place, USER};
use thingrelay_tests::process::Launch;
use thingrelay_tests::searched::{kept, output_soon};
use tokio::process::Command;

use crate::access::{Access, brokers, login, table};
use crate::reports::{assert_complete_and_in_order, reports};
use crate::setting::{LIMIT, PLANT, Setting, fresh};

/// The variable that names the command with the client. The suite builds it in addition to the
/// command without the client.
const PROGRAM: &str = "THINGRELAY_WITH_CKAFKA";

pub(crate) fn program() -> PathBuf {
    let program = env::var_os(PROGRAM);
    program
        .unwrap_or_else(|| panic!("{PROGRAM} is not set: run `cargo xtask test kafka`"))
        .into()
}

/// Runs a command. Returns its output.
async fn thingrelay(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program());
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let ended = within(LIMIT, "a command ends", output_soon(&mut command)).await;
    ended.unwrap()
}

fn told(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr];
    let text = streams
        .map(|stream| String::from_utf8_lossy(stream).into_owned())
        .concat();
    assert!(!text.contains(PASSWORD), "a password in {text}");
    text
}

/// Checks a source. Returns whether all is well, and the output.
async fn check(config: &str, more: &[&str]) -> (bool, String) {
    let config = Config::of(config);
    let file = config.file().to_string_lossy().into_owned();
    let output = thingrelay(
        &[&["check", "sources", "--config", &file][..], more].concat(),
        &[],
    )
    .await;
    let text = told(&output);
    assert!(matches!(output.status.code(), Some(0 | 1)), "{text}");
    (output.status.success(), text)
}

/// Produces to a topic as the user.
async fn send(kafka: &Kafka, topic: &str, more: &[&str]) -> Output {
    let address = kafka.sasl().to_string();
    let first = ["send", "kafka", &address, "--topic", topic];
    let arguments = [&first[..], &["--username", USER], more].concat();
    thingrelay(&arguments, &[("THINGRELAY_KAFKA_PASSWORD", PASSWORD)]).await
}

/// A source that the user may pull, with additional lines.
fn plant(kafka: &Kafka, topic: &str, group: &str, more: &str) -> String {
    let lines = Access::Sasl("PLAIN").lines(kafka);
    table(PLANT, &[topic], group, &format!("{lines}{more}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_send_produces_is_seen_by_check_and_shown_by_dev() {
    let kafka = Kafka::shared().await;
    let (topic, group) = (fresh("iot"), fresh("relay"));
    kafka.create_topic(&topic, 3).await;
    let config = plant(kafka, &topic, &group, "");

    let (is_well, text) = check(&config, &["--source", PLANT, "--wait", "1"]).await;
    assert!(!is_well, "{text}");
    for words in [
        &format!("ok       plant, topic {topic}: 3 partitions\n"),
        "Connected, but there is no record, and none came within 1 s.",
        "\n         -> ",
        "it has committed nothing, and will begin at the earliest record, 0 records wait for it",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }

    let mut produced = 0;
    for (kind, count) in [
        ("report", 60),
        ("status", 12),
        ("event", 6),
        ("action", 6),
        ("info", 6),
        ("firmware", 6),
        ("queue", 6),
        ("binary", 6),
        ("custom", 6),
    ] {
        let count_text = count.to_string();
        let more = ["--count", &count_text, "--devices", "6", "--kind", kind];
        let sent = send(kafka, &topic, &more).await;
        let text = told(&sent);
        assert!(sent.status.success(), "{kind}: {text}");
        assert!(text.contains(&format!("accepted  {count}\n")), "{text}");
        produced += count;
    }

    let before = kafka.committed(&group, &topic).await;
    let (is_well, text) = check(&config, &[]).await;
    assert!(is_well, "{text}");
    for words in [
        &format!("{produced} records wait for it"),
        "records: the last one is io.thingrelay.device.message.v1 of THINGRELAY/device-000",
        "No problems.\n",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(kafka.committed(&group, &topic).await, before);
    assert_eq!(kafka.members(&group).await, 0);

    let file = Config::of(&config);
    let relay = Launch::new().program(&program()).config(&file.file());
    let mut relay = relay.start().await;
    let events = relay.events_until(produced, LIMIT).await;
    assert_eq!(events.len(), produced);
    for event in &events {
        assert_eq!(event["source"], "/tencent-iot-explorer/plant", "{event}");
        assert_eq!(event["data"]["origin"]["channel"], "ckafka", "{event}");
    }
    assert_eq!(numbers(&events), vec![(1..=10).collect::<Vec<u64>>(); 6]);
    kafka.until_committed(&group, &topic, LIMIT).await;
    relay.process.signal("TERM").await;
    let (status, written) = relay.process.ended(LIMIT).await;
    assert!(status.success(), "{:#?}", written.stderr);

    let (is_well, text) = check(&config, &["--wait", "0"]).await;
    assert!(is_well, "{text}");
    assert!(text.contains("it has committed, 0 records wait"), "{text}");
}

/// The running numbers in the reports of each device, in the order of their arrival.
fn numbers(events: &[Value]) -> Vec<Vec<u64>> {
    let mut numbers = std::collections::BTreeMap::<&str, Vec<u64>>::new();
    for event in events {
        let is_queue = event["type"] == "io.thingrelay.device.properties.v1";
        let Some(n) = event["data"]["payload"]["params"]["n"].as_u64() else {
            continue;
        };
        let device = event["subject"].as_str().unwrap();
        let of_device = numbers.entry(device).or_default();
        // The reports of the kind `queue` came later.
        if is_queue && of_device.len() < 10 {
            of_device.push(n);
        }
    }
    numbers.into_values().collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_in_is_open_to_send_and_check() {
    let kafka = Kafka::shared().await;
    let directory = tempfile::tempdir().unwrap();
    let ca = directory.path().join("ca.pem");
    std::fs::write(&ca, kafka.authority()).unwrap();
    let ca = ca.to_str().unwrap();
    let user = ["--username", USER];
    let by = |mechanism| ["--mechanism", mechanism];
    for (access, address, more) in [
        (Access::Open, kafka.internal(), vec![]),
        (Access::Ssl, kafka.ssl(), vec!["--ca", ca]),
        (Access::Sasl("PLAIN"), kafka.sasl(), user.to_vec()),
        (
            Access::Sasl("SCRAM-SHA-256"),
            kafka.sasl(),
            [user, by("SCRAM-SHA-256")].concat(),
        ),
        (
            Access::SaslSsl("SCRAM-SHA-512"),
            kafka.sasl_ssl(),
            [user, by("SCRAM-SHA-512"), ["--ca", ca]].concat(),
        ),
    ] {
        let (topic, group) = (fresh("iot"), fresh("relay"));
        kafka.create_topic(&topic, 1).await;
        let address = address.to_string();
        let first = ["send", "kafka", &address, "--topic", &topic];
        let environment = [("THINGRELAY_KAFKA_PASSWORD", PASSWORD)];
        let sent = thingrelay(&[&first[..], &more].concat(), &environment).await;
        assert!(sent.status.success(), "{access:?}: {}", told(&sent));
        let config = table(PLANT, &[&topic], &group, &access.lines(kafka));
        let (is_well, text) = check(&config, &[]).await;
        assert!(is_well, "{access:?}: {text}");
        assert!(text.contains("1 record waits for it"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_wrong_with_a_source() {
    let kafka = Kafka::shared().await;
    let (topic, group) = (fresh("iot"), fresh("relay"));
    kafka.create_topic(&topic, 1).await;
    let (secret_topic, secret_group) = (fresh("secret"), fresh("secret"));
    kafka.create_topic(&secret_topic, 1).await;
    kafka.forbid_topic(&secret_topic).await;
    kafka.forbid_group(&secret_group).await;
    kafka
        .produce(&topic, &[Outgoing::at(0, b"no JSON".to_vec())])
        .await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    // The port is bound, and no connection is accepted.
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let of = |topic: &str, group: &str, lines: String| table(PLANT, &[topic], group, &lines);
    let at = |address, security: &str, login: &str| {
        format!("{}security = \"{security}\"\n{login}", brokers(address))
    };
    let right = login("PLAIN", PASSWORD);
    let wrong = login("PLAIN", "another-password-of-nobody");
    let usual = || at(kafka.sasl(), "sasl_plaintext", &right);
    let cases = [
        (
            of(
                &topic,
                &group,
                at(nobody.unwrap(), "sasl_plaintext", &right),
            ),
            "Connection refused",
            "Check brokers",
        ),
        (
            of(
                &topic,
                &group,
                at(deaf.local_addr().unwrap(), "sasl_plaintext", &right),
            ),
            "cannot be reached",
            "Check brokers",
        ),
        (
            of(&topic, &group, at(kafka.sasl(), "sasl_plaintext", &wrong)),
            "refuses the login",
            "Compare username",
        ),
        (
            of(&topic, &group, at(kafka.sasl_ssl(), "sasl_ssl", &right)),
            "No TLS with",
            "Set ca",
        ),
        (
            of(&topic, &group, at(kafka.sasl(), "plaintext", "")),
            "cannot be reached over plaintext",
            "security is right",
        ),
        (
            of("not-there", &group, usual()),
            "There is no topic not-there.",
            "Compare topics",
        ),
        (
            of(&secret_topic, &group, usual()),
            "The user may not use the topic secret-",
            "right to read the topic",
        ),
        (
            of(&topic, &secret_group, usual()),
            "The user may not use the group secret-",
            "right to read as this group",
        ),
        (
            of(&topic, &group, usual()),
            "The last record cannot be understood: the body is not JSON (partition 0, offset 0 of",
            "quarantine",
        ),
    ];
    for (config, what, advice) in cases {
        let (is_well, text) = check(&config, &["--timeout", "10"]).await;
        assert!(!is_well, "{what}: {text}");
        assert!(text.contains(what), "{what}: {text}");
        let mut advised = text.lines().filter(|line| line.starts_with("         -> "));
        assert!(
            advised.any(|line| line.contains(advice)),
            "{advice}: {text}"
        );
        assert!(!text.contains("another-password-of-nobody"), "{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_leaves_a_pull_that_runs_alone() {
    let kafka = Kafka::shared().await;
    let (topic, group) = (fresh("iot"), fresh("relay"));
    kafka.create_topic(&topic, 2).await;
    let member = Member::join(kafka, &group, &topic).await;
    let report = |n: u64| {
        let value =
            thingrelay_tests::message::status_change("d", "Online", n, "2026-11-21 12:00:00", "");
        Outgoing::at((n % 2) as i32, value)
    };
    let received = |places: usize| {
        let member = &member;
        async move {
            let mut all = Vec::new();
            while all.len() < places {
                all.extend(member.receive().await);
            }
            all
        }
    };
    let first: Vec<Outgoing> = (0..10).map(report).collect();
    kafka.produce(&topic, &first).await;
    let what = "the records of a member";
    assert_eq!(within(LIMIT, what, received(10)).await.len(), 10);
    let before = kafka.committed(&group, &topic).await;

    let (is_well, text) = check(&plant(kafka, &topic, &group, ""), &[]).await;
    assert!(is_well, "{text}");
    assert!(text.contains("it has committed, 0 records wait"), "{text}");
    assert_eq!(kafka.committed(&group, &topic).await, before);
    assert_eq!(kafka.members(&group).await, 1);

    // The pull still has both of its partitions, and nothing comes twice.
    let second: Vec<Outgoing> = (10..20).map(report).collect();
    kafka.produce(&topic, &second).await;
    let mut places = within(LIMIT, what, received(10)).await;
    places.sort();
    assert_eq!(places.first().map(|place| place.offset), Some(5));
    assert_eq!(places.len(), 10);
    member.leave().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_stored_is_counted_by_its_word() {
    let kafka = Kafka::shared().await;
    let secret = fresh("secret");
    kafka.create_topic(&secret, 1).await;
    kafka.forbid_topic(&secret).await;
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let (sasl, nobody) = (kafka.sasl().to_string(), nobody.unwrap().to_string());
    for (address, topic, password, word) in [
        (&sasl, "not-there", PASSWORD, "unknown_topic"),
        (&sasl, &secret, PASSWORD, "topic_authorization_failed"),
        (&sasl, "iot", "wrong", "credentials_refused"),
        (&nobody, "iot", PASSWORD, "unreachable"),
    ] {
        let arguments = [
            "send",
            "kafka",
            address,
            "--topic",
            topic,
            "--username",
            USER,
            "--count",
            "5",
            "--devices",
            "5",
            "--no-retry",
        ];
        let sent = thingrelay(&arguments, &[("THINGRELAY_KAFKA_PASSWORD", password)]).await;
        let text = told(&sent);
        assert_eq!(sent.status.code(), Some(1), "{text}");
        for words in [
            "accepted  0\n",
            &format!("refused   {word} 5\n"),
            &format!("{word}: "),
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_that_records_were_deleted_before_they_were_read() {
    let kafka = Kafka::shared().await;
    let (topic, group) = (fresh("iot"), fresh("relay"));
    kafka.create_topic(&topic, 1).await;
    let member = Member::join(kafka, &group, &topic).await;
    kafka.produce(&topic, &reports(1, 0..2)).await;
    let received = async {
        let mut count = 0;
        while count < 2 {
            count += member.receive().await.len();
        }
    };
    within(LIMIT, "two records are committed", received).await;
    member.leave().await;
    kafka.produce(&topic, &reports(1, 2..9)).await;
    let place = Place {
        partition: 0,
        offset: 7,
    };
    kafka.delete_before(&topic, place).await;
    let (is_well, text) = check(&plant(kafka, &topic, &group, ""), &[]).await;
    assert!(!is_well, "{text}");
    let deleted = "The broker has deleted 5 records before the group read them.";
    assert!(text.contains(deleted), "{text}");
}

#[tokio::test(flavor = "multi_thread")]
async fn pull_stages_until_it_is_told_to_end() {
    let kafka = Kafka::shared().await;
    let setting = Setting::new(kafka, 2).await;
    setting.produce(5, 0..8).await;
    let mut command = Command::new(program());
    command
        .args(["pull", "ckafka", "--member", "two", "--staging-queue"])
        .arg(&setting.staging)
        .arg("--config")
        .arg(setting.config_file())
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    let child = command.spawn().unwrap();
    let id = child.id().unwrap().to_string();
    setting.until_staged(40).await;
    setting.until_committed().await;
    let kill = r#"kill -s TERM "$1""#;
    let asked = Command::new("sh").args(["-c", kill, "sh", &id]).status();
    assert!(asked.await.unwrap().success());
    let ended = within(LIMIT, "a pull ends", child.wait_with_output()).await;
    let ended = kept(ended.unwrap());
    let text = told(&ended);
    assert!(ended.status.success(), "{text}");
    for words in [
        &format!("topics {}, group {}", setting.topic, setting.group),
        "pulled 40, staged 40, acknowledged 40, given back 0",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_complete_and_in_order(&setting.records().await, 5, 8);
}
