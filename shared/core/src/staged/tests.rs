use super::{EdgeError::Unopened, *};
use crate::{identity::FieldHasher, message::MAX_BYTES, replay::RunId};
use proptest::{collection::vec, option, prelude::*};
use std::collections::BTreeSet;

fn staged<'a>(
    transport: Transport<'a>,
    error: Option<EdgeError>,
    original: &'a [u8],
) -> Staged<'a> {
    let platform = match transport {
        Transport::Http | Transport::Kafka(_) => Platform::TencentIotHub,
        Transport::Pulsar(_) => Platform::Tuya,
    };
    Staged {
        id: FieldHasher::new("test").into_message_id(),
        source: SourceName::parse("house").unwrap(),
        platform,
        received: Timestamp::from_unix_millis(1_795_233_600_250),
        transport,
        error,
        replay: None,
        original: Cow::Borrowed(original),
    }
}

fn message() -> impl Strategy<Value = TuyaProvenance<'static>> {
    let sign = prop_oneof![
        Just(SignVerdict::Valid),
        Just(SignVerdict::Invalid),
        Just(SignVerdict::Absent),
        Just(SignVerdict::Unchecked),
    ];
    let number = || option::of(any::<i64>());
    let published = number().prop_map(|millis| millis.map(Timestamp::from_unix_millis));
    let refused = "[\u{fffe}\u{ffff}\u{0}]{1,3}";
    let text = || prop_oneof![9 => any::<String>(), 1 => refused].prop_map(Cow::Owned);
    let em = option::of(text());
    (text(), text(), published, em, number(), number(), sign).prop_map(
        |(topic, message_id, published, em, protocol, t, sign)| TuyaProvenance {
            topic,
            message_id,
            published,
            em,
            protocol,
            t,
            sign,
        },
    )
}

fn record() -> impl Strategy<Value = KafkaProvenance<'static>> {
    let timestamp = option::of(any::<i64>());
    let timestamp = timestamp.prop_map(|millis| millis.map(Timestamp::from_unix_millis));
    let key = option::of(any::<String>().prop_map(Cow::Owned));
    let topic = any::<String>().prop_map(Cow::Owned);
    (topic, any::<i32>(), any::<i64>(), timestamp, key).prop_map(
        |(topic, partition, offset, timestamp, key)| KafkaProvenance {
            topic,
            partition,
            offset,
            timestamp,
            key,
        },
    )
}

fn replay() -> impl Strategy<Value = Replay> {
    let target = option::of(prop_oneof![any::<String>(), Just("\u{ffff}".to_owned())]);
    let parts = ("[a-z0-9-]{1,32}", target, any::<bool>());
    parts.prop_map(|(run, target, archived)| Replay {
        run: RunId::parse(&run).unwrap(),
        target,
        archived,
    })
}

fn failure() -> impl Strategy<Value = EdgeError> {
    prop_oneof![
        Just(Unopened(OpenError::NotJson)),
        Just(Unopened(OpenError::NoData)),
        Just(Unopened(OpenError::NotBase64)),
        Just(Unopened(OpenError::DecryptionFailed)),
        Just(Unopened(OpenError::BadSignature)),
        Just(EdgeError::TooLarge),
        Just(EdgeError::RefusedByQueue),
        Just(EdgeError::Panic),
    ]
}

proptest! {
    #[test]
    fn what_is_staged_is_read_back(
        message in message(),
        record in record(),
        failure in option::of(failure()),
        replay in option::of(replay()),
        original in vec(any::<u8>(), 0..200),
    ) {
        for transport in [Transport::Http, Transport::Kafka(record), Transport::Pulsar(message)] {
            let mut staged = staged(transport, failure, &original);
            staged.replay.clone_from(&replay);
            let body = staged.to_body();
            prop_assert!(sqs_takes(&body));
            prop_assert_eq!(Staged::from_body(&body), Ok(staged));
        }
    }

    #[test]
    fn no_body_panics(body in any::<String>()) {
        let _ = Staged::from_body(&body);
    }
}

/// Records that an older version staged, without these members, still wait in queues.
#[test]
fn a_line_without_provenance_of_a_broker_and_failure_is_read() {
    let id = "0".repeat(64);
    let body = format!(
        "{{\"v\":1,\"id\":\"{id}\",\"source\":\"house\",\"platform\":\"tencent-iot-hub\",\"channel\":\"http\",\"received\":1,\"encoding\":\"text\"}}\n{{}}"
    );
    let read = Staged::from_body(&body).unwrap();
    assert_eq!((read.transport, read.error), (Transport::Http, None));
}

#[test]
fn a_failure_is_written_as_its_word() {
    for failure in FAILURES {
        let body = staged(Transport::Http, Some(failure), b"x").to_body();
        let member = format!("\"failure\":\"{}\"", failure.code());
        assert!(body.contains(&member), "{body}");
    }
}

#[test]
fn a_line_of_another_version_is_told_from_a_broken_one() {
    use StagedError::{MalformedProvenance, NewerVersion};
    let body = staged(Transport::Http, None, b"{}").to_body();
    let with_version = |v: &str| body.replacen("\"v\":1", &format!("\"v\":{v}"), 1);
    let next = u64::from(VERSION) + 1;
    let cases = [
        (with_version(&next.to_string()), NewerVersion(next)),
        (with_version("256"), NewerVersion(256)),
        // A newer line need not resemble today's in anything else.
        (
            format!("{{\"v\":{next},\"id\":7}}\n{{}}"),
            NewerVersion(next),
        ),
        (with_version("0"), MalformedProvenance),
        (with_version("-1"), MalformedProvenance),
        (with_version("\"1\""), MalformedProvenance),
        (
            format!("{{\"v\":{VERSION},\"id\":7}}\n{{}}"),
            MalformedProvenance,
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(Staged::from_body(&body), Err(expected), "{body}");
    }
}

#[test]
fn a_record_is_written_in_the_lowest_version_that_has_all_of_it() {
    let version = |failure| {
        let body = staged(Transport::Http, failure, b"x").to_body();
        body.chars().nth(5)
    };
    assert_eq!(version(None), Some('1'));
    assert_eq!(version(Some(EdgeError::TooLarge)), Some('1'));
    assert_eq!(version(Some(EdgeError::RefusedByQueue)), Some('2'));
    assert_eq!(version(Some(EdgeError::Panic)), Some('2'));
    let replayed = Staged {
        replay: Some(in_run("r")),
        ..staged(Transport::Http, None, b"x")
    };
    assert_eq!(replayed.to_body().chars().nth(5), Some('3'));
}

fn in_run(run: &str) -> Replay {
    Replay {
        run: RunId::parse(run).unwrap(),
        target: None,
        archived: false,
    }
}

#[test]
fn a_message_is_staged_again_unless_the_consumer_cannot_read_it() {
    let kafka = || {
        Transport::Kafka(KafkaProvenance {
            topic: "t".into(),
            partition: 0,
            offset: 0,
            timestamp: None,
            key: None,
        })
    };
    let tuya = || {
        Transport::Pulsar(TuyaProvenance {
            topic: "t".into(),
            message_id: "m".into(),
            published: None,
            em: None,
            protocol: None,
            t: None,
            sign: SignVerdict::Valid,
        })
    };
    let unopened = Some(Unopened(OpenError::DecryptionFailed));
    let cases = [
        (Transport::Http, None, true),
        (Transport::Http, Some(EdgeError::Panic), true),
        (kafka(), Some(EdgeError::Panic), true),
        (kafka(), Some(EdgeError::TooLarge), false),
        (tuya(), None, true),
        (tuya(), Some(EdgeError::Panic), false),
        (tuya(), unopened, false),
    ];
    for (transport, error, is_staged) in cases {
        let staged = staged(transport, error, b"{}");
        let again = staged.again(in_run("r-2"), "group");
        assert_eq!(again.is_ok(), is_staged, "{staged:?}");
        assert_eq!(staged.obstacle(), again.as_ref().err().copied());
        let Ok(message) = again else { continue };
        let fifo = message.fifo.unwrap();
        assert_eq!(fifo.group, "group");
        assert_eq!(fifo.deduplication, format!("{}-r-2", staged.id));
        let expected = Staged {
            error: None,
            replay: Some(in_run("r-2")),
            ..staged
        };
        assert_eq!(Staged::from_body(&message.body), Ok(expected));
    }
    let large = vec![0xff; MAX_ORIGINAL_BYTES + 30_000];
    let large = staged(Transport::Http, None, &large);
    assert_eq!(large.again(in_run("r"), "g"), Err(AgainError::TooLarge));
    // Text is staged as it is, so a byte less makes a line that is a byte shorter.
    let text = vec![b'a'; MAX_BYTES];
    let mut marked = staged(Transport::Http, None, &text);
    marked.replay = Some(in_run("r"));
    let excess = marked.to_body().len() - MAX_BYTES;
    let longer = staged(Transport::Http, None, &text[excess - 1..]);
    assert_eq!(longer.again(in_run("r"), "g"), Err(AgainError::TooLarge));
    let largest = staged(Transport::Http, None, &text[excess..]);
    let again = largest.again(in_run("r"), "g").unwrap();
    assert_eq!(again.body.len(), MAX_BYTES);
}

#[test]
fn the_id_of_a_run_fits_in_the_ids_of_messages() {
    let cases = [
        ("20261130t081500z-1a2b3c", true),
        (&*"a".repeat(32), true),
        (&"a".repeat(33), false),
        ("", false),
        ("A", false),
        ("a b", false),
        ("é", false),
    ];
    for (text, expected) in cases {
        assert_eq!(RunId::parse(text).is_some(), expected, "{text}");
    }
    let new = RunId::new(Timestamp::from_unix_millis(1_795_233_600_250), 0xab);
    assert_eq!(new.as_str(), "20261121t040000z-000000ab");
    assert_eq!(RunId::parse(new.as_str()), Some(new));
}

const FAILURES: [EdgeError; 8] = [
    Unopened(OpenError::NotJson),
    Unopened(OpenError::NoData),
    Unopened(OpenError::NotBase64),
    Unopened(OpenError::DecryptionFailed),
    Unopened(OpenError::BadSignature),
    EdgeError::TooLarge,
    EdgeError::RefusedByQueue,
    EdgeError::Panic,
];

/// The additions of each version of the line: its members, and the words that a member may hold. An
/// existing entry never changes: a change that adds to the line raises [`VERSION`] and adds a
/// version here.
const SHAPE: [&[&str]; 3] = [
    &[
        "channel",
        "channel=ckafka",
        "channel=http",
        "channel=pulsar",
        "encoding",
        "encoding=base64",
        "encoding=text",
        "failure",
        "failure=bad_signature",
        "failure=decryption_failed",
        "failure=no_data",
        "failure=not_base64",
        "failure=not_json",
        "failure=too_large",
        "id",
        "kafka",
        "kafka.key",
        "kafka.offset",
        "kafka.partition",
        "kafka.timestamp",
        "kafka.topic",
        "platform",
        "platform=tencent-iot-explorer",
        "platform=tencent-iot-hub",
        "platform=tencent-iot-video",
        "platform=tuya",
        "received",
        "source",
        "tuya",
        "tuya.em",
        "tuya.message_id",
        "tuya.protocol",
        "tuya.published",
        "tuya.sign",
        "tuya.sign=absent",
        "tuya.sign=invalid",
        "tuya.sign=unchecked",
        "tuya.sign=valid",
        "tuya.t",
        "tuya.topic",
        "v",
    ],
    &["failure=panic", "failure=refused_by_queue"],
    &["replay", "replay.archived", "replay.run", "replay.target"],
];

#[test]
fn what_is_added_to_the_line_raises_its_version() {
    let mut found = BTreeSet::new();
    for line in every_line() {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        for (name, value) in line.as_object().unwrap() {
            note(name, value, &mut found);
        }
    }
    assert_eq!(SHAPE.len(), usize::from(VERSION));
    let known: BTreeSet<String> = SHAPE.concat().into_iter().map(str::to_owned).collect();
    assert_eq!(found, known);
    for failure in FAILURES {
        let word = format!("failure={}", failure.code());
        let added = SHAPE.iter().position(|added| added.contains(&&*word));
        assert_eq!(added.map(|at| at + 1), Some(usize::from(failure.since())));
    }
}

fn note(name: &str, value: &serde_json::Value, found: &mut BTreeSet<String>) {
    found.insert(name.to_owned());
    match value {
        serde_json::Value::Object(members) => {
            for (member, value) in members {
                note(&format!("{name}.{member}"), value, found);
            }
        }
        // The words of these members are part of the shape.
        serde_json::Value::String(word)
            if ["channel", "encoding", "failure", "platform", "tuya.sign"].contains(&name) =>
        {
            found.insert(format!("{name}={word}"));
        }
        _ => {}
    }
}

/// Lines that have every member and every word. The match has no wildcard, so that the compiler
/// finds a word that is missing.
fn every_line() -> Vec<String> {
    let replays = [
        None,
        Some(Replay {
            run: RunId::parse("r-1").unwrap(),
            target: Some("t".to_owned()),
            archived: true,
        }),
    ];
    let all_of = |staged: Staged<'_>| {
        let mut lines = Vec::new();
        for failure in FAILURES {
            match failure {
                Unopened(OpenError::NotJson | OpenError::NoData) => {}
                Unopened(OpenError::NotBase64 | OpenError::DecryptionFailed) => {}
                Unopened(OpenError::BadSignature) => {}
                EdgeError::TooLarge | EdgeError::RefusedByQueue | EdgeError::Panic => {}
            }
            let places = Platform::ALL.into_iter().zip(replays.iter().cycle());
            for (platform, replay) in places {
                for original in [b"{}".as_slice(), b"\xff"] {
                    let body = Staged {
                        error: Some(failure),
                        platform,
                        replay: replay.clone(),
                        original: Cow::Borrowed(original),
                        ..staged.clone()
                    }
                    .to_body();
                    lines.push(body.split_once('\n').unwrap().0.to_owned());
                }
            }
        }
        lines
    };
    let kafka = Transport::Kafka(KafkaProvenance {
        topic: "t".into(),
        partition: 0,
        offset: 0,
        timestamp: Some(Timestamp::from_unix_millis(0)),
        key: Some("k".into()),
    });
    let mut lines = all_of(staged(Transport::Http, None, b""));
    lines.extend(all_of(staged(kafka, None, b"")));
    for sign in [
        SignVerdict::Valid,
        SignVerdict::Invalid,
        SignVerdict::Absent,
        SignVerdict::Unchecked,
    ] {
        match sign {
            SignVerdict::Valid | SignVerdict::Invalid => {}
            SignVerdict::Absent | SignVerdict::Unchecked => {}
        }
        let tuya = Transport::Pulsar(TuyaProvenance {
            topic: "t".into(),
            message_id: "m".into(),
            published: Some(Timestamp::from_unix_millis(0)),
            em: Some("aes_gcm".into()),
            protocol: Some(4),
            t: Some(0),
            sign,
        });
        lines.extend(all_of(staged(tuya, None, b"")));
    }
    lines
}

#[test]
fn a_line_whose_channel_and_provenance_differ_is_malformed() {
    let body = staged(Transport::Http, None, b"{}").to_body();
    assert!(Staged::from_body(&body).is_ok());
    for channel in ["ckafka", "pulsar"] {
        let body = body.replacen("\"http\"", &format!("\"{channel}\""), 1);
        let read = Staged::from_body(&body);
        assert_eq!(read, Err(StagedError::MalformedProvenance), "{body}");
    }
}

#[test]
fn what_is_not_legal_in_xml_is_known() {
    for (text, is_taken) in [
        ("a\t\r\n\u{d7ff}\u{e000}\u{fffd}\u{10ffff}", true),
        ("\0", false),
        ("\u{b}", false),
        ("a\u{1f}", false),
        ("\u{fffe}", false),
        ("\u{ffff}", false),
    ] {
        assert_eq!(sqs_takes(text), is_taken, "{text:?}");
    }
}
