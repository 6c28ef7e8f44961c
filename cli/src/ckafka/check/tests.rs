use super::*;
use crate::report::Report;
use std::time::Duration;
use thingrelay_core::config::{EdgeConfig, Ingress};
use thingrelay_kafka::probe::{Lag, ProbeTimeouts};

const WAITS: ProbeTimeouts = ProbeTimeouts {
    answer: Duration::from_secs(1),
    record: Duration::from_secs(5),
};

const RECORD: &str = r#"{"MsgType":"Publish","Event":"","Topic":"P/d7/data","Seq":1,"PayloadLen":2,"ProductId":"P","DeviceName":"d7","Payload":"e30=","Time":"2026-11-21 12:00:00","Reason":""}"#;

fn source(more: &str) -> EdgeSource {
    let text = format!(
        "[sources.plant]\nplatform = \"tencent-iot-hub\"\nchannel = \"ckafka\"\ntopics = [\"iot\"]\n\
         group = \"relay\"\nbrokers = [\"b.example:9092\"]\n{more}\n"
    );
    let config = EdgeConfig::parse(&[&text]).unwrap();
    config.sources.into_values().next().unwrap()
}

/// The text that is printed for a source with a login.
fn told(more: &str, probed: Result<ProbeReport, ProbeError>, waits: ProbeTimeouts) -> String {
    let login =
        "security = \"sasl_ssl\"\nusername = \"ckafka-1#bob\"\npassword = \"of-nobody-else\"";
    let source = source(&format!("{login}\n{more}"));
    let Ingress::Ckafka(ckafka) = &source.ingress else {
        panic!("{source:?}");
    };
    let pull = ckafka.pull.as_ref().unwrap();
    let mut report = Report::default();
    for (tried, outcome) in findings(&source, ckafka, pull, &probed, waits) {
        report.add(tried, outcome);
    }
    let text = report.to_string();
    assert!(!text.contains("of-nobody-else"), "{text}");
    text
}

fn last(value: &str, seconds_ago: i64) -> LastRecord {
    LastRecord {
        topic: "iot".to_owned(),
        partition: 3,
        offset: 41,
        timestamp: Some(Clock::system().now().unix_millis() - seconds_ago * 1000),
        key: None,
        value: Some(value.as_bytes().to_vec()),
    }
}

fn probed(last: Result<Option<LastRecord>, ProbeError>) -> ProbeReport {
    ProbeReport {
        topics: vec![("iot".to_owned(), Ok(6))],
        group: Some(Ok(GroupStatus {
            has_committed: true,
            lag: Some(Lag {
                waiting: 1,
                deleted: 0,
            }),
        })),
        last,
    }
}

#[test]
fn a_source_that_is_well_says_how_it_stands() {
    let text = told("", Ok(probed(Ok(Some(last(RECORD, 12))))), WAITS);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[..3],
        [
            "ok       plant, connection: b.example:9092 lets ckafka-1#bob in, by PLAIN over sasl_ssl",
            "ok       plant, topic iot: 6 partitions",
            "ok       plant, group relay: it has committed, 1 record waits for it",
        ]
    );
    assert!(
        lines[3].starts_with(
            "ok       plant, records: the last one is io.thingrelay.device.message.v1 of P/d7, \
             partition 3, offset 41 of iot, stored 1"
        ),
        "{text}"
    );
    assert_eq!(lines[4..], ["No problems."]);
}

#[test]
fn what_is_wrong_is_told_with_what_to_do() {
    let of = |trouble: fn(String) -> ProbeError| trouble("the reason".to_owned());
    let with_topic = |trouble| {
        let mut probed = probed(Ok(None));
        probed.topics[0].1 = Err(trouble);
        probed.group = None;
        Ok(probed)
    };
    let with_group = |trouble| {
        let mut probed = probed(Ok(Some(last(RECORD, 1))));
        probed.group = Some(Err(trouble));
        Ok(probed)
    };
    let with_last = |last| Ok(probed(last));
    let with_deleted = |deleted| {
        let mut probed = probed(Ok(Some(last(RECORD, 1))));
        let lag = Some(Lag {
            waiting: 3,
            deleted,
        });
        let status = GroupStatus {
            has_committed: true,
            lag,
        };
        probed.group = Some(Ok(status));
        Ok(probed)
    };
    let cases = [
        (
            Err(of(ProbeError::Refused)),
            "b.example:9092 refuses the login: the reason.",
            "-> Compare username",
        ),
        (
            Err(of(ProbeError::Tls)),
            "No TLS with b.example:9092: the reason.",
            "-> Set ca to",
        ),
        (
            Err(of(ProbeError::Unreachable)),
            "cannot be reached over sasl_ssl: the reason.",
            "-> Check brokers",
        ),
        (
            with_topic(of(ProbeError::Missing)),
            "There is no topic iot.",
            "-> Compare topics",
        ),
        (
            with_topic(of(ProbeError::Forbidden)),
            "may not use the topic iot.",
            "right to read the topic",
        ),
        (
            with_group(of(ProbeError::Forbidden)),
            "may not use the group relay.",
            "right to read as this group",
        ),
        (
            with_group(of(ProbeError::Unreachable)),
            "offsets cannot be read: the reason.",
            "access point",
        ),
        (
            with_deleted(7),
            "has deleted 7 records before the group read them.",
            "retention",
        ),
        (
            with_last(Err(of(ProbeError::Forbidden))),
            "may not read the topic: the reason.",
            "right to read",
        ),
        (
            with_last(Err(of(ProbeError::Unreachable))),
            "records cannot be read: the reason.",
            "access point",
        ),
        (
            with_deleted(7),
            "has deleted 7 records before the group read them.",
            "retention",
        ),
        (
            with_last(Ok(None)),
            "none came within 5 s.",
            "forwarding to CKafka is switched on",
        ),
        (
            with_last(Ok(Some(last("no JSON", 1)))),
            "the body is not JSON (partition 3, offset 41 of iot).",
            "who else",
        ),
        (
            with_last(Ok(Some(last("", 1)))),
            "the body is empty",
            "quarantine",
        ),
        (
            with_last(Ok(Some(last(RECORD, 300)))),
            "stored 5 min ago.",
            "longer than silent_after_minutes",
        ),
    ];
    for (probed, what, advice) in cases {
        let text = told("silent_after_minutes = 4", probed, WAITS);
        assert!(text.ends_with("1 problem.\n"), "{what}: {text}");
        assert!(text.contains(what), "{what}: {text}");
        let advised = text.lines().find(|line| line.starts_with("         -> "));
        assert!(advised.unwrap().contains(advice), "{advice}: {text}");
    }
}

#[test]
fn silence_is_no_problem_where_nothing_is_waited_for() {
    let waits = ProbeTimeouts {
        record: Duration::ZERO,
        ..WAITS
    };
    let text = told("", Ok(probed(Ok(None))), waits);
    assert!(text.contains("skipped  plant, records: "), "{text}");
    assert!(text.ends_with("No problems.\n"), "{text}");
}

#[test]
fn how_long_ago_is_told_in_one_unit() {
    let cases = [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (172_800, "2 days"),
    ];
    for (seconds, expected) in cases {
        assert_eq!(duration(seconds), expected);
    }
}
