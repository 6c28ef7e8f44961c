use super::*;
use proptest::prelude::*;
use serde_json::{Value as Json, json};

fn row(name: &str, source: Option<&str>, reason: Option<&str>) -> Row {
    Row {
        name: name.to_owned(),
        source: source.map(str::to_owned),
        reason: reason.map(str::to_owned),
        target: None,
    }
}

fn documents(counts: &[(Row, u64)]) -> Vec<Json> {
    let context = LineContext {
        namespace: "thingrelay/test",
        at: Timestamp::from_unix_millis(1_750_000_000_123),
        level: "INFO",
        request_id: "8f0c",
    };
    let documents = context.documents(counts, &[]);
    assert!(documents.is_empty() || documents.ends_with('\n'));
    documents
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The rules of the specification that a schema can express.
fn schema() -> jsonschema::Validator {
    let schema = serde_json::from_str(include_str!("specification.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// Names and values.
type Dimensions = Vec<(String, String)>;

/// Checks the rules of the specification that its schema does not express: targets are members of
/// the root, dimensions are strings, metrics are numbers. Returns the values by name and
/// dimensions.
fn extracted(document: &Json) -> Vec<(String, Dimensions, u64)> {
    if let Err(error) = schema().validate(document) {
        panic!("{error}: {document}");
    }
    let mut values = Vec::new();
    for directive in document["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
        for set in directive["Dimensions"].as_array().unwrap() {
            let dimensions = set.as_array().unwrap().iter().map(|name| {
                let name = name.as_str().unwrap();
                let value = document[name].as_str().expect("a dimension is a string");
                assert!((1..=1024).contains(&value.len()), "{value}");
                (name.to_owned(), value.to_owned())
            });
            let dimensions: Vec<_> = dimensions.collect();
            for metric in directive["Metrics"].as_array().unwrap() {
                let name = metric["Name"].as_str().unwrap().to_owned();
                let value = document[&name].as_u64().expect("a metric is a number");
                assert!(value > 0, "{name}");
                values.push((name, dimensions.clone(), value));
            }
        }
    }
    values
}

#[test]
fn the_rules_tell_good_from_bad() {
    let good = documents(&[(row("rejected", Some("meters"), Some("stale")), 2)]).remove(0);
    assert_eq!(extracted(&good).len(), 3);
    let metadata = good["_aws"].clone();
    let many: Vec<Json> = (0..101).map(|n| json!({"Name": format!("M{n}")})).collect();
    let directive = |name: &str, value: Json| {
        let mut directive = metadata["CloudWatchMetrics"][0].clone();
        directive[name] = value;
        json!({"Timestamp": metadata["Timestamp"], "CloudWatchMetrics": [directive]})
    };
    let bad = [
        json!({"CloudWatchMetrics": metadata["CloudWatchMetrics"]}),
        json!({"Timestamp": 1_750_000_000, "CloudWatchMetrics": metadata["CloudWatchMetrics"]}),
        directive("Namespace", json!("")),
        directive("Namespace", json!("n".repeat(256))),
        directive("Dimensions", json!([])),
        directive("Dimensions", json!([vec!["Source"; 31]])),
        directive("Metrics", json!(many)),
        directive("Metrics", json!([{"Name": "Rejected", "Unit": "Messages"}])),
        directive("Unit", json!("Count")),
    ];
    for metadata in bad {
        let mut document = good.clone();
        document["_aws"] = metadata;
        assert!(!schema().is_valid(&document), "{document}");
    }
}

#[test]
fn a_document_is_as_the_specification_says() {
    let counts = [
        (row("accepted", Some("meters"), None), 3),
        (row("received", Some("meters"), None), 5),
        (row("rejected", Some("meters"), Some("stale")), 2),
        (row("events", Some("meters"), None), 0),
    ];
    let expected = json!({
        "_aws": {
            "Timestamp": 1_750_000_000_123_i64,
            "CloudWatchMetrics": [
                {
                    "Namespace": "thingrelay/test",
                    "Dimensions": [[], ["Source"]],
                    "Metrics": [
                        {"Name": "Accepted", "Unit": "Count"},
                        {"Name": "Received", "Unit": "Count"},
                    ],
                },
                {
                    "Namespace": "thingrelay/test",
                    "Dimensions": [[], ["Source"], ["Reason"]],
                    "Metrics": [{"Name": "Rejected", "Unit": "Count"}],
                },
            ],
        },
        "timestamp": "2025-06-15T15:06:40.123Z",
        "level": "INFO",
        "requestId": "8f0c",
        "Source": "meters",
        "Reason": "stale",
        "Accepted": 3,
        "Received": 5,
        "Rejected": 2,
    });
    assert_eq!(documents(&counts), [expected]);
}

#[test]
fn what_is_counted_by_target_has_no_other_dimension() {
    let of = |target: &str, name: &str| Row {
        target: Some(target.to_owned()),
        ..row(name, None, None)
    };
    let counts = [
        (row("events", Some("meters"), None), 9),
        (of("b", "matched"), 4),
        (of("a", "delivered"), 5),
        (of("a", "matched"), 6),
        (of("c", "matched"), 0),
    ];
    let values: Vec<_> = documents(&counts).iter().flat_map(extracted).collect();
    let value = |name: &str, dimensions: &[(&str, &str)], value: u64| {
        let dimensions = dimensions.iter();
        let dimensions = dimensions.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        (name.to_owned(), dimensions.collect::<Dimensions>(), value)
    };
    let expected = [
        value("Events", &[], 9),
        value("Events", &[("Source", "meters")], 9),
        value("Delivered", &[("Target", "a")], 5),
        value("Matched", &[("Target", "a")], 6),
        value("Matched", &[("Target", "b")], 4),
    ];
    assert_eq!(values, expected);
}

#[test]
fn nothing_is_written_of_nothing() {
    assert!(documents(&[]).is_empty());
    assert!(documents(&[(row("received", Some("meters"), None), 0)]).is_empty());
}

#[test]
fn names_are_cloudwatchs() {
    let cases = [
        ("received", "Received"),
        ("url_checks_refused", "UrlChecksRefused"),
        ("settings_unavailable", "SettingsUnavailable"),
    ];
    for (counter, name) in cases {
        assert_eq!(metric_name(counter), name);
    }
}

/// The counters as they are recorded: each name has one set of labels.
fn rows() -> impl Strategy<Value = Row> {
    let source = prop::sample::select(vec!["meters", "doors", "unknown"]);
    let reason = prop::sample::select(vec!["stale", "bad_signature", "not_json"]);
    let name = prop::sample::select(vec![
        "received",
        "accepted",
        "rejected",
        "quarantined",
        "handed_back",
        "settings_unavailable",
    ]);
    (name, source, reason).prop_map(|(name, source, reason)| match name {
        "rejected" | "quarantined" => row(name, Some(source), Some(reason)),
        "handed_back" => row(name, None, Some(reason)),
        "settings_unavailable" => row(name, None, None),
        _ => row(name, Some(source), None),
    })
}

proptest! {
    #[test]
    fn every_set_of_dimensions_adds_up_to_what_was_counted(
        counts in prop::collection::btree_map(rows(), 0..1000_u64, 0..12)
    ) {
        let counts: Vec<(Row, u64)> = counts.into_iter().collect();
        let mut sums = BTreeMap::new();
        for document in documents(&counts) {
            for (name, dimensions, value) in extracted(&document) {
                *sums.entry((name, dimensions)).or_insert(0) += value;
            }
        }
        let mut expected = BTreeMap::new();
        for (row, count) in counts.iter().filter(|(_, count)| *count > 0) {
            let name = metric_name(&row.name);
            let source = row.source.iter().map(|source| ("Source", source));
            let reason = row.reason.iter().map(|reason| ("Reason", reason));
            *expected.entry((name.clone(), Vec::new())).or_insert(0) += count;
            for (dimension, value) in source.chain(reason) {
                let dimensions = vec![(dimension.to_owned(), value.clone())];
                *expected.entry((name.clone(), dimensions)).or_insert(0) += count;
            }
        }
        prop_assert_eq!(sums, expected);
    }
}

#[test]
fn durations_are_lists_of_milliseconds_by_target() {
    let of = |target: &str| Row {
        target: Some(target.to_owned()),
        ..row("webhook_latency", None, None)
    };
    let many: Vec<u64> = (0..250).collect();
    let samples = [(of("crm"), vec![12, 7]), (of("erp"), many.clone())];
    let context = LineContext {
        namespace: "thingrelay/test",
        at: Timestamp::from_unix_millis(1_750_000_000_123),
        level: "INFO",
        request_id: "8f0c",
    };
    let mut found: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for line in context.documents(&[], &samples).lines() {
        let document: Json = serde_json::from_str(line).unwrap();
        schema().validate(&document).unwrap();
        let directive = &document["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Dimensions"], json!([["Target"]]));
        let metric = json!([{"Name": "WebhookLatency", "Unit": "Milliseconds"}]);
        assert_eq!(directive["Metrics"], metric);
        let values = document["WebhookLatency"].as_array().unwrap();
        assert!((1..=100).contains(&values.len()));
        let values = values.iter().map(|value| value.as_u64().unwrap());
        let target = document["Target"].as_str().unwrap().to_owned();
        found.entry(target).or_default().extend(values);
    }
    let expected = [("crm".to_owned(), vec![12, 7]), ("erp".to_owned(), many)];
    assert_eq!(found, expected.into());
}
