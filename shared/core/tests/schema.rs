//! Checks the JSON Schema of documents against the parser and the documentation.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use serde_json::{Value, json};
use std::{fs, path::PathBuf};
use thingrelay_core::{
    config::{
        EdgeConfig, SECRETS, WebhookConfig,
        document::Document,
        key::{Key, KeyGroup, Shape},
        schema::{groups, schema},
        source,
        target::{self, TargetType},
    },
    filter::Attribute,
    source::Channel,
};

/// A value that is wrong for every key.
fn wrong() -> Value {
    json!({"a": [1]})
}

/// The beginning of a source with a channel.
fn source_of(channel: Channel) -> Value {
    match channel {
        Channel::Http => json!({"platform": "tencent-iot-hub"}),
        Channel::Ckafka => json!({
            "platform": "tencent-iot-hub", "channel": "ckafka", "topics": ["iot"],
            "group": "g", "brokers": ["b.example:9092"], "security": "sasl_ssl",
        }),
        Channel::Pulsar => json!({"platform": "tuya"}),
    }
}

fn problems(source: &Value) -> Vec<String> {
    let text = json!({"sources": {"a": source}}).to_string();
    let config = EdgeConfig::usable(&[&text]).unwrap();
    let problems = config.broken.problems();
    problems.iter().map(ToString::to_string).collect()
}

fn is_valid(document: &Value) -> bool {
    jsonschema::is_valid(&schema(), document)
}

#[test]
fn the_parser_reads_every_key_of_the_schema_and_knows_no_other() {
    let all: Vec<&Key> = groups().iter().flat_map(|group| group.keys).collect();
    for channel in [Channel::Http, Channel::Ckafka, Channel::Pulsar] {
        let known: Vec<&str> = source::keys(channel)
            .iter()
            .flat_map(|group| group.keys)
            .map(|key| key.name)
            .collect();
        for key in &all {
            // They decide which keys a source has.
            if ["platform", "channel", "security"].contains(&key.name) {
                continue;
            }
            let mut source = source_of(channel);
            source[key.name] = wrong();
            let place = format!("sources.a.{}: ", key.name);
            let found = problems(&source);
            let of_key: Vec<&String> = found
                .iter()
                .filter(|problem| problem.starts_with(&place))
                .collect();
            assert_eq!(of_key.len(), 1, "{channel:?}: {found:#?}");
            let is_known = !of_key[0].contains("is not known here");
            assert_eq!(is_known, known.contains(&key.name), "{of_key:?}");
            let document = json!({"sources": {"a": source}});
            assert!(!is_valid(&document), "{document}");
        }
    }
    let secrets: Vec<&str> = all
        .iter()
        .filter(|key| key.is_secret)
        .map(|key| key.name)
        .collect();
    assert_eq!(
        secrets,
        [
            "tokens",
            "password",
            "client_key",
            "client_key_password",
            "access_key",
            "signing_secrets"
        ]
    );
    assert!(secrets.iter().all(|name| SECRETS.contains(name)));
    assert_eq!(secrets.len(), SECRETS.len());
}

#[test]
fn the_parser_reads_every_key_of_a_target_and_knows_no_other() {
    let good = |of: TargetType| match of {
        TargetType::Sqs => json!({"type": "sqs", "queue_url": "http://127.0.0.1:9324/0/a"}),
        TargetType::Sns => {
            json!({"type": "sns", "topic_arn": "arn:aws:sns:eu-west-1:123456789012:a.fifo"})
        }
        TargetType::EventBridge => {
            json!({"type": "eventbridge", "event_bus": "a", "region": "eu-west-1"})
        }
        TargetType::Webhook => json!({"type": "webhook", "url": "https://crm.example.com/"}),
    };
    let names = |of: Option<TargetType>| -> Vec<&str> {
        let keys = target::keys(of).iter().flat_map(|group| group.keys);
        keys.map(|key| key.name).collect()
    };
    for of in [
        TargetType::Sqs,
        TargetType::Sns,
        TargetType::EventBridge,
        TargetType::Webhook,
    ] {
        let document = json!({"targets": {"a": good(of)}});
        assert!(is_valid(&document), "{document}");
        assert!(
            WebhookConfig::parse(&[&document.to_string()]).is_ok(),
            "{document}"
        );
        for key in names(None).into_iter().filter(|key| *key != "type") {
            let mut target = good(of);
            target[key] = wrong();
            let document = json!({"targets": {"a": target}});
            assert!(!is_valid(&document), "{document}");
            let config = WebhookConfig::usable(&[&document.to_string()]).unwrap();
            let problems: Vec<String> = config
                .broken
                .problems()
                .iter()
                .map(ToString::to_string)
                .collect();
            let [problem] = problems.as_slice() else {
                panic!("{document}: {problems:?}");
            };
            assert!(
                problem.starts_with(&format!("targets.a.{key}: ")),
                "{problem}"
            );
            let is_known = !problem.contains("is not known here");
            assert_eq!(is_known, names(Some(of)).contains(&key), "{problem}");
        }
    }
}

#[test]
fn settings_secrets_and_both_are_valid_and_slips_are_not() {
    let token = "k3J9xQ7pLm2Vt8Wz";
    let secret = "whsec_cXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFx";
    let meters = json!({"platform": "tencent-iot-hub"});
    let both = json!({"platform": "tencent-iot-hub", "tokens": [token]});
    let cases = [
        (json!({"sources": {"meters": meters}}), true),
        (json!({"sources": {"meters": {"tokens": [token]}}}), true),
        (json!({"sources": {"meters": both}}), true),
        (json!({"sources": {"Meters": both}}), false),
        (json!({"source": {"meters": both}}), false),
        (json!({"sources": {"meters": {"platform": "hub"}}}), false),
        (json!({"sources": {"meters": {"tokens": []}}}), false),
        (
            json!({"sources": {"meters": {"platform": "tuya", "tokens": [token]}}}),
            false,
        ),
        (
            json!({"sources": {}, "targets": {"a": {"type": "sqs"}}}),
            false,
        ),
        (json!({"targets": {"a": {"type": "pigeon"}}}), false),
        (json!({"targets": {"a": {"type": "webhook"}}}), false),
        (
            json!({"targets": {"a": {"signing_secrets": [secret]}}}),
            true,
        ),
        (
            json!({"targets": {"a": {"signing_secrets": [token]}}}),
            false,
        ),
        (
            json!({"targets": {"a": {"topic_arn": "arn:aws:sns:eu-west-1:1:a"}}}),
            false,
        ),
    ];
    for (document, expected) in cases {
        assert_eq!(is_valid(&document), expected, "{document}");
    }
}

/// The blocks of TOML in the documents for users that have a source or a target.
fn examples() -> Vec<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let docs = fs::read_dir(root.join("docs")).unwrap();
    let files = docs.map(|entry| entry.unwrap().path());
    let mut examples = Vec::new();
    for file in files.chain([root.join("README.md")]) {
        if file.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let text = fs::read_to_string(&file).unwrap();
        for block in text.split("```toml\n").skip(1) {
            let block = block.split("```").next().unwrap();
            if block.contains("[sources.") || block.contains("[targets.") {
                examples.push(block.to_owned());
            }
        }
    }
    examples
}

#[test]
fn the_examples_of_the_documents_are_valid() {
    let examples = examples();
    assert!(examples.len() >= 3, "{examples:?}");
    for example in examples {
        // A secret that the reader has to fill in.
        let text = example.replacen("\"…\"", "\"k3J9xQ7pLm2Vt8Wzk3J9xQ7pLm2Vt8Wz\"", 1);
        let text = text.replace("\"…\"", "\"Zx81mQz0LpW3vB7tZx81mQz0LpW3vB7t\"");
        let document = Document::parse(&text).unwrap_or_else(|problem| panic!("{problem}: {text}"));
        let document = Value::from(document.entries().clone());
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}\n{text}");
        // `dev` has a queue of its own for a webhook, which the consumer in AWS has not.
        let config = WebhookConfig::usable(&[&text]).unwrap();
        assert!(config.broken.targets.is_empty(), "{:?}", config.broken);
    }
}

#[test]
fn the_tables_of_filters_have_the_dialects_and_attributes() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/targets.md");
    let text = fs::read_to_string(path).unwrap();
    let first_column = |heading: &str| -> Vec<String> {
        let (_, rows) = text.split_once(heading).unwrap();
        let rows = rows.lines().skip(2);
        let rows = rows.take_while(|row| row.starts_with('|'));
        let cells = rows.map(|row| row.split('`').nth(1).unwrap().to_owned());
        cells.collect()
    };
    let dialects = schema()["$defs"]["filter"]["properties"].clone();
    let dialects: Vec<String> = dialects.as_object().unwrap().keys().cloned().collect();
    let mut told = first_column("| dialect |");
    told.sort();
    assert_eq!(told, dialects);
    let attributes = Attribute::ALL.map(|attribute| attribute.as_str().to_owned());
    assert_eq!(first_column("| attribute |"), attributes);
}

fn value(shape: Shape) -> String {
    match shape {
        Shape::Word(words) => {
            let words: Vec<String> = words().iter().map(|word| format!("`\"{word}\"`")).collect();
            words.join(", ")
        }
        Shape::Boolean => "`true`, `false`".to_owned(),
        Shape::Number { from, to } => format!("{from} to {to}"),
        Shape::Text { what, .. } | Shape::List { what, .. } => what.to_owned(),
        Shape::Filters => "list of filters".to_owned(),
    }
}

fn rows(group: &KeyGroup) -> String {
    let mut rows =
        "| key | document | value | default | meaning |\n|---|---|---|---|---|\n".to_owned();
    for key in group.keys {
        rows += &format!(
            "| `{}` | {} | {} | {} | {} |\n",
            key.name,
            if key.is_secret { "secret" } else { "settings" },
            value(key.shape),
            key.absent,
            key.meaning
        );
    }
    rows
}

/// `UPDATE_DOCS=1 cargo test -p thingrelay-core --test schema` writes the tables.
#[test]
fn the_tables_of_the_documentation_are_those_of_the_schema() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/configuration.md");
    let text = fs::read_to_string(&path).unwrap();
    let mut expected = text.clone();
    for group in groups() {
        let heading = format!("# {}\n", group.title);
        let begin = expected
            .find(&heading)
            .unwrap_or_else(|| panic!("no heading {heading}"));
        let begin = begin + expected[begin..].find("| key |").unwrap();
        let end = expected[begin..]
            .find("\n\n")
            .map_or(expected.len(), |end| begin + end + 1);
        expected.replace_range(begin..end, &rows(&group));
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &expected).unwrap();
        return;
    }
    assert!(
        text == expected,
        "docs/configuration.md differs from the schema: run with UPDATE_DOCS=1 to write it"
    );
}
