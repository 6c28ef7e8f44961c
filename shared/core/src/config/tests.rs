use super::*;

const GOOD: &str = r#"
    [sources.meters]
    platform = "tencent-iot-hub"
    tokens = ["k3J9xQ7pLm2Vt8Wz", "Zx81mQz0LpW3vB7t"]
    freshness_seconds = 60
    payload = "base64"
    utc_offset = "-03:30"

    [sources.open]
    platform = "tencent-iot-video"
    allow_unsigned = true

    [targets.events]
    type = "sqs"
    queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo"
"#;

fn problems(text: &str) -> Vec<String> {
    match EdgeConfig::parse(&[text]) {
        Ok(_) => Vec::new(),
        Err(error) => error.0.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_good_document_reads() {
    let config = EdgeConfig::parse(&[GOOD]).expect("no problems");
    let meters = &config.sources[&SourceName::parse("meters").expect("a name")];
    assert!(matches!(
        meters.ingress,
        Ingress::Http(Authentication::Signed { .. })
    ));
    assert_eq!(meters.decoding.utc_offset_seconds, -(3 * 3600 + 30 * 60));
    assert_eq!(config.targets.len(), 1);
    assert!(
        !format!("{config:?}").contains("k3J9xQ7pLm2Vt8Wz"),
        "a token prints"
    );
}

#[test]
fn settings_and_secrets_are_laid_over_one_another_and_may_be_json() {
    let settings = r#"{"sources": {"meters": {"platform": "tencent-iot-hub"}}}"#;
    let secrets = r#"{"sources": {"meters": {"tokens": ["k3J9xQ7pLm2Vt8Wz"]}}}"#;
    assert!(EdgeConfig::parse(&[settings, secrets]).is_ok());
    assert!(
        EdgeConfig::parse(&[settings]).is_err(),
        "the edge needs the tokens"
    );
    assert!(
        ConsumerConfig::parse(&[settings]).is_ok(),
        "the consumer does not"
    );
}

#[test]
fn every_problem_is_reported_at_once_with_its_place() {
    let found = problems(
        r#"
        colour = "red"
        [sources.Meters]
        platform = "tencent-iot-hub"
        [sources.a]
        platform = "tencent-iot-hub"
        tokens = ["k3J9xQ7pLm2Vt8Wz", "k3J9xQ7pLm2Vt8Wz"]
        freshness_seconds = -1
        [sources.b]
        platform = "somebody-else"
        tokens = "k3J9xQ7pLm2Vt8Wz"
        utc_offset = "+8"
        payload = "xml"
        tokns = []
        [sources.c]
        platform = "tencent-iot-explorer"
        [sources.d]
        tokens = ["short", "aaaaaaaaaaaaaaaaaaaa"]
        [targets.t]
        type = "carrier-pigeon"
        "#,
    );
    for place in [
        "colour:",
        "sources.Meters:",
        "sources.a.tokens[1]:",
        "sources.a.freshness_seconds:",
        "sources.b.platform:",
        "sources.b.tokens:",
        "sources.b.utc_offset:",
        "sources.b.payload:",
        "sources.b.tokns:",
        "sources.c.tokens:",
        "sources.d.platform:",
        "sources.d.tokens[0]:",
        "sources.d.tokens[1]:",
        "targets.t.type:",
    ] {
        assert_eq!(
            found.iter().filter(|line| line.starts_with(place)).count(),
            1,
            "{place} in {found:#?}"
        );
    }
    assert_eq!(found.len(), 14, "{found:#?}");
    assert!(
        !found.join("\n").contains("k3J9xQ7pLm2Vt8Wz"),
        "a token prints"
    );
}

/// With token `xabc...`, a nonce can be shifted into token `abc...`: the configuration refuses such
/// pairs.
#[test]
fn tokens_that_overlap_are_refused_across_sources_too() {
    let token = "abcdefgh12345678";
    for other in [format!("x{token}"), format!("{token}x")] {
        let within = format!(
            "[sources.a]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{token}\", \"{other}\"]"
        );
        let across = format!(
            "[sources.a]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{token}\"]\n[sources.b]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{other}\"]"
        );
        for text in [within, across] {
            let found = problems(&text);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains("prefix or suffix"), "{found:?}");
        }
    }
}

/// The sources and targets in use, the broken ones, and the number of other problems.
fn usable(text: &str) -> (Vec<String>, Vec<String>, usize) {
    let config = EdgeConfig::usable(&[text]).expect("a document");
    let sources = config.sources.keys().map(ToString::to_string);
    let targets = config.targets.iter().map(|target| target.name.clone());
    let broken = config.broken.sources.keys().map(ToString::to_string);
    let broken = broken.chain(config.broken.targets.keys().cloned());
    let printed = format!("{config:?}");
    assert!(!printed.contains("k3J9xQ7pLm2Vt8Wz"), "a token prints");
    (
        sources.chain(targets).collect(),
        broken.collect(),
        config.broken.rest.iter().count(),
    )
}

#[test]
fn what_is_wrong_is_out_of_use_alone() {
    let slips = [
        // One slip each: which sources and targets it takes out of use, and the number of other
        // problems.
        ("", vec![], 0),
        ("[sources.x]\n", vec!["x"], 0),
        ("[sources.x]\nplatform = \"tencent\"\n", vec!["x"], 0),
        (
            "[sources.x]\nplatform = \"tencent-iot-hub\"\ntokens = [\"weak\"]\n",
            vec!["x"],
            0,
        ),
        (
            "[sources.x]\nplatform = \"tencent-iot-hub\"\ntokens = [\"pD5rT8yU2iO6aS9f\"]\nfreshnes = 0\n",
            vec!["x"],
            0,
        ),
        (
            "[sources.x]\nplatform = \"tuya\"\naccess_id = \"relaytestid000000001\"\nregion = \"eu\"\n",
            vec!["x"],
            0,
        ),
        (
            "[sources.x]\nplatform = \"tencent-iot-hub\"\nchannel = \"ckafka\"\n",
            vec!["x"],
            0,
        ),
        ("[sources]\nx = \"meters\"\n", vec!["x"], 0),
        // A sender who knows a token of two sources can sign for both.
        (
            "[sources.x]\nplatform = \"tencent-iot-hub\"\ntokens = [\"k3J9xQ7pLm2Vt8Wz\"]\n",
            vec!["meters", "x"],
            0,
        ),
        (
            "[sources.x]\nplatform = \"tencent-iot-hub\"\ntokens = [\"k3J9xQ7pLm2Vt8Wzz\"]\npayload = 1\n",
            vec!["meters", "x"],
            0,
        ),
        ("[targets.x]\ntype = \"sqs\"\n", vec!["x"], 0),
        ("[targets.x]\ntype = \"pigeon\"\n", vec!["x"], 0),
        ("[sources.Doors]\n", vec![], 1),
        ("[colour]\n", vec![], 1),
    ];
    for (slip, out, rest) in slips {
        let mut left = vec!["meters", "open", "events"];
        left.retain(|name| !out.contains(name));
        let found = usable(&format!("{GOOD}\n{slip}"));
        assert_eq!((found.0, found.2), (strings(&left), rest), "{slip}");
        assert_eq!(found.1, strings(&out), "{slip}");
        let strict = EdgeConfig::parse(&[&format!("{GOOD}\n{slip}")]);
        assert_eq!(strict.is_ok(), slip.is_empty(), "{slip}");
    }
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn secrets_without_a_sources_entry_take_that_source_alone_out_of_use() {
    let settings = r#"{"sources": {"a": {"platform": "tencent-iot-hub"}, "b": {"platform": "tencent-iot-hub"}}}"#;
    let secrets = r#"{"sources": {"b": {"tokens": ["k3J9xQ7pLm2Vt8Wz"]}}}"#;
    let config = EdgeConfig::usable(&[settings, secrets]).expect("documents");
    assert!(config.sources.keys().all(|name| name.as_str() == "b"));
    let a = &config.broken.sources[&SourceName::parse("a").expect("a name")];
    assert!(
        a.problems
            .to_string()
            .starts_with("sources.a.tokens: is missing")
    );
}

#[test]
fn what_is_no_configuration_at_all_is_refused_as_a_whole() {
    for text in ["sources = 1", "no document", "{\"sources\": []}"] {
        assert!(EdgeConfig::usable(&[text]).is_err(), "{text}");
        assert!(EdgeConfig::usable(&[GOOD, text]).is_err(), "{text}");
    }
}

#[test]
fn what_is_no_document_says_where_and_not_what() {
    for text in [
        "{\"sources\": k3J9xQ7pLm2Vt8Wz}",
        "[sources.a]\ntokens = [k3J9xQ7pLm2Vt8Wz",
    ] {
        let found = problems(text);
        assert_eq!(found.len(), 1);
        assert!(found[0].starts_with("line "), "{found:?}");
        assert!(!found[0].contains("k3J9xQ7pLm2Vt8Wz"), "{found:?}");
    }
}

#[test]
fn json_may_begin_with_a_mark_or_space_and_no_key_stands_twice() {
    let token = "k3J9xQ7pLm2Vt8Wz";
    let source = format!(r#"{{"platform": "tencent-iot-hub", "tokens": ["{token}"]}}"#);
    let other = source.replace(token, "Zx81mQz0LpW3vB7t");
    let good = format!(r#"{{"sources": {{"a": {source}, "b": {other}}}}}"#);
    for before in ["", "\u{feff}", "\u{feff}\r\n", "\n\t "] {
        let found = problems(&format!("{before}{good}"));
        assert_eq!(found, Vec::<String>::new(), "{before:?}");
    }
    for bad in [
        format!(r#"{{"sources": {{"a": {source}, "a": {source}}}}}"#),
        format!(r#"{{"sources": {{"a": {source}}}, "sources": {{"b": {source}}}}}"#),
        format!(r#"{{"sources": {{"a": {{"tokens": ["{token}"], "tokens": []}}}}}}"#),
    ] {
        let found = problems(&bad);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("line 1, column "), "{found:?}");
        assert!(found[0].ends_with("twice in one object"), "{found:?}");
        assert!(!found[0].contains(token), "{found:?}");
    }
}

/// A message names the expected and the found value, the line, and the name that may have been
/// meant.
#[test]
fn messages_say_what_to_write_instead() {
    let hub = "[sources.a]\nplatform = \"tencent-iot-hub\"\n";
    let open = format!("{hub}allow_unsigned = true\n");
    let house =
        "[sources.a]\nplatform = \"tuya\"\nregion = \"eu\"\naccess_id = \"relaytestid000000001\"\n";
    let cases = [
        (
            format!("{open}payload = \"xml\"\n"),
            "sources.a.payload: must be one of \"json\", \"base64\", got \"xml\" (line 4)",
        ),
        (
            format!("{open}\n# a comment\nfreshness = 60\n"),
            "sources.a.freshness: is not known here: did you mean freshness_seconds? (line 6)",
        ),
        (
            format!("{open}channel = \"kafka\"\n"),
            "sources.a.channel: must be one of \"http\", \"ckafka\", got \"kafka\": did you mean \"ckafka\"? (line 4)",
        ),
        (
            format!(
                "{hub}tokens = [\"k3J9xQ7pLm2Vt8Wz\"]\nbind_signature = true\nfreshness_seconds = 121\n"
            ),
            "sources.a.freshness_seconds: must be from 1 to 120 with bind_signature = true (line 5)",
        ),
        (
            format!(
                "{hub}tokens = [\"k3J9xQ7pLm2Vt8Wz\"]\nbind_signature = true\nfreshness_seconds = 0\n"
            ),
            "sources.a.freshness_seconds: must be from 1 to 120 with bind_signature = true (line 5)",
        ),
        (
            format!("{open}bind_signature = true\n"),
            "sources.a.allow_unsigned: cannot be combined with bind_signature = true (line 3)",
        ),
        (
            format!("{open}freshness_seconds = 100000\n"),
            "sources.a.freshness_seconds: must be a number of seconds from 0 (off) to 86400, got 100000 (line 4)",
        ),
        (
            format!(
                "{house}client_secret = \"k3J9xQ7pLm2Vt8Wzk3J9xQ7pLm2Vt8Wz\"\naccess_key = \"…\"\n"
            ),
            "sources.a.access_key: must be at least 24 visible ASCII characters: the Access Secret of the cloud project, got a text of 1 character (line 6)",
        ),
        (
            format!("{hub}tokens = \"k3J9xQ7pLm2Vt8Wz\"\n"),
            "sources.a.tokens: must be a list of one or two texts: the current token and the previous one, got a text of 16 characters (line 3)",
        ),
        (
            format!("{hub}tokens = [\"k3J9xQ7pLm2Vt8Wz\",\n  \"<previous token>\"]\n"),
            "sources.a.tokens[1]: is a placeholder: put the real token there (line 4)",
        ),
        (
            "[sources.a]\nplatform = \"hub\"\nallow_unsigned = true\n".to_owned(),
            "sources.a.platform: must be one of \"tencent-iot-hub\", \"tencent-iot-explorer\", \"tencent-iot-video\", \"tuya\", got \"hub\": did you mean \"tencent-iot-hub\"? (line 2)",
        ),
        (
            format!("{open}[source.b]\n"),
            "source: is not known here: did you mean sources? (line 4)",
        ),
        (
            format!("{open}[targets.t]\ntype = \"SQS\"\nurl = \"x\"\n"),
            "targets.t.type: must be one of \"sqs\", \"sns\", \"eventbridge\", \"webhook\", got \"SQS\": did you mean \"sqs\"? (line 5)",
        ),
        (
            "sources = 1\n".to_owned(),
            "sources: must be named tables: [sources.NAME] (line 1)",
        ),
        (
            hub.to_owned(),
            "sources.a.tokens: is missing: without tokens, anybody could push to this source (allow_unsigned = true allows that) (line 1)",
        ),
    ];
    for (text, expected) in cases {
        let found = problems(&text);
        assert!(
            found.iter().any(|line| line == expected),
            "{expected}: {found:#?}"
        );
        assert!(
            !found.join("\n").contains("k3J9xQ7p"),
            "a secret prints: {found:?}"
        );
    }
    let house = format!("{house}client_secret = \"k3J9xQ7pLm2Vt8Wzk3J9xQ7pLm2Vt8Wz\"\n");
    let found = problems(&house);
    let meant = "sources.a.client_secret: is not known here: did you mean access_key? (line 5)";
    assert!(found.iter().any(|line| line == meant), "{found:?}");
}

#[test]
fn a_target_is_a_queue_a_topic_or_an_event_bus() {
    let bus = "arn:aws:events:eu-west-1:123456789012:event-bus/meters";
    let topic = "arn:aws:sns:eu-west-2:123456789012:events.fifo";
    let cases = [
        (
            "type = \"sqs\"\nqueue_url = \"http://127.0.0.1:9324/0/events\"".to_owned(),
            "the queue http://127.0.0.1:9324/0/events".to_owned(),
        ),
        (
            format!("type = \"sns\"\ntopic_arn = \"{topic}\""),
            format!("the topic {topic}"),
        ),
        (
            format!("type = \"eventbridge\"\nevent_bus = \"{bus}\""),
            format!("the event bus {bus}"),
        ),
        (
            "type = \"eventbridge\"\nevent_bus = \"default\"\nregion = \"eu-west-1\"".to_owned(),
            "the event bus default".to_owned(),
        ),
    ];
    for (table, expected) in cases {
        let config = ConsumerConfig::parse(&[&format!("[targets.t]\n{table}\n")]).unwrap();
        let [target] = config.targets.as_slice() else {
            panic!("{:?}", config.targets);
        };
        assert_eq!(target.kind.to_string(), expected);
        let (noun, address) = (target.kind.noun(), target.kind.address());
        assert_eq!(format!("the {noun} {address}"), expected);
        assert!(address.ends_with(target.kind.name()));
        assert_eq!(target.kind.is_loopback(), address.starts_with("http:"));
    }
}

#[test]
fn every_problem_of_a_target_is_reported_at_once() {
    let cases: [(&str, &[&str]); 8] = [
        (
            "queue_url = 1",
            &["type: is missing: must be one of \"sqs\", \"sns\", \"eventbridge\", \"webhook\""],
        ),
        (
            "type = \"sns\"",
            &["topic_arn: is missing: the ARN of an SNS topic"],
        ),
        (
            "type = \"sns\"\ntopic = \"a\"\nqueue_url = \"b\"",
            &[
                "queue_url: is not known here",
                "topic: is not known here: did you mean topic_arn?",
                "topic_arn: is missing",
            ],
        ),
        (
            "type = \"sns\"\ntopic_arn = \"arn:aws:sqs:eu-west-1:123456789012:events\"\nregion = \"eu-west-1\"",
            &[
                "region: is not known here",
                "topic_arn: must be the ARN of an SNS topic, such as \"arn:aws:sns:eu-west-1:123456789012:events.fifo\", got ",
            ],
        ),
        (
            "type = \"eventbridge\"\nevent_bus_name = \"a\"",
            &[
                "event_bus: is missing: the name or ARN of an event bus",
                "event_bus_name: is not known here: did you mean event_bus?",
            ],
        ),
        (
            "type = \"eventbridge\"\nevent_bus = \"a b\"\nregion = \"Europe\"",
            &[
                "event_bus: must be the name of an event bus, or its ARN",
                "region: must be a region such as \"eu-west-1\", got \"Europe\"",
            ],
        ),
        (
            "type = \"eventbridge\"\nevent_bus = \"arn:aws:events:eu-west-1:123456789012:event-bus/a\"\nregion = \"eu-west-2\"",
            &["region: is not the region of the event bus's ARN: remove it"],
        ),
        (
            "type = \"eventbridge\"\nevent_bus = \"arn:aws:events:eu-west-1:123456789012:event-busv2/a/abcdefghij0123456789abcde\"",
            &[
                "event_bus: must be an event bus with rules (event-bus/…): one with subscribers (event-busv2/…) is not supported",
            ],
        ),
    ];
    for (table, expected) in cases {
        let mut found = problems(&format!("[targets.t]\n{table}\n"));
        found.sort();
        assert_eq!(found.len(), expected.len(), "{found:#?}");
        for (line, words) in found.iter().zip(expected) {
            assert!(
                line.starts_with(&format!("targets.t.{words}")),
                "{words} in {found:#?}"
            );
        }
    }
}
