//! Settings and secrets: documents in TOML and JSON.
use std::sync::LazyLock;

use serde_json::{Map, Value};
use thingrelay_core::config::document::Document;
use thingrelay_core::config::{
    Config, ConsumerConfig, EdgeConfig, EventSourceConfig, Ingress, ReadSource, SECRETS, TargetKind,
};
use thingrelay_core::event_bus_name::EventBusName;
use thingrelay_core::queue_url::QueueUrl;
use thingrelay_core::source::SourceName;
use thingrelay_core::topic_arn::TopicArn;
use thingrelay_core::tuya::Endpoint;
use thingrelay_core::webhook::WebhookUrl;

/// Where an input has this, a secret is put.
const PLACE: &str = "@@";

/// What is put there. Its grammar fits every key that holds a secret.
const SECRET: &str = "Xq7Rw2Tz9Kp4Lm8Vn3";

static GOOD: LazyLock<[EdgeConfig; 1]> = LazyLock::new(|| {
    let text = "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"k3J9xQ7pLm2Vt8Wz\"]\n\
                [targets.events]\ntype = \"sqs\"\n\
                queue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo\"\n";
    [EdgeConfig::parse(&[text]).unwrap()]
});

/// Checks an input.
pub fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if text.contains(&SECRET[..4]) {
        return;
    }
    let text = text.replace(PLACE, SECRET);
    let documents: Vec<&str> = text.split('\0').collect();
    let is_confined = secrets_are_where_they_belong(&documents);
    read::<thingrelay_core::config::EdgeSource>(&documents, is_confined);
    read::<thingrelay_core::config::ConsumerSource>(&documents, is_confined);
    read::<thingrelay_core::config::TopicSource>(&documents, is_confined);
    read::<thingrelay_core::config::WebhookSource>(&documents, is_confined);
    one_meaning_in_all_programs(&documents);
    toml_and_json_mean_the_same(&documents);
}

/// Whether the secret stands in the text only where the settings have secrets, or the text cannot be
/// parsed: then nothing of it may be shown.
fn secrets_are_where_they_belong(documents: &[&str]) -> bool {
    let parsed: Option<Vec<_>> = documents
        .iter()
        .map(|text| Document::parse(text).ok())
        .collect();
    let Some(parsed) = parsed else {
        return true;
    };
    let in_text: usize = documents
        .iter()
        .map(|text| text.matches(SECRET).count())
        .sum();
    let in_secrets: usize = parsed
        .iter()
        .map(|document| count_in_secrets(document.entries()))
        .sum();
    in_text == in_secrets
}

fn count_in_secrets(entries: &Map<String, Value>) -> usize {
    let sources = entries
        .get("sources")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    sources
        .filter_map(|(_, source)| source.as_object())
        .flatten()
        .filter(|(key, _)| SECRETS.contains(&key.as_str()))
        .flat_map(|(_, value)| match value {
            Value::Array(items) => items.iter().collect(),
            other => vec![other],
        })
        .filter_map(Value::as_str)
        .map(|text| text.matches(SECRET).count())
        .sum()
}

/// Reads the documents as a program does.
fn read<S: ReadSource + std::fmt::Debug + Clone>(documents: &[&str], is_confined: bool) {
    let usable = Config::<S>::usable(documents);
    let parsed = Config::<S>::parse(documents);
    let mut shown = format!("{usable:?} {parsed:?}");
    match (&usable, &parsed) {
        (Ok(usable), Ok(_)) => assert!(usable.broken.problems().is_empty()),
        (Ok(usable), Err(error)) => {
            assert_eq!(usable.broken.problems(), error.0);
            assert!(!error.0.is_empty());
        }
        (Err(usable), Err(parsed)) => assert_eq!(usable, parsed),
        (Err(_), Ok(_)) => panic!("what cannot be used is not right"),
    }
    let problems = match &usable {
        Ok(usable) => usable.broken.problems(),
        Err(error) => error.0.clone(),
    };
    for problem in problems.iter() {
        if let Some(location) = problem.location {
            let lines = documents[location.document].split('\n').count();
            assert!((1..=lines).contains(&location.line), "{problem}");
        }
    }
    shown.push_str(&problems.on_one_line());
    assert!(
        !(is_confined && shown.contains(SECRET)),
        "a secret is shown: {shown}"
    );
    if let Ok(usable) = usable {
        // A document laid over itself changes nothing.
        let twice: Vec<&str> = documents.iter().chain(documents).copied().collect();
        let again = Config::<S>::usable(&twice).expect("what parses once parses twice");
        assert_eq!(
            format!("{:?}", again.sources),
            format!("{:?}", usable.sources)
        );
        assert_eq!(
            format!("{:?}", again.targets),
            format!("{:?}", usable.targets)
        );
        for target in &usable.targets {
            let again = match &target.kind {
                TargetKind::Sqs(sqs) => QueueUrl::parse(sqs.queue_url.as_str()).map(|_| ()),
                TargetKind::Sns(sns) => TopicArn::parse(sns.topic_arn.as_str()).map(|_| ()),
                TargetKind::Webhook(webhook) => WebhookUrl::parse(&webhook.url.uri().to_string())
                    .ok()
                    .map(|_| ()),
                TargetKind::EventBridge(bus) => {
                    EventBusName::parse(bus.event_bus.as_str()).ok().map(|_| ())
                }
            };
            assert_eq!(again, Some(()), "an address reads back");
        }
    }
}

/// A source that one program uses is no other source to the next.
fn one_meaning_in_all_programs(documents: &[&str]) {
    let (Ok(edge), Ok(consumer), Ok(event_source)) = (
        EdgeConfig::usable(documents),
        ConsumerConfig::usable(documents),
        EventSourceConfig::usable(documents),
    ) else {
        return;
    };
    for (name, source) in &edge.sources {
        if let Some(other) = consumer.sources.get(name) {
            assert_eq!(
                (source.platform, source.ingress.channel(), source.decoding),
                (other.platform, other.channel, other.decoding)
            );
        }
        if let (Ingress::Ckafka(ckafka), Some(other)) =
            (&source.ingress, event_source.sources.get(name))
        {
            let topics = other.topics.as_ref().expect("it comes by CKafka");
            assert_eq!(ckafka.topics, topics.topics);
        }
        if let Ingress::Tuya(tuya) = &source.ingress {
            let origin = tuya.endpoint.origin();
            let again = Endpoint::parse(&origin).map(|endpoint| endpoint.origin());
            assert_eq!(again.ok(), Some(origin));
        }
        assert_eq!(SourceName::parse(name.as_str()).as_ref(), Some(name));
    }
    let mut kept = edge.clone();
    kept.keep_last_good(&GOOD[0]);
    for name in edge.sources.keys() {
        assert!(kept.sources.contains_key(name), "a good source stays");
    }
}

fn toml_and_json_mean_the_same(documents: &[&str]) {
    let json: Option<Vec<String>> = documents
        .iter()
        .map(|text| Some(Value::from(Document::parse(text).ok()?.entries().clone()).to_string()))
        .collect();
    let Some(json) = json else {
        return;
    };
    let json: Vec<&str> = json.iter().map(String::as_str).collect();
    let shown = |documents: &[&str]| match EdgeConfig::usable(documents) {
        Ok(config) => {
            let problems = config.broken.problems();
            let problems: Vec<_> = problems
                .iter()
                .map(|it| (it.place.clone(), it.message.clone()))
                .collect();
            format!("{:?} {:?} {problems:?}", config.sources, config.targets)
        }
        Err(error) => {
            let problems: Vec<_> = error
                .0
                .iter()
                .map(|it| (it.place.clone(), it.message.clone()))
                .collect();
            format!("{problems:?}")
        }
    };
    assert_eq!(shown(documents), shown(&json));
}
