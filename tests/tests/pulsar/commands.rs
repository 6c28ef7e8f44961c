//! The commands: `thingrelay send` plays Tuya, `thingrelay check` tries a source.

use std::process::{Output, Stdio};

use thingrelay_tests::process::program;
use thingrelay_tests::pulsar::puller::Puller;
use thingrelay_tests::pulsar::{Pulsar, Topic};
use thingrelay_tests::searched::output_soon;
use tokio::process::Command;

use crate::setting::{LIMIT, Setting};

/// Runs a command of README.md. Returns its output.
async fn thingrelay(arguments: &[&str], environment: &[(&str, &str)]) -> Output {
    let mut command = Command::new(program("thingrelay"));
    command
        .args(arguments)
        .env_clear()
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let ended = tokio::time::timeout(LIMIT, output_soon(&mut command)).await;
    ended.expect("it ends in time").unwrap()
}

fn told(output: &Output) -> String {
    let streams = [&output.stdout, &output.stderr];
    streams
        .map(|stream| String::from_utf8_lossy(stream).into_owned())
        .concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_send_produces_is_seen_by_check_and_then_pulled() {
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let house = setting.house();
    let file = setting.config().file().to_string_lossy().into_owned();
    let bearer = pulsar.admin().authorization();
    let bearer = bearer.strip_prefix("Bearer ").unwrap();
    let (id, key) = (house.access.id.as_str(), house.access.key.as_str());

    let silent = thingrelay(
        &[
            "check", "sources", "--config", &file, "--source", "house", "--wait", "1",
        ],
        &[],
    )
    .await;
    let text = told(&silent);
    assert_eq!(silent.status.code(), Some(1), "{text}");
    assert!(
        text.contains("Connected, but no message came within 1 s."),
        "{text}"
    );

    let url = pulsar.url();
    let send = |more: &[&'static str]| {
        let first = ["send", "tuya", url.as_str(), "--access-id", id];
        [&first[..], more].concat()
    };
    let mut produced = 0;
    for more in [
        &["--count", "60", "--devices", "6", "--encryption", "gcm"][..],
        &["--count", "60", "--devices", "6", "--encryption", "ecb"],
        &["--count", "12", "--devices", "6", "--kind", "status"],
        &["--count", "6", "--devices", "6", "--kind", "event"],
        &["--count", "6", "--devices", "6", "--kind", "info"],
        &["--count", "6", "--devices", "6", "--kind", "firmware"],
    ] {
        let environment = [
            ("THINGRELAY_ACCESS_KEY", key),
            ("THINGRELAY_PRODUCER_TOKEN", bearer),
        ];
        let sent = thingrelay(&send(more), &environment).await;
        let text = told(&sent);
        assert!(sent.status.success(), "{more:?}: {text}");
        let count: u64 = more[1].parse().unwrap();
        assert!(text.contains(&format!("accepted  {count}\n")), "{text}");
        produced += count;
    }
    assert_eq!(house.backlog().await, produced);

    let well = thingrelay(&["check", "sources", "--config", &file], &[]).await;
    let text = told(&well);
    assert!(well.status.success(), "{text}");
    for words in [
        "the access key decrypts it, its sign is right",
        "No problems.\n",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(house.backlog().await, produced, "nothing is acknowledged");

    let puller = Puller::start(setting.config().file().as_ref(), &setting.staging);
    setting.until_staged(produced as usize).await;
    house.project.until_acknowledged(Topic::Event, LIMIT).await;
    let (status, text) = puller.end().await;
    assert!(status.success(), "{status}\n{text}");
    assert!(text.contains(&format!("staged {produced}, ")), "{text}");
    let (events, quarantined) = setting.consume(produced as usize).await;
    assert_eq!((events.len() as u64, quarantined.len()), (produced, 0));
    let mut types: Vec<&str> = events
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect();
    types.sort_unstable();
    types.dedup();
    let unknown = types.iter().filter(|name| name.contains("device.message"));
    assert_eq!(unknown.count(), 0, "{types:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_may_not_produce_and_is_told_so() {
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let access = &setting.house().access;
    let url = pulsar.url();
    let arguments = [
        "send",
        "tuya",
        &url,
        "--access-id",
        &access.id,
        "--no-retry",
    ];
    let sent = thingrelay(&arguments, &[("THINGRELAY_ACCESS_KEY", &access.key)]).await;
    let text = told(&sent);
    assert_eq!(sent.status.code(), Some(1), "{text}");
    for words in ["refused   http_403 1\n", "Give --producer-token"] {
        assert!(text.contains(words), "{words}: {text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_says_what_is_wrong_with_a_source() {
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let config = std::fs::read_to_string(setting.config().file()).unwrap();
    let access = &setting.house().access;
    let stranger = "a-project-that-is-not-there";
    // A configured path can name a topic or a subscription that does not exist.
    let at = |topic: &str, subscription: &str| {
        let url = pulsar.url();
        let id = &access.id;
        let path = format!("ws/v2/consumer/persistent/{id}/out/{topic}/{subscription}");
        config.replace(&url, &format!("{url}/{path}?subscriptionType=Failover"))
    };
    let cases = [
        (config.replace(&access.id, stranger), "answered 401"),
        (
            config.replace(&access.key, "ffeeddccbbaa99887766554433221100"),
            "answered 401",
        ),
        (
            config.replace(&pulsar.url(), "ws://127.0.0.1:1"),
            "Nothing listens at 127.0.0.1:1",
        ),
        (at("nothing", "sub"), "answered 404"),
        (at("event", "another-sub"), "answered 500"),
    ];
    for (config, words) in cases {
        let config = thingrelay_tests::config::Config::of(&config);
        let file = config.file().to_string_lossy().into_owned();
        let output = thingrelay(&["check", "sources", "--config", &file], &[]).await;
        let text = told(&output);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(
            text.contains(words) && text.contains("\n         -> "),
            "{words}: {text}"
        );
        assert!(!text.contains(&access.key), "{text}");
    }
}
