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
    match Config::parse(&[text], Reader::Edge) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn a_good_document_reads() {
    let config = Config::parse(&[GOOD], Reader::Edge).expect("no problems");
    let meters = &config.sources[&SourceName::parse("meters").expect("a name")];
    assert!(matches!(
        meters.ingress,
        Ingress::Http(Some(Authentication::Signed(_)))
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
    assert!(Config::parse(&[settings, secrets], Reader::Edge).is_ok());
    assert!(
        Config::parse(&[settings], Reader::Edge).is_err(),
        "the edge needs the tokens"
    );
    assert!(
        Config::parse(&[settings], Reader::Consumer).is_ok(),
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
        "targets.t.queue_url:",
    ] {
        assert_eq!(
            found.iter().filter(|line| line.starts_with(place)).count(),
            1,
            "{place} in {found:#?}"
        );
    }
    assert_eq!(found.len(), 15, "{found:#?}");
    assert!(
        !found.join("\n").contains("k3J9xQ7pLm2Vt8Wz"),
        "a token prints"
    );
}

/// With token `xabc...` a nonce shifts into token `abc...`: such pairs never get past the reading.
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
    let good = format!(r#"{{"sources": {{"a": {source}, "b": {source}}}}}"#);
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
