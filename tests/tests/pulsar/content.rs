//! The treatment of messages: those that can be opened, and those that cannot.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use thingrelay_tests::metrics::Log;
use thingrelay_tests::order::by_device;
use thingrelay_tests::pulsar::{Outgoing, Pulsar, Topic};
use thingrelay_tests::schema::Schemas;
use thingrelay_tests::tuya::{Access, Message, Mode, PRODUCT, report};

use crate::setting::{HOUSE, Setting, begin_to_pull, pull_until_acknowledged};

/// A message with a changed envelope.
fn changed(mut message: Outgoing, change: impl FnOnce(&mut Value)) -> Outgoing {
    let mut envelope = serde_json::from_slice(&message.payload).unwrap();
    change(&mut envelope);
    message.payload = envelope.to_string().into_bytes();
    message
}

/// Messages of a device that cannot be opened, each with the reason.
fn unopenable(access: &Access, device: &str) -> Vec<(Outgoing, &'static str)> {
    let sealed = |mode| access.seal(mode, &report(device, 0));
    let raw = |payload: &[u8]| Outgoing {
        key: device.to_owned(),
        em: None,
        payload: payload.to_vec(),
    };
    let other = Access::fresh();
    let flip = |message: Outgoing| {
        changed(message, |envelope| {
            let data = envelope["data"].as_str().unwrap();
            let first = if data.starts_with('A') { "B" } else { "A" };
            envelope["data"] = format!("{first}{}", &data[1..]).into();
        })
    };
    let wrong_mode = Outgoing {
        em: Some("aes_gcm"),
        ..sealed(Mode::Ecb)
    };
    vec![
        (raw(b""), "not_json"),
        (raw(b"no JSON"), "not_json"),
        (raw(b"\xff\x00\xfe"), "not_json"),
        (raw(b"[1]"), "not_json"),
        (raw(br#"{"protocol":4,"t":1}"#), "no_data"),
        (raw(br#"{"data":"~~~","protocol":4,"t":1}"#), "not_base64"),
        (
            other.seal(Mode::Gcm, &report(device, 0)),
            "decryption_failed",
        ),
        (
            other.seal(Mode::Ecb, &report(device, 0)),
            "decryption_failed",
        ),
        (flip(sealed(Mode::Gcm)), "decryption_failed"),
        (wrong_mode, "decryption_failed"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_opened_holds_up_nothing_and_is_quarantined_as_it_came() {
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let house = setting.house();
    let devices = ["device-0", "device-1", "device-2"];
    let mut messages = Vec::new();
    let mut expected = Vec::new();
    for (index, (message, reason)) in unopenable(&house.access, "device-0")
        .into_iter()
        .enumerate()
    {
        for device in devices {
            let report = report(device, index as u64);
            messages.push(house.access.seal(Mode::Gcm, &report));
        }
        expected.push((reason, message.payload.clone()));
        messages.push(message);
    }
    let each = expected.len();
    house.project.produce(Topic::Event, &messages).await;
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(120));
    house.until_acknowledged().await;
    setting.until_staged(messages.len()).await;
    window.abort();
    let _ = window.await;

    let (events, quarantined) = setting.consume(messages.len()).await;
    let found: BTreeMap<String, Vec<u64>> = by_device(&events);
    let counts: Vec<u64> = (0..each as u64).collect();
    for device in devices {
        assert_eq!(found[device], counts, "{device}");
    }
    assert_eq!(events.len(), each * devices.len());
    let mut found: Vec<(&str, Vec<u8>)> = Vec::new();
    for quarantined in &quarantined {
        let reason = quarantined.why["reason"].as_str().unwrap();
        assert_eq!(quarantined.why["source"], HOUSE);
        assert_eq!(quarantined.record.provenance["failure"], reason);
        found.push((reason, quarantined.record.original.clone()));
    }
    found.sort();
    expected.sort();
    assert_eq!(found, expected);

    function.kill();
    let log = Log::of(&function.end().await);
    let told = log.lines.iter().filter(|line| line.contains("ERROR"));
    assert_eq!(told.count(), each, "{:#?}", log.lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_queue_takes_is_staged_as_a_reference_to_it() {
    let pulsar = Pulsar::shared().await;
    let setting = Setting::new(pulsar).await;
    let house = setting.house();
    let large = |length: usize| {
        let mut message = report("device", 1);
        message.plaintext.pop();
        let rest = ",\"text\":\"".len() + "\"}".len();
        let text = "x".repeat(length - message.plaintext.len() - rest);
        message
            .plaintext
            .push_str(&format!(",\"text\":\"{text}\"}}"));
        message
    };
    // In one batch, these messages are more than the queue accepts.
    let messages = [
        house.access.seal(Mode::Gcm, &report("device", 0)),
        house.access.seal(Mode::Gcm, &large(500_000)),
        house.access.seal(Mode::Ecb, &large(550_000)),
        Outgoing {
            key: "device".to_owned(),
            em: None,
            payload: vec![b'\n'; 768_001],
        },
        house.access.seal(Mode::Gcm, &report("device", 2)),
    ];
    house.project.produce(Topic::Event, &messages).await;
    let function = setting.function(1).await;
    let window = begin_to_pull(&function, Duration::from_secs(120));
    house.until_acknowledged().await;
    window.abort();

    let records = setting.records().await;
    let lengths: Vec<usize> = records.iter().map(|record| record.original.len()).collect();
    // The second of the large messages repeats the report of the first.
    assert_eq!(lengths.len(), 4, "{lengths:?}");
    assert_eq!(lengths[1], 500_000);
    let refused = &records[2];
    assert_eq!(refused.provenance["failure"], "too_large");
    let reference: Value = serde_json::from_slice(&refused.original).unwrap();
    assert_eq!(reference["bytes"], 768_001);
    let digest = hex::encode(Sha256::digest(vec![b'\n'; 768_001]));
    assert_eq!(reference["sha256"], digest);
    assert_eq!(
        reference["message_id"],
        refused.provenance["tuya"]["message_id"]
    );
    let topic = reference["topic"].as_str().unwrap();
    assert!(topic.contains(&house.access.id), "{topic}");
    assert_eq!(records[3].device_and_count(), ("device".to_owned(), 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_decides_about_signs() {
    let pulsar = Pulsar::shared().await;
    let sources = [
        ("off", "signature = \"off\""),
        ("log", "signature = \"log\""),
        ("enforce", "signature = \"enforce\""),
    ];
    let setting = Setting::of(pulsar, &sources, "").await;
    for (name, _) in sources {
        let source = setting.source(name);
        let sealed = |count| source.access.seal(Mode::Gcm, &report("device", count));
        let messages = [
            sealed(0),
            changed(sealed(1), |envelope| {
                envelope["sign"] = "0".repeat(32).into()
            }),
            changed(sealed(2), |envelope| {
                envelope.as_object_mut().unwrap().remove("sign");
            }),
            sealed(3),
        ];
        source.project.produce(Topic::Event, &messages).await;
    }
    let function = setting.function(1).await;
    pull_until_acknowledged(&function, Duration::from_secs(3), 12).await;
    let log = Log::of(&function.end().await);
    for metric in ["BadSign", "MissingSign"] {
        assert_eq!(log.metrics.of(metric, "Source", "off"), 0);
        for source in ["log", "enforce"] {
            let counted = log.metrics.of(metric, "Source", source);
            assert!(counted > 0, "{metric} of {source}: {:?}", log.metrics);
        }
    }

    let mut found: BTreeMap<String, Vec<(String, Option<String>)>> = BTreeMap::new();
    for record in setting.records().await {
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let provenance = &record.provenance;
        let source = text(&provenance["source"]).unwrap();
        let sign = text(&provenance["tuya"]["sign"]).unwrap();
        let failure = text(&provenance["failure"]);
        found.entry(source).or_default().push((sign, failure));
    }
    let taken = |sign: &str| (sign.to_owned(), None);
    let refused = |sign: &str| (sign.to_owned(), Some("bad_signature".to_owned()));
    assert_eq!(found["off"], vec![taken("unchecked"); 4]);
    let logged = ["valid", "invalid", "absent", "valid"].map(taken);
    assert_eq!(found["log"], logged);
    let enforced = [
        taken("valid"),
        refused("invalid"),
        refused("absent"),
        taken("valid"),
    ];
    assert_eq!(found["enforce"], enforced);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_pulls_its_environment_and_the_notices_if_wanted() {
    let pulsar = Pulsar::shared().await;
    let sources = [
        ("production", "notices = true"),
        ("test", "environment = \"test\""),
    ];
    let setting = Setting::of(pulsar, &sources, "").await;
    for (name, _) in sources {
        let source = setting.source(name);
        for topic in Topic::ALL {
            let message = match topic {
                Topic::Event | Topic::EventTest => report(topic.name(), 1),
                Topic::Notice => notice(),
            };
            let message = source.access.seal(Mode::Ecb, &message);
            source.project.produce(topic, &[message]).await;
        }
    }
    let function = setting.function(1).await;
    let window = pull_until_acknowledged(&function, Duration::from_secs(5), 3).await;
    assert_eq!(window["pulls"], 3);
    let left = |name: &'static str, topic| {
        let project = &setting.source(name).project;
        async move { project.backlog(topic).await.messages }
    };
    for (name, topic, expected) in [
        ("production", Topic::Event, 0),
        ("production", Topic::EventTest, 1),
        ("production", Topic::Notice, 0),
        ("test", Topic::Event, 1),
        ("test", Topic::EventTest, 0),
        ("test", Topic::Notice, 1),
    ] {
        assert_eq!(left(name, topic).await, expected, "{name} {topic:?}");
    }

    let (events, quarantined) = setting.consume(3).await;
    assert!(quarantined.is_empty(), "{quarantined:?}");
    let schemas = Schemas::read();
    let mut found = Vec::new();
    for event in &events {
        schemas.check(event);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        found.push((
            text(&event["source"]),
            text(&event["type"]),
            text(&event["subject"]),
        ));
    }
    found.sort();
    let properties = "io.thingrelay.device.properties.v1";
    let expected = [
        ("/tuya/production", "io.thingrelay.alert.v1", String::new()),
        ("/tuya/production", properties, format!("{PRODUCT}/event")),
        ("/tuya/test", properties, format!("{PRODUCT}/event-test")),
    ];
    let expected =
        expected.map(|(source, kind, subject)| (source.to_owned(), kind.to_owned(), subject));
    assert_eq!(found, expected);
}

/// The notice that too many messages are waiting to be pulled.
fn notice() -> Message {
    let plaintext = json!({
        "bizCode": "HighPriorityNotice",
        "bizData": {
            "eventType": "pulsar_backlog_notice",
            "eventData": "{\"topic\":\"out/event\",\"backLogNum\":20000}",
        },
        "ts": 1_761_893_118_000_i64,
    });
    Message {
        device: String::new(),
        protocol: 10_000,
        t: 1_761_893_118_000,
        plaintext: plaintext.to_string(),
    }
}
