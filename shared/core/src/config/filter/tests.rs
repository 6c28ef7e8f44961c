use crate::config::{ConsumerConfig, Problems, schema::schema};
use serde_json::{Value, json};

fn document(filters: &Value) -> String {
    let queue = "https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo";
    let target = json!({"type": "sqs", "queue_url": queue, "filters": filters});
    json!({"targets": {"t": target}}).to_string()
}

/// What is wrong, each without the place of the filters.
fn problems(filters: &Value) -> Vec<String> {
    let config = ConsumerConfig::usable(&[&document(filters)]).unwrap();
    let problems = config.broken.targets.values().flat_map(Problems::iter);
    problems
        .map(|problem| {
            let place = problem.place.strip_prefix("targets.t.filters").unwrap();
            format!("{place}: {}", problem.message)
        })
        .collect()
}

fn is_valid(filters: &Value) -> bool {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    validator.is_valid(&serde_json::from_str(&document(filters)).unwrap())
}

#[test]
fn filters_read_as_they_are_meant() {
    for (filters, words) in [
        (json!([]), "every event"),
        (
            json!([{"exact": {"type": "io.thingrelay.alert.v1"}}]),
            r#"events where type is "io.thingrelay.alert.v1""#,
        ),
        (
            json!([{"prefix": {"subject": "P1/"}}, {"not": {"suffix": {"device": "-test"}}}]),
            r#"events where subject begins with "P1/" and device does not end with "-test""#,
        ),
        (
            json!([{"exact": {"product": "P1", "source_name": "meters"}}]),
            r#"events where product is "P1" and source_name is "meters""#,
        ),
        (
            json!([{"any": [{"exact": {"product": "P1"}}, {"all": [{"exact": {"product": "P2"}}, {"prefix": {"time": "2026-"}}]}]}]),
            r#"events where product is "P1" or (product is "P2" and time begins with "2026-")"#,
        ),
    ] {
        let config = ConsumerConfig::parse(&[&document(&filters)]).unwrap();
        assert_eq!(config.targets[0].filter.to_string(), words);
        assert!(is_valid(&filters), "{filters}");
    }
}

#[test]
fn each_problem_says_what_is_wrong_and_where() {
    let online = "io.thingrelay.device.online.v1";
    let mut deep = json!({"exact": {"product": "P1"}});
    for _ in 0..8 {
        deep = json!({"not": deep});
    }
    let place_of_deep = format!("[0]{}: is nested too deep", ".not".repeat(8));
    let long = "x".repeat(513);
    let shapes = [
        (json!({"exact": {}}), ": must be a list of filters"),
        (json!("all"), ": must be a list of filters"),
        (json!(["exact"]), "[0]: must be a table with one of exact"),
        (json!([{}]), "[0]: must have exactly one of exact"),
        (
            json!([{"exact": {"product": "a"}, "prefix": {"device": "b"}}]),
            "[0]: must have exactly one of exact",
        ),
        (
            json!([{"sql": "type = 'x'"}]),
            "[0].sql: is not a dialect: must be one of exact, prefix, suffix, all, any, not",
        ),
        (
            json!([{"prefx": {}}]),
            "[0].prefx: is not a dialect: did you mean prefix?",
        ),
        (
            json!([{"exact": []}]),
            "[0].exact: must be a table of attributes",
        ),
        (
            json!([{"exact": {}}]),
            "[0].exact: must be a table of attributes, such as { type = \"…\" }, got an empty table",
        ),
        (json!([{"any": []}]), "[0].any: must be a list of filters"),
        (json!([{"all": []}]), "[0].all: must be a list of filters"),
        (
            json!([{"not": {"all": []}}]),
            "[0].not.all: must be a list of filters",
        ),
        (
            json!([{"not": [{"exact": {"product": "a"}}]}]),
            "[0].not: must be a table",
        ),
        (
            json!([{"exact": {"subjct": "a/b"}}]),
            "[0].exact.subjct: is not an attribute of events: did you mean subject?",
        ),
        (
            json!([{"exact": {"data": "a"}}]),
            "[0].exact.data: is not an attribute of events: must be one of type, source",
        ),
        (
            json!([{"exact": {"product": ""}}]),
            "[0].exact.product: must be a text of 1 to 512",
        ),
        (
            json!([{"exact": {"product": 7}}]),
            "[0].exact.product: must be a text of 1 to 512 characters, got 7",
        ),
        (
            json!([{"exact": {"product": long}}]),
            "[0].exact.product: must be a text of 1 to 512",
        ),
    ];
    for (filters, expected) in &shapes {
        let found = problems(filters);
        let [only] = found.as_slice() else {
            panic!("{filters}: {found:#?}");
        };
        assert!(only.starts_with(expected), "{expected} in {only}");
        assert!(!is_valid(filters), "{filters}");
    }
    let meanings = [
        (json!([deep]), place_of_deep.as_str()),
        (
            json!([{"exact": {"type": "device.online"}}]),
            "[0].exact.type: no event has a type that is this, got \"device.online\": did you mean \"io.thingrelay.device.online.v1\"?",
        ),
        (
            json!([{"exact": {"type": "io.thingrelay.device.onlin.v1"}}]),
            "[0].exact.type: no event has a type that is this, got \"io.thingrelay.device.onlin.v1\": did you mean \"io.thingrelay.device.online.v1\"?",
        ),
        (
            json!([{"exact": {"type": "com.example"}}]),
            "[0].exact.type: no event has a type that is this, got \"com.example\": docs/events.md has the types",
        ),
        (
            json!([{"prefix": {"type": "device."}}]),
            "[0].prefix.type: no event has a type that begins with",
        ),
        (
            json!([{"suffix": {"type": ".v2"}}]),
            "[0].suffix.type: no event has a type that ends with",
        ),
        (
            json!([{"not": {"suffix": {"type": ".v2"}}}]),
            "[0].not.suffix.type: no event has",
        ),
        (
            json!([{"exact": {"specversion": "0.3"}}]),
            "[0].exact.specversion: no event has",
        ),
        (
            json!([{"prefix": {"datacontenttype": "text/"}}]),
            "[0].prefix.datacontenttype: no event has",
        ),
        (
            json!([{"suffix": {"dataschema": "online.json"}}]),
            "[0].suffix.dataschema: no event has",
        ),
        (
            json!([{"exact": {"subject": "meter-7"}}]),
            "[0].exact.subject: no event has a subject that is this, got \"meter-7\": it is PRODUCT/DEVICE",
        ),
        (
            json!([{"prefix": {"partitionkey": "a/b/c"}}]),
            "[0].prefix.partitionkey: no event has",
        ),
        (
            json!([{"exact": {"source": "meters"}}]),
            "[0].exact.source: no event has a source that is this, got \"meters\": it is /PLATFORM/NAME of a source",
        ),
        (
            json!([{"prefix": {"source": "/hub/"}}]),
            "[0].prefix.source: no event has",
        ),
        (
            json!([{"exact": {"source_name": "Meters"}}]),
            "[0].exact.source_name: no event has",
        ),
        (
            json!([{"exact": {"product": "a"}}, {"exact": {"product": "b"}}]),
            ": contradicts itself: no event can pass",
        ),
        (
            json!([{"any": [{"exact": {"product": "a"}}, {"all": [{"exact": {"type": online}}, {"prefix": {"type": "io.thingrelay.alert"}}]}]}]),
            "[0].any[1].all: contradicts itself: no event can pass",
        ),
        (
            json!([{"not": {"prefix": {"type": "io.thingrelay."}}}]),
            "[0].not: contradicts itself: no event can pass",
        ),
    ];
    for (filters, expected) in &meanings {
        let found = problems(filters);
        let [only] = found.as_slice() else {
            panic!("{filters}: {found:#?}");
        };
        assert!(only.starts_with(expected), "{expected} in {only}");
    }
    let test = json!({"exact": {"product": "P1"}});
    assert!(problems(&json!([{"any": vec![&test; 100]}])).is_empty());
    let found = problems(&json!([{"any": vec![&test; 101]}]));
    assert_eq!(found, [": has 101 comparisons: at most 100 are possible"]);
    let limited = json!([{"any": vec![json!({"prefix": {"type": "a"}}); 120]}]);
    assert_eq!(problems(&limited).len(), 121);
}

#[test]
fn every_problem_is_reported_at_once_with_its_line() {
    let text = r#"
[targets.t]
type = "sqs"
queue_url = "https://sqs.eu-west-1.amazonaws.com/123456789012/events.fifo"
filters = [
  { exact = { type = "device.online" } },
  { any = [
    { prefix = { subject = "P1/" } },
    { suffix = {
        device = "-a",
        colour = "red",
    } },
    { not = { exact = { source_name = "A" } } },
  ] },
]

[[targets.u.filters]]
exact = { product = "a" }

[[targets.u.filters]]
prefix = { products = "a" }
"#;
    let config = ConsumerConfig::usable(&[text]).unwrap();
    let lines = |config: ConsumerConfig| -> Vec<(String, usize)> {
        let problems = config.broken.problems();
        let places = problems
            .iter()
            .filter(|problem| problem.place.contains("filters"));
        places
            .map(|problem| (problem.place.clone(), problem.location.unwrap().line))
            .collect()
    };
    let expected = |numbers: [usize; 4]| {
        let places = [
            "targets.t.filters[0].exact.type",
            "targets.t.filters[1].any[1].suffix.colour",
            "targets.t.filters[1].any[2].not.exact.source_name",
            "targets.u.filters[1].prefix.products",
        ];
        let places = places.into_iter().map(str::to_owned);
        places.zip(numbers).collect::<Vec<_>>()
    };
    assert_eq!(lines(config), expected([6, 11, 13, 21]));
    let json = r#"{"targets": {
  "t": {"filters": [
    {"exact":
      {"type": "device.online"}},
    {"any": [
      {"prefix": {"subject": "P1/"}},
      {"suffix": {"device": "-a",
         "colour": "red"}},
      {"not": {"exact": {"source_name": "A"}}}]}]},
  "u": {"filters": [{"exact": {"product": "a"}},
    {"prefix": {
      "products": "a"}}]}}}"#;
    let config = ConsumerConfig::usable(&[json]).unwrap();
    assert_eq!(lines(config), expected([4, 8, 9, 12]));
}
