mod shipped;

use super::*;
use lambda_http::http;
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};
use thingrelay_core::staged::Staged;
use thingrelay_core::{
    config::EdgeConfig, message::MAX_BYTES, signature::sign, timestamp::Timestamp,
};

const TOKEN: &str = "k3J9xQ7pLm2Vt8Wz";
const NOW: i64 = 1_750_000_000;

#[derive(Default)]
struct FakeStaging {
    down: bool,
    staged: Mutex<Vec<Message>>,
}

impl Stage for &FakeStaging {
    async fn stage(&self, message: &Message) -> Result<(), SendError> {
        if self.down {
            return Err(SendError::Transient("down".into()));
        }
        self.staged.lock().unwrap().push(message.clone());
        Ok(())
    }
}

fn function(staging: &FakeStaging) -> Push<&FakeStaging> {
    let config = format!(
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{TOKEN}\"]\n[sources.open]\nplatform = \"tencent-iot-video\"\nallow_unsigned = true\n\
        [sources.bound]\nplatform = \"tencent-iot-hub\"\ntokens = [\"pD5rT8yU2iO6aS9f\"]\nbind_signature = true\n\
        [sources.doors]\nplatform = \"tencent-iot-hub\"\ntokens = [\"weak\"]\n\
        [sources.house]\nplatform = \"tuya\"\n"
    );
    let config = EdgeConfig::usable(&[&config]).unwrap();
    let clock = Clock::from_fn(|| Timestamp::from_unix_millis(NOW * 1000));
    Push::new(Arc::new(CurrentConfig::new(config)), staging, clock)
}

fn post(
    staging: &FakeStaging,
    source: &str,
    nonce: &str,
    signature: &str,
    body: &[u8],
) -> (u16, String) {
    post_to(&function(staging), source, nonce, signature, body)
}

fn post_by(
    identify: Identify,
    staging: &FakeStaging,
    source: &str,
    nonce: &str,
    signature: &str,
    body: &[u8],
) -> (u16, String) {
    let push = Push {
        identify,
        ..function(staging)
    };
    post_to(&push, source, nonce, signature, body)
}

fn post_to(
    push: &Push<&FakeStaging>,
    source: &str,
    nonce: &str,
    signature: &str,
    body: &[u8],
) -> (u16, String) {
    let request = http::Request::post("https://example.com/")
        .header("timestamp", NOW.to_string())
        .header("nonce", nonce)
        .header("signature", signature)
        .body(Body::Binary(body.to_vec()))
        .unwrap()
        .with_path_parameters(HashMap::from([(
            "source".to_owned(),
            vec![source.to_owned()],
        )]));
    let response = futures::executor::block_on(push.handle(request));
    (
        response.status().as_u16(),
        String::from_utf8(response.body().to_vec()).unwrap(),
    )
}

fn ids(staging: FakeStaging) -> Vec<String> {
    let staged = staging.staged.into_inner().unwrap();
    let id = |message: Message| message.fifo.unwrap().deduplication;
    staged.into_iter().map(id).collect()
}

#[test]
fn a_replayed_request_is_a_repeat_in_either_case_of_its_signature() {
    let staging = FakeStaging::default();
    let signature = signed("n");
    for signature in [&signature, &signature.to_uppercase()] {
        assert_eq!(post(&staging, "meters", "n", signature, b"[1]").0, 200);
    }
    let ids = ids(staging);
    assert_eq!(ids[0], ids[1]);
}

#[test]
fn a_bound_signature_is_one_place_on_the_queue_whatever_the_body() {
    let staging = FakeStaging::default();
    let signed = |nonce| sign("pD5rT8yU2iO6aS9f", &NOW.to_string(), nonce);
    let report = |device: &str| {
        format!(
            r#"{{"devicename":"{device}","productid":"P1","topic":"P1/{device}/data","payload":{{}},"seq":1,"timestamp":1750000000}}"#
        )
    };
    for (nonce, body) in [
        ("n", report("d1")),
        ("n", report("d2")),
        ("n", "no json".to_owned()),
        ("m", report("d1")),
    ] {
        let answer = post(&staging, "bound", nonce, &signed(nonce), body.as_bytes());
        assert_eq!(answer.0, 200);
    }
    let staged = staging.staged.into_inner().unwrap();
    let ids: HashSet<String> = staged
        .iter()
        .map(|message| Staged::from_body(&message.body).unwrap().id.to_string())
        .collect();
    assert_eq!(ids.len(), 3, "the messages keep their own ids");
    let places: Vec<_> = staged
        .into_iter()
        .filter_map(|staged| staged.fifo)
        .collect();
    assert_eq!(places[0], places[1]);
    assert_eq!(places[0], places[2]);
    assert_ne!(places[0].deduplication, places[3].deduplication);
    assert_eq!(places[0].group, places[3].group);
}

#[test]
fn unsigned_requests_are_distinct_though_they_come_in_one_millisecond() {
    let staging = FakeStaging::default();
    let processes = [function(&staging), function(&staging)];
    for push in [&processes[0], &processes[0], &processes[1]] {
        assert_eq!(post_to(push, "open", "n", &signed("n"), b"[1]").0, 200);
    }
    let ids: HashSet<String> = ids(staging).into_iter().collect();
    assert_eq!(ids.len(), 3);
}

fn signed(nonce: &str) -> String {
    sign(TOKEN, &NOW.to_string(), nonce)
}

#[test]
fn a_message_that_panics_is_accepted_and_staged_with_the_reason() {
    let staging = FakeStaging::default();
    let body = br#"{"a":1}"#;
    let panicking: Identify = |_, _, _| panic!("a defect on this message");
    let answer = post_by(panicking, &staging, "meters", "7", &signed("7"), body);
    assert_eq!(answer.0, 200);
    let staged = staging.staged.lock().unwrap();
    let staged = Staged::from_body(&staged[0].body).unwrap();
    assert_eq!(
        staged.error,
        Some(thingrelay_core::staged::EdgeError::Panic)
    );
    assert_eq!(&*staged.original, body);
}

#[test]
fn any_bytes_are_staged_as_they_are_and_fit() {
    let largest = vec![0xFF; MAX_ORIGINAL_BYTES];
    let bodies: [&[u8]; 7] = [
        b"",
        b"{}",
        b"no json",
        b"\x00\x01",
        b"\xff\xfe",
        "\u{FFFF}".as_bytes(),
        &largest,
    ];
    for body in bodies {
        let staging = FakeStaging::default();
        assert_eq!(
            post(&staging, "meters", "n", &signed("n"), body),
            (200, String::new())
        );
        let staged = staging.staged.into_inner().unwrap();
        let message = &staged[0];
        let read = Staged::from_body(&message.body).unwrap();
        assert_eq!(read.original, body);
        assert_eq!(read.source.as_str(), "meters");
        assert_eq!(read.received.unix_seconds(), NOW);
        assert_eq!(
            message.fifo.as_ref().unwrap().deduplication,
            read.id.as_str()
        );
        assert!(thingrelay_core::staged::sqs_takes(&message.body));
        assert!(
            message.body.len() < MAX_BYTES - 4096,
            "quarantine must have room for its line"
        );
    }
}

#[test]
fn what_is_refused_is_not_staged() {
    let too_large = vec![b' '; MAX_ORIGINAL_BYTES + 1];
    let cases: [(&str, &str, &[u8], u16, &str); 6] = [
        // Their settings are wrong; the second is known not to be pushed over HTTP.
        ("doors", &signed("n"), b"{}", 503, "misconfigured"),
        ("house", &signed("n"), b"{}", 404, "unknown_source"),
        ("nobody", &signed("n"), b"{}", 404, "unknown_source"),
        ("meters", &signed("m"), b"{}", 401, "bad_signature"),
        ("meters", "none", b"{}", 400, "malformed_header"),
        ("meters", &signed("n"), &too_large, 413, "body_too_large"),
    ];
    for (source, signature, body, status, word) in cases {
        let staging = FakeStaging::default();
        let (actual, answer) = post(&staging, source, "n", signature, body);
        assert_eq!(actual, status);
        assert!(answer.contains(&format!(r#""error":"{word}""#)), "{answer}");
        assert!(staging.staged.into_inner().unwrap().is_empty());
    }
}

#[test]
fn what_the_head_tells_is_refused_without_a_body() {
    let staging = FakeStaging::default();
    let push = function(&staging);
    let length = |bytes: usize| bytes.to_string();
    let cases = [
        ("meters", signed("n"), length(MAX_ORIGINAL_BYTES), None),
        ("open", String::new(), length(MAX_ORIGINAL_BYTES), None),
        (
            "meters",
            signed("n"),
            length(MAX_ORIGINAL_BYTES + 1),
            Some(413),
        ),
        (
            "open",
            String::new(),
            length(MAX_ORIGINAL_BYTES + 1),
            Some(413),
        ),
        (
            "meters",
            signed("m"),
            length(MAX_ORIGINAL_BYTES + 1),
            Some(401),
        ),
        ("meters", "none".to_owned(), length(2), Some(400)),
        ("nobody", signed("n"), length(2), Some(404)),
    ];
    for (source, signature, length, expected) in cases {
        let request = http::Request::post("https://example.com/")
            .header("timestamp", NOW.to_string())
            .header("nonce", "n")
            .header("signature", &signature)
            .header("content-length", &length)
            .body(Body::Empty)
            .unwrap();
        let parameters = HashMap::from([("source".to_owned(), source.to_owned())]);
        let request = request.with_path_parameters(parameters);
        let refused = push.refuse_by_head(&request);
        let status = refused.map(|response| response.status().as_u16());
        assert_eq!(status, expected, "{source} {signature} {length}");
    }
}

#[test]
fn no_200_before_the_queue_has_accepted() {
    let staging = FakeStaging {
        down: true,
        ..FakeStaging::default()
    };
    let (status, answer) = post(&staging, "meters", "n", &signed("n"), b"{}");
    assert_eq!(status, 503);
    assert!(answer.contains("staging_unavailable"));
}

#[test]
fn a_repeat_has_the_same_id_and_another_seq_or_time_another() {
    let report = |seq: u32, timestamp: u32| {
        format!(
            r#"{{"devicename":"d1","productid":"P1","topic":"P1/d1/data","payload":{{"a":1}},"seq":{seq},"timestamp":{timestamp}}}"#
        )
    };
    let staging = FakeStaging::default();
    for (nonce, body) in [
        ("a", report(1, 1_750_000_000)),
        ("b", report(1, 1_750_000_000)),
        ("c", report(2, 1_750_000_000)),
        ("d", report(1, 1_750_000_001)),
    ] {
        assert_eq!(
            post(&staging, "meters", nonce, &signed(nonce), body.as_bytes()).0,
            200
        );
    }
    let staged = staging.staged.into_inner().unwrap();
    let ids: Vec<&str> = staged
        .iter()
        .map(|message| message.fifo.as_ref().unwrap().deduplication.as_str())
        .collect();
    assert_eq!(ids[0], ids[1]);
    assert!(ids[0] != ids[2] && ids[0] != ids[3] && ids[2] != ids[3]);
    let groups: Vec<&str> = staged
        .iter()
        .map(|message| message.fifo.as_ref().unwrap().group.as_str())
        .collect();
    assert!(groups.iter().all(|group| *group == groups[0]));
}
