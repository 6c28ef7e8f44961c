//! `thingrelay send tuya`.

use crate::{
    broker::{Broker, Deed, Part, sent},
    source::{ACCESS_ID, ACCESS_KEY, access, everything, opened, thingrelay},
};
use serde_json::Value;
use std::{collections::BTreeMap, net::TcpListener};
use thingrelay_core::tuya::SignVerdict;
use thingrelay_tests::searched::Searched;

fn send(url: &str, arguments: &[&str]) -> std::process::Output {
    let credentials = ["--access-id", ACCESS_ID, "--access-key", ACCESS_KEY];
    thingrelay(&[&["send", "tuya", url][..], &credentials, arguments].concat())
        .searched()
        .unwrap()
}

fn asked(deeds: &[Deed]) -> (&str, Vec<(&str, &str)>) {
    let found = deeds.iter().find_map(|deed| match deed {
        Deed::Asked(path, headers) => Some((path.as_str(), headers)),
        _ => None,
    });
    let (path, headers) = found.unwrap();
    let names = ["authorization", "username", "password"];
    let named = names
        .into_iter()
        .filter_map(|name| Some((name, headers.get(name)?.as_str())));
    (path, named.collect())
}

#[test]
fn messages_are_encrypted_signed_and_in_order_for_each_device() {
    let broker = Broker::start(|_, _| Part::Accept("ok"));
    for (encryption, em) in [("gcm", "aes_gcm"), ("ecb", "aes_ecb")] {
        let arguments = [
            "--producer-token",
            "producers-secret",
            "--count",
            "300",
            "--devices",
            "7",
            "--encryption",
            encryption,
        ];
        let output = send(&broker.url(), &arguments);
        let told = everything(&output);
        assert!(output.status.success(), "{told}");
        assert!(
            told.starts_with("sent      300 messages of 7 devices in "),
            "{told}"
        );
        for line in [
            "accepted  300\n",
            "refused   0\n",
            "dropped   0\n",
            "latency   p50 ",
        ] {
            assert!(told.contains(line), "{told}");
        }
        let deeds = broker.until(|deed| *deed == Deed::Left);
        let (path, headers) = asked(&deeds);
        let expected = format!("/ws/v2/producer/persistent/{ACCESS_ID}/out/event");
        assert_eq!(path, expected);
        assert_eq!(headers, [("authorization", "Bearer producers-secret")]);
        let connections = deeds.iter().filter(|deed| matches!(deed, Deed::Asked(..)));
        assert_eq!(connections.count(), 1);

        let mut numbers: BTreeMap<String, Vec<u64>> = BTreeMap::new();
        for produced in sent(&deeds) {
            assert_eq!(produced["properties"]["em"], em);
            let (plaintext, envelope) = opened(produced);
            assert_eq!(envelope.sign, SignVerdict::Valid);
            assert_eq!(envelope.protocol, Some(4));
            assert_eq!(plaintext["devId"], produced["key"]);
            let device = plaintext["devId"].as_str().unwrap().to_owned();
            let number = plaintext["status"][0]["value"].as_u64().unwrap();
            numbers.entry(device).or_default().push(number);
        }
        assert_eq!(numbers.len(), 7);
        assert_eq!(numbers.values().map(Vec::len).sum::<usize>(), 300);
        for (device, numbers) in numbers {
            let expected: Vec<u64> = (1..=numbers.len() as u64).collect();
            assert_eq!(numbers, expected, "{device}");
        }
    }
}

#[test]
fn environment_kind_and_templates_are_those_that_are_asked_for() {
    let broker = Broker::start(|_, _| Part::Accept("ok"));
    let template = r#"{"bizCode":"deviceOnline","bizData":{"devId":"{device}"},"ts":{timestamp}}"#;
    let cases: [(&[&str], &str, i64, &str, Value); 4] = [
        (
            &["--kind", "status"],
            "event",
            20,
            "bizCode",
            "online".into(),
        ),
        (
            &["--environment", "test"],
            "event-test",
            4,
            "productKey",
            "THINGRELAY".into(),
        ),
        (&["--product", "P7"], "event", 4, "productKey", "P7".into()),
        (
            &["--template", template, "--protocol", "1001"],
            "event",
            1001,
            "bizCode",
            "deviceOnline".into(),
        ),
    ];
    for (arguments, topic, protocol, member, expected) in cases {
        let output = send(&broker.url(), arguments);
        assert!(output.status.success(), "{}", everything(&output));
        let deeds = broker.until(|deed| *deed == Deed::Left);
        let (path, headers) = asked(&deeds);
        assert!(path.ends_with(&format!("/out/{topic}")), "{path}");
        let password = access().password();
        assert_eq!(
            headers,
            [("username", ACCESS_ID), ("password", password.as_str())]
        );
        let (plaintext, envelope) = opened(sent(&deeds)[0]);
        assert_eq!(envelope.protocol, Some(protocol));
        assert_eq!(plaintext[member], expected);
    }
}

#[test]
fn what_is_not_accepted_is_counted_by_its_word() {
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("ws://{}", listener.local_addr().unwrap())
    };
    let cases = [
        (Broker::start(|_, _| Part::Refuse(401)).url(), "http_401 3"),
        (Broker::start(|_, _| Part::Refuse(403)).url(), "http_403 3"),
        (
            Broker::start(|_, _| Part::Accept("send-error:3")).url(),
            "send-error:3 3",
        ),
        (
            Broker::start(|_, _| Part::DeliverAndLeave(Vec::new())).url(),
            "connection_lost 3",
        ),
        (
            Broker::start(|_, _| Part::Deliver(Vec::new())).url(),
            "timeout 3",
        ),
        (nobody, "connection_refused 3"),
    ];
    for (url, expected) in cases {
        let arguments = ["--count", "3", "--no-retry", "--timeout", "2"];
        let output = send(&url, &arguments);
        let told = everything(&output);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(&format!("refused   {expected}\n")), "{told}");
        let is_hinted = told.contains("Give --producer-token");
        assert_eq!(is_hinted, expected.starts_with("http_40"), "{told}");
        assert!(
            told.contains("accepted  0\n") && told.contains("dropped   3\n"),
            "{told}"
        );
    }
}

#[test]
fn a_message_is_sent_again_on_another_connection() {
    let broker = Broker::start(|number, _| match number {
        0 => Part::DeliverAndLeave(Vec::new()),
        _ => Part::Accept("ok"),
    });
    let output = send(&broker.url(), &["--count", "2"]);
    let told = everything(&output);
    assert!(output.status.success(), "{told}");
    assert!(
        told.contains("accepted  2\n") && told.contains("retried   1\n"),
        "{told}"
    );
}

#[test]
fn what_is_missing_or_does_not_go_together_is_said_and_no_secret_with_it() {
    let id = ["--access-id", ACCESS_ID];
    let key = ["--access-key", ACCESS_KEY];
    let (ws, http) = ("ws://127.0.0.1:1", "http://127.0.0.1:1/hub");
    let cases: [(&str, Vec<&str>, i32, &str); 9] = [
        (ws, id.to_vec(), 1, "the access key is missing"),
        (ws, key.to_vec(), 2, "--access-id"),
        (
            ws,
            [&id[..], &["--access-key", "tooshort"]].concat(),
            1,
            "at least 24",
        ),
        (ws, [&id[..], &key, &["--get"]].concat(), 2, "--get"),
        (
            ws,
            [&id[..], &key, &["--kind", "gateway"]].concat(),
            2,
            "[possible values: report, status, event, info, firmware]",
        ),
        (
            ws,
            [&id[..], &key, &["--protocol", "5"]].concat(),
            2,
            "<--file <FILE>|--template <JSON>>",
        ),
        (
            http,
            [&id[..], &key].concat(),
            2,
            "the URL must begin with wss://",
        ),
        (
            "ws://pulsar.example.org",
            [&id[..], &key].concat(),
            2,
            "the URL must be wss://",
        ),
        (ws, vec!["--access-id", "a/b"], 2, "an Access ID is 1 to 64"),
    ];
    for (url, arguments, code, expected) in cases {
        let output = thingrelay(&[&["send", "tuya", url][..], &arguments].concat())
            .searched()
            .unwrap();
        let told = everything(&output);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {told}");
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert!(!told.contains(ACCESS_KEY), "{told}");
    }
}

#[test]
fn the_secrets_come_from_the_environment_too() {
    let broker = Broker::start(|_, _| Part::Accept("ok"));
    let output = thingrelay(&["send", "tuya", &broker.url(), "--access-id", ACCESS_ID])
        .env("THINGRELAY_ACCESS_KEY", ACCESS_KEY)
        .env("THINGRELAY_PRODUCER_TOKEN", "producers-secret")
        .searched()
        .unwrap();
    assert!(output.status.success(), "{}", everything(&output));
    let deeds = broker.until(|deed| *deed == Deed::Left);
    assert_eq!(
        asked(&deeds).1,
        [("authorization", "Bearer producers-secret")]
    );
}
