use super::*;
use crate::dev::sqs::Sqs;
use sqs_server::{Options, Server};
use std::os::unix::fs::PermissionsExt;
use thingrelay_core::config::{EdgeConfig, document::Document};

/// An empty workspace.
fn workspace() -> (tempfile::TempDir, Handover) {
    let directory = tempfile::tempdir().unwrap();
    let handover = Handover::of(directory.path()).unwrap();
    (directory, handover)
}

fn queues() -> Queues {
    let url = |name: &str| format!("http://127.0.0.1:9324/000000000000/{name}");
    Queues {
        staging: url("staging.fifo"),
        staging_arn: "arn:aws:sqs:us-east-1:000000000000:staging.fifo".to_owned(),
        dead_letters: url("dead-letter.fifo"),
        quarantine: url("quarantine"),
    }
}

fn events() -> Events {
    Events {
        queue: "http://127.0.0.1:9324/000000000000/events.fifo".to_owned(),
        forwarded: "http://127.0.0.1:9324/000000000000/forwarded.fifo".to_owned(),
    }
}

fn write(handover: &Handover, document: &str, origin: Origin) -> Change {
    let document = Secret::new(document);
    handover
        .write(&document, origin, &queues(), &events(), &[])
        .unwrap()
}

/// The variables of the environment file, and the settings in the file that they name.
fn read(handover: &Handover) -> (Vec<(String, String)>, EdgeConfig) {
    let text = fs::read_to_string(handover.env_file()).unwrap();
    let variables: Vec<(String, String)> = text
        .lines()
        .map(|line| {
            let (name, value) = line.split_once('=').unwrap();
            let value = value
                .strip_prefix('\'')
                .unwrap()
                .strip_suffix('\'')
                .unwrap();
            (name.to_owned(), value.to_owned())
        })
        .collect();
    assert_eq!(variables[0].0, "THINGRELAY_CONFIG_FILE");
    let settings = Path::new(&variables[0].1);
    let mode = fs::metadata(settings).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let settings = fs::read_to_string(settings).unwrap();
    (variables, EdgeConfig::parse(&[&settings]).unwrap())
}

fn target_names(config: &EdgeConfig) -> Vec<&str> {
    let names = config.targets.iter().map(|target| target.name.as_str());
    names.collect()
}

#[test]
fn the_workspaces_manifest_names_the_environment_file_and_both_routes() {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml");
    let manifest: Value = toml::from_str(&fs::read_to_string(manifest).unwrap()).unwrap();
    let watch = &manifest["workspace"]["metadata"]["lambda"]["watch"];
    assert_eq!(watch["env_file"], ENV_FILE);
    let routes = json!([
        {"method": "GET", "function": "verify"},
        {"method": "POST", "function": "push"},
    ]);
    assert_eq!(watch["router"], json!({"/{source}": routes}));
}

#[test]
fn without_a_configuration_tokens_stay_the_same_from_run_to_run() {
    let (_directory, handover) = workspace();
    let first = handover.sources().unwrap();
    assert_eq!(
        write(&handover, &document(&first), Origin::MadeUp),
        Change::Some
    );
    let second = handover.sources().unwrap();
    assert_eq!(
        write(&handover, &document(&second), Origin::MadeUp),
        Change::None
    );
    let both = first.iter().zip(&second);
    for (first, second) in both {
        assert_eq!((first.name, &first.token), (second.name, &second.token));
    }

    let (variables, config) = read(&handover);
    let names: Vec<&str> = variables.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "THINGRELAY_CONFIG_FILE",
            "THINGRELAY_STAGING_QUEUE_URL",
            "THINGRELAY_QUARANTINE_QUEUE_URL",
            "THINGRELAY_EVENTS_QUEUE_URL",
        ]
    );
    let sources: Vec<&str> = config.sources.keys().map(|name| name.as_str()).collect();
    assert_eq!(
        sources,
        ["example", "example-ckafka", "explorer", "hub", "video"]
    );
    assert_eq!(target_names(&config), ["events", forwarded::TARGET]);
}

#[test]
fn a_file_that_was_edited_gives_no_tokens() {
    for text in ["", "{", "[]", r#"{"sources":{"hub":{"tokens":["short"]}}}"#] {
        let (_directory, handover) = workspace();
        let path = handover.directory.join(MADE_UP);
        fs::write(path, text).unwrap();
        let sources = handover.sources().unwrap();
        assert!(
            sources.iter().all(|source| source.token.len() == 32),
            "{text}"
        );
    }
}

#[test]
fn a_configuration_keeps_its_targets_and_gets_one_more_behind_them() {
    let source = r#"[sources.meters]
platform = "tencent-iot-hub"
tokens = ["k7Vq2ZtR9mXw5yBn1cJd8fHs3gLp6aQe"]
"#;
    let zebra = r#"[targets.zebra]
type = "sqs"
queue_url = "http://127.0.0.1:9324/000000000000/zebra.fifo"
"#;
    let json = r#"{"sources":{"meters":{"platform":"tencent-iot-hub",
        "tokens":["k7Vq2ZtR9mXw5yBn1cJd8fHs3gLp6aQe"]}},
        "targets":{"Z":{"type":"sqs","queue_url":"https://sqs.eu-west-1.amazonaws.com/1/z"}}}"#;
    let cases = [
        (source.to_owned(), vec!["events", "~dev"]),
        (format!("{source}{zebra}"), vec!["zebra", "~dev"]),
        (
            format!("\u{feff}targets = {{}}\n{source}"),
            vec!["events", "~dev"],
        ),
        (json.to_owned(), vec!["Z", "~dev"]),
    ];
    for (document, expected) in cases {
        let (_directory, handover) = workspace();
        let settings = Document::parse(&document).unwrap().entries().clone();
        write(&handover, &Value::from(settings).to_string(), Origin::User);
        let (_, config) = read(&handover);
        assert_eq!(target_names(&config), expected, "{document}");
        assert_eq!(
            config.sources.len(),
            1,
            "no example among the user's sources"
        );
        // The user's own tokens are never mistaken for tokens to print.
        let tokens: Vec<String> = handover
            .sources()
            .unwrap()
            .into_iter()
            .map(|source| source.token)
            .collect();
        assert!(
            tokens
                .iter()
                .all(|token| !document.contains(token.as_str()))
        );
    }
}

#[test]
fn the_last_target_takes_what_any_of_the_others_takes() {
    let product = |name: &str| json!({"exact": {"product": name}});
    let mut deep = product("P1");
    for _ in 0..7 {
        deep = json!({"not": deep});
    }
    let cases = [
        (
            vec![json!([product("P1")])],
            r#"events where product is "P1""#,
        ),
        (vec![json!([product("P1")]), json!([])], "every event"),
        (vec![json!([product("P1")]), Value::Null], "every event"),
        (
            vec![
                json!([product("P1")]),
                json!([product("P2"), {"prefix": {"device": "m"}}]),
            ],
            r#"events where product is "P1" or (product is "P2" and device begins with "m")"#,
        ),
        (vec![json!([deep])], "every event"),
    ];
    for (filters, expected) in cases {
        let mut settings = Map::new();
        let targets: Map<String, Value> = filters
            .iter()
            .enumerate()
            .map(|(number, filters)| {
                let url = format!("http://127.0.0.1:9324/0/{number}");
                let mut target = json!({"type": "sqs", "queue_url": url});
                if !filters.is_null() {
                    target["filters"] = filters.clone();
                }
                (format!("t{number}"), target)
            })
            .collect();
        settings.insert("targets".to_owned(), targets.into());
        let (_directory, handover) = workspace();
        write(&handover, &Value::from(settings).to_string(), Origin::User);
        let (_, config) = read(&handover);
        let last = config.targets.last().unwrap();
        assert_eq!(last.name, forwarded::TARGET);
        assert_eq!(last.filter.to_string(), expected);
    }
}

#[tokio::test]
async fn webhooks_get_queues_and_the_first_is_that_of_the_function() {
    let server = Server::start(Options::default()).await.unwrap();
    let sqs = Sqs::at(&server.endpoint());
    let secret = "whsec_Zk8yQ3JXb1B0N2xMd0E5eEhnVnNKZDRLYk11VXoxRmU=";
    let webhook = |queue: Value| {
        json!({"type": "webhook", "url": "https://example.com/", "queue_url": queue,
            "signing_secrets": [secret]})
    };
    let queue = "https://sqs.eu-west-1.amazonaws.com/1/own.fifo";
    let document = json!({"targets": {"b": webhook(json!(queue)), "c": webhook(json!(queue))}});
    let document = document.to_string();
    let mut webhooks = Vec::new();
    for target in ["b", "c"] {
        let queue = Queues::make_webhook(&sqs, target, 30).await.unwrap();
        webhooks.push((target.to_owned(), queue));
    }

    let (_directory, handover) = workspace();
    let written = handover.write(
        &Secret::new(document),
        Origin::User,
        &queues(),
        &events(),
        &webhooks,
    );
    assert_eq!(written.unwrap(), Change::Some);
    let (variables, _) = read(&handover);
    let url = |name: &str| format!("{}/000000000000/{name}", server.endpoint());
    let expected = [
        ("THINGRELAY_WEBHOOK_TARGET", "b".to_owned()),
        ("THINGRELAY_WEBHOOK_QUEUE_URL", url("webhook-b.fifo")),
        (
            "THINGRELAY_DEAD_LETTER_QUEUE_URL",
            url("webhook-b-dead-letter.fifo"),
        ),
    ];
    let expected = expected.map(|(name, value)| (name.to_owned(), value));
    assert_eq!(variables.get(4..), Some(&expected[..]));
    let settings = fs::read_to_string(&variables[0].1).unwrap();
    let settings: Value = serde_json::from_str(&settings).unwrap();
    for target in ["b", "c"] {
        let queue = &settings["targets"][target]["queue_url"];
        assert_eq!(*queue, url(&format!("webhook-{target}.fifo")));
    }
}

#[test]
fn a_path_that_no_environment_file_can_hold_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["it's", "two\nlines"] {
        let workspace = directory.path().join(name);
        fs::create_dir(&workspace).unwrap();
        let handover = Handover::of(&workspace).unwrap();
        let document = Secret::new(document(&handover.sources().unwrap()));
        let written = handover.write(&document, Origin::MadeUp, &queues(), &events(), &[]);
        let told = written.unwrap_err().to_string();
        assert!(told.contains("environment file"), "{told}");
    }
}
