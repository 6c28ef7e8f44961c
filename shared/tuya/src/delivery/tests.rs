use super::{EdgeError::Unopened, *};
use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashSet;
use thingrelay::telemetry::{Counters, counters::Row};
use thingrelay_core::{
    event::EventType,
    message::{MAX_BYTES, Message},
    normalize::normalize,
    source::Decoding,
    staged::{MAX_ORIGINAL_BYTES, Staged, sqs_takes, stand_in},
    timestamp::Timestamp,
    tuya::{AccessId, AccessKey, Mode, Topic},
};

const NOW: i64 = 1_795_226_710_000;
const REPORT: &str =
    r#"{"dataId":"AB01","devId":"dev1","productKey":"p1","status":[{"code":"temp","value":7}]}"#;

fn opener(policy: SignaturePolicy) -> Opener {
    let id = AccessId::parse("relaytestid000000001").unwrap();
    let key = AccessKey::parse("00112233445566778899aabbccddeeff").unwrap();
    Opener {
        source: SourceName::parse("house").unwrap(),
        topic: Topic::Event.of(&id),
        access: Access::new(id, key),
        policy,
        clock: Clock::from_fn(|| Timestamp::from_unix_millis(NOW)),
        open: tuya::open,
    }
}

fn sealed(mode: Mode, plaintext: &str) -> String {
    let opener = opener(SignaturePolicy::Off);
    let nonce = [7; 12];
    tuya::seal(
        &opener.access,
        mode,
        4,
        NOW - 5,
        plaintext.as_bytes(),
        nonce,
    )
}

fn frame(payload: &str) -> Frame<'static> {
    frame_of(STANDARD.encode(payload))
}

/// A frame with exactly this text as its payload.
fn frame_of(payload: String) -> Frame<'static> {
    Frame {
        message_id: "CAcQABgAMAA=".into(),
        payload: payload.into(),
        em: None,
        published: Some(Timestamp::from_unix_millis(NOW - 1)),
        key: Some("dev1".into()),
    }
}

/// The delivery, and the counters that it increased: name and reason.
fn counted(opener: &Opener, frame: &Frame<'_>) -> (Delivery<AckToken>, Vec<(String, String)>) {
    let counters = Counters::default();
    let delivery = metrics::with_local_recorder(&counters, || opener.delivery(frame));
    let counts = counters.take().into_iter().map(|(row, count)| {
        let Row {
            name,
            source,
            reason,
            ..
        } = row;
        assert_eq!((source.as_deref(), count), (Some("house"), 1));
        (name, reason.unwrap_or_default())
    });
    (delivery, counts.collect())
}

fn staged(delivery: &Delivery<AckToken>) -> Staged<'_> {
    let staged = Staged::from_body(&delivery.message.body).unwrap();
    assert_eq!(staged.id, delivery.id);
    let fifo = delivery.message.fifo.as_ref().unwrap();
    assert_eq!(fifo.deduplication, delivery.id.as_str());
    assert!(sqs_takes(&delivery.message.body));
    assert!(
        delivery.message.body.len() < MAX_BYTES - 4096,
        "quarantine must have room for its line"
    );
    staged
}

fn provenance<'a>(staged: &'a Staged<'a>) -> &'a TuyaProvenance<'a> {
    match &staged.transport {
        Transport::Pulsar(provenance) => provenance,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_can_be_opened_is_staged_as_plaintext_with_its_provenance() {
    let opener = opener(SignaturePolicy::Log);
    for (mode, em) in [(Mode::Ecb, None), (Mode::Gcm, Some("aes_gcm"))] {
        let frame = Frame {
            em: em.map(Cow::Borrowed),
            ..frame(&sealed(mode, REPORT))
        };
        let (delivery, counts) = counted(&opener, &frame);
        assert_eq!(counts, []);
        assert_eq!(delivery.ack_token, AckToken("CAcQABgAMAA=".to_owned()));
        let expected = Staged {
            id: delivery.id.clone(),
            source: opener.source.clone(),
            platform: Platform::Tuya,
            received: Timestamp::from_unix_millis(NOW),
            transport: Transport::Pulsar(TuyaProvenance {
                topic: Cow::Borrowed("persistent://relaytestid000000001/out/event"),
                message_id: Cow::Borrowed("CAcQABgAMAA="),
                published: Some(Timestamp::from_unix_millis(NOW - 1)),
                em: em.map(Cow::Borrowed),
                protocol: Some(4),
                t: Some(NOW - 5),
                sign: SignVerdict::Valid,
            }),
            error: None,
            replay: None,
            original: Cow::Borrowed(REPORT.as_bytes()),
        };
        assert_eq!(staged(&delivery), expected);
    }
}

#[test]
fn what_cannot_be_opened_is_staged_as_it_came_with_the_reason() {
    let good = sealed(Mode::Ecb, REPORT);
    let with = |member: &str, value: Value| {
        let mut envelope: Value = serde_json::from_str(&good).unwrap();
        envelope[member] = value;
        envelope.to_string()
    };
    let forged = with("sign", json!("0123456789abcdef0123456789abcdef"));
    let no_cipher = with("data", json!(STANDARD.encode("0123456789abcdef")));
    let (log, enforce) = (SignaturePolicy::Log, SignaturePolicy::Enforce);
    let failed = |reason: &str| vec![("decryption_failed".to_owned(), reason.to_owned())];
    let bad_sign = || vec![("bad_sign".to_owned(), String::new())];
    let missing_sign = || vec![("missing_sign".to_owned(), String::new())];
    let unsigned = with("sign", Value::Null);
    let cases: [(_, &str, _, _); 13] = [
        (
            log,
            "",
            Some(Unopened(OpenError::NotJson)),
            failed("not_json"),
        ),
        (
            log,
            "no json",
            Some(Unopened(OpenError::NotJson)),
            failed("not_json"),
        ),
        (
            log,
            "\u{1}",
            Some(Unopened(OpenError::NotJson)),
            failed("not_json"),
        ),
        (
            log,
            "{}",
            Some(Unopened(OpenError::NoData)),
            [failed("no_data"), missing_sign()].concat(),
        ),
        (
            SignaturePolicy::Off,
            &no_cipher,
            Some(Unopened(OpenError::DecryptionFailed)),
            failed("decryption_failed"),
        ),
        (
            log,
            &no_cipher,
            Some(Unopened(OpenError::DecryptionFailed)),
            [bad_sign(), failed("decryption_failed")].concat(),
        ),
        (
            enforce,
            &forged,
            Some(Unopened(OpenError::BadSignature)),
            bad_sign(),
        ),
        (log, &forged, None, bad_sign()),
        (SignaturePolicy::Off, &forged, None, vec![]),
        (
            enforce,
            &unsigned,
            Some(Unopened(OpenError::BadSignature)),
            missing_sign(),
        ),
        (log, &unsigned, None, missing_sign()),
        (SignaturePolicy::Off, &unsigned, None, vec![]),
        (enforce, &good, None, vec![]),
    ];
    for (policy, payload, failure, expected) in cases {
        let (delivery, counts) = counted(&opener(policy), &frame(payload));
        let staged = staged(&delivery);
        assert_eq!(staged.error, failure, "{policy:?} {payload}");
        assert_eq!(counts, expected, "{policy:?} {payload}");
        match failure {
            Some(_) => assert_eq!(staged.original, payload.as_bytes()),
            None => assert_eq!(staged.original, REPORT.as_bytes()),
        }
    }
}

#[test]
fn a_payload_that_is_no_base64_is_staged_as_it_came() {
    for payload in ["%%%", "a", "e30=e30=", "{\"a\": 1}", "e3 0=", "e31="] {
        let (delivery, counts) =
            counted(&opener(SignaturePolicy::Log), &frame_of(payload.to_owned()));
        let staged = staged(&delivery);
        assert_eq!(
            staged.error,
            Some(Unopened(OpenError::NotBase64)),
            "{payload}"
        );
        assert_eq!(staged.original, payload.as_bytes());
        let expected = ("decryption_failed".to_owned(), "not_base64".to_owned());
        assert_eq!(counts, [expected]);
    }
    for payload in ["e30", "e30=", "e3\r\n0=\n"] {
        let delivery = opener(SignaturePolicy::Log).delivery(&frame_of(payload.to_owned()));
        assert_eq!(
            staged(&delivery).error,
            Some(Unopened(OpenError::NoData)),
            "{payload}"
        );
    }
}

#[test]
fn what_no_queue_takes_is_referred_to() {
    let opener = opener(SignaturePolicy::Log);
    let fits = format!("\"{}\"", "x".repeat(MAX_ORIGINAL_BYTES - 2));
    let too_large = format!("\"{}\"", "x".repeat(MAX_ORIGINAL_BYTES - 1));
    let (delivery, counts) = counted(&opener, &frame(&sealed(Mode::Ecb, &fits)));
    assert_eq!((staged(&delivery).error, counts), (None, vec![]));
    let unopened = "x".repeat(MAX_ORIGINAL_BYTES + 1);
    let not_json = vec![("decryption_failed".to_owned(), "not_json".to_owned())];
    let cases = [
        (sealed(Mode::Ecb, &too_large), &too_large, Some(4), vec![]),
        (unopened.clone(), &unopened, None, not_json),
    ];
    for (payload, original, protocol, expected_counts) in cases {
        let (delivery, counts) = counted(&opener, &frame(&payload));
        let staged = staged(&delivery);
        assert_eq!(staged.error, Some(EdgeError::TooLarge));
        assert_eq!(provenance(&staged).protocol, protocol);
        let reference: Value = serde_json::from_slice(&staged.original).unwrap();
        let expected = json!({
            "topic": "persistent://relaytestid000000001/out/event",
            "message_id": "CAcQABgAMAA=",
            "bytes": MAX_ORIGINAL_BYTES + 1,
            "sha256": hex::encode(Sha256::digest(original)),
        });
        assert_eq!(reference, expected);
        assert_eq!(counts, expected_counts);
    }
}

#[test]
fn what_stands_in_for_a_refused_message_keeps_its_place() {
    let opener = opener(SignaturePolicy::Log);
    let delivery = opener.delivery(&frame(&sealed(Mode::Ecb, REPORT)));
    let message = stand_in(&delivery.message).unwrap();
    assert_eq!(message.fifo, delivery.message.fifo);
    let (refused, stands_in) = (staged(&delivery), Staged::from_body(&message.body).unwrap());
    let reference: Value = serde_json::from_slice(&stands_in.original).unwrap();
    assert_eq!(reference["message_id"], "CAcQABgAMAA=");
    assert_eq!(reference["bytes"], REPORT.len());
    let expected = Staged {
        error: Some(EdgeError::RefusedByQueue),
        replay: None,
        original: stands_in.original.clone(),
        ..refused
    };
    assert_eq!(stands_in, expected);
    let unreadable = Message {
        body: "no record".to_owned(),
        fifo: None,
    };
    assert_eq!(stand_in(&unreadable), None);
}

#[test]
fn a_message_that_panics_is_staged_as_it_came_and_is_no_failed_decryption() {
    let opener = Opener {
        open: |_, _, _, _| panic!("a defect on this message"),
        ..opener(SignaturePolicy::Log)
    };
    let payload = sealed(Mode::Ecb, REPORT);
    let (delivery, counts) = counted(&opener, &frame(&payload));
    let staged = staged(&delivery);
    assert_eq!(staged.error, Some(EdgeError::Panic));
    assert_eq!(staged.original, payload.as_bytes());
    assert_eq!(counts, []);
}

#[test]
fn messages_of_a_device_are_one_group_opened_or_not() {
    let opener = opener(SignaturePolicy::Log);
    let group = |frame: &Frame<'_>| opener.delivery(frame).message.fifo.unwrap().group;
    let opened = group(&frame(&sealed(Mode::Ecb, REPORT)));
    assert_eq!(group(&frame("no json")), opened);
    assert_eq!(group(&frame_of("%".to_owned())), opened);
    let keyed = |key: Option<&'static str>| Frame {
        key: key.map(Cow::Borrowed),
        ..frame("no json")
    };
    assert_ne!(group(&keyed(Some("dev2"))), opened);
    assert_ne!(group(&keyed(None)), opened);
}

#[test]
fn a_message_that_comes_again_has_the_same_id() {
    let opener = opener(SignaturePolicy::Log);
    let id = |frame: &Frame<'_>| opener.delivery(frame).id;
    for payload in [sealed(Mode::Ecb, REPORT), "no json".to_owned()] {
        assert_eq!(id(&frame(&payload)), id(&frame(&payload)));
    }
    let other = Frame {
        message_id: "CAcQARgAMAA=".into(),
        ..frame("no json")
    };
    assert_ne!(id(&frame("no json")), id(&other));
}

/// From the frame to the event: a device that disconnects and connects within a second is online at
/// the end.
#[test]
fn messages_that_say_the_same_are_told_apart_and_all_become_events() {
    let opener = opener(SignaturePolicy::Log);
    let say = |code: &str| {
        format!(
            r#"{{"bizCode":"{code}","bizData":{{"time":1795226700}},"devId":"dev1","productKey":"p1","ts":0}}"#
        )
    };
    let report = |value: u8| {
        format!(
            r#"{{"bizCode":"statusReport","devId":"dev1","status":[{{"dpId":1,"value":{value}}}],"ts":5}}"#
        )
    };
    let plaintexts = [
        say("online"),
        say("offline"),
        say("online"),
        report(1),
        report(2),
        report(2),
    ];
    let mut ids = HashSet::new();
    let mut kinds = Vec::new();
    for (number, plaintext) in plaintexts.iter().enumerate() {
        let frame = Frame {
            message_id: number.to_string().into(),
            ..frame(&sealed(Mode::Ecb, plaintext))
        };
        for copy in 0..2 {
            let delivery = opener.delivery(&frame);
            assert_eq!(ids.insert(delivery.id.clone()), copy == 0, "{plaintext}");
        }
        let delivery = opener.delivery(&frame);
        let events = normalize(&staged(&delivery), Decoding::default()).unwrap();
        kinds.push(events[0].kind);
    }
    let (online, offline) = (EventType::DeviceOnline, EventType::DeviceOffline);
    let properties = EventType::DeviceProperties;
    assert_eq!(
        kinds,
        [online, offline, online, properties, properties, properties]
    );
}

#[test]
fn long_words_of_a_broker_leave_room_for_the_original() {
    let word = "\u{e9}".repeat(300_000);
    let frame = Frame {
        message_id: word.clone().into(),
        em: Some(word.clone().into()),
        ..frame_of("%".repeat(MAX_ORIGINAL_BYTES))
    };
    let delivery = opener(SignaturePolicy::Log).delivery(&frame);
    assert_eq!(delivery.ack_token.0, word);
    let staged = staged(&delivery);
    let provenance = provenance(&staged);
    assert_eq!(provenance.message_id, word[..MAX_WORD_BYTES]);
    assert_eq!(provenance.em.as_deref(), Some(&word[..MAX_WORD_BYTES]));
}

proptest! {
    #[test]
    fn any_payload_is_staged(
        payload in prop::collection::vec(any::<u8>(), 0..200),
        text in "\\PC{0,40}",
        em in prop::option::of("\\PC{0,10}"),
    ) {
        let opener = opener(SignaturePolicy::Enforce);
        for payload in [STANDARD.encode(&payload), text] {
            let frame = Frame {
                em: em.as_deref().map(Cow::Borrowed),
                ..frame_of(payload)
            };
            let delivery = opener.delivery(&frame);
            prop_assert!(staged(&delivery).error.is_some());
        }
    }

    #[test]
    fn any_json_is_staged_as_it_is(text in "\\PC{0,80}") {
        let text = serde_json::Value::from(text).to_string();
        let delivery = opener(SignaturePolicy::Enforce).delivery(&frame(&sealed(Mode::Ecb, &text)));
        prop_assert_eq!(&*staged(&delivery).original, text.as_bytes());
    }
}
