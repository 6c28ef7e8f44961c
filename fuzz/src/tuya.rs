//! Messages of Tuya's message service: envelope, decryption, sign, and what was encrypted.
use std::borrow::Cow;
use std::sync::LazyLock;

use crate::input;
use crate::staging::{Staging, one_id_has_one_content, stage};
use serde_json::Value;
use thingrelay_core::source::{Platform, SourceName};
use thingrelay_core::staged::{Incoming, Transport, TuyaProvenance};
use thingrelay_core::timestamp::Timestamp;
use thingrelay_core::tuya::{
    self, Access, AccessId, AccessKey, Mode, SignVerdict, SignaturePolicy, open, seal,
};

static SOURCE: LazyLock<SourceName> = LazyLock::new(|| SourceName::parse("house").unwrap());

const KEY: &str = "8f3kQz1mWv7pLx2tBn6sRd4h";
const OTHER_KEY: &str = "Zq9wEr8tYu7iOp6aSd5fGh4j";

static ACCESS: LazyLock<Access> = LazyLock::new(|| access(KEY));
static OTHER_ACCESS: LazyLock<Access> = LazyLock::new(|| access(OTHER_KEY));

const TOPIC: &str = "persistent://p1/out/event";
const POLICIES: [SignaturePolicy; 3] = [
    SignaturePolicy::Off,
    SignaturePolicy::Log,
    SignaturePolicy::Enforce,
];

fn access(key: &str) -> Access {
    Access::new(
        AccessId::parse("p1").unwrap(),
        AccessKey::parse(key).unwrap(),
    )
}

/// Checks an input.
pub fn check(input: &[u8]) {
    let (text, edited) = input::pair(input);
    envelopes_are_opened_or_refused(&text);
    sealed_messages_are_opened(&text, &edited);
    let first = pulled(&text, "1:2:3");
    let second = pulled(&edited, "1:2:3");
    if !names_a_data_id(&text) {
        one_id_has_one_content(&first, &second);
        // Another place at the broker is another message.
        assert_ne!(first.id, pulled(&text, "1:2:4").id);
    }
}

/// The input as an envelope: nothing that is not encrypted with the key is opened.
fn envelopes_are_opened_or_refused(payload: &[u8]) {
    for em in [None, Some("aes_gcm"), Some("aes_ecb")] {
        let opened = POLICIES.map(|policy| open(&ACCESS, policy, payload, em));
        let [off, log, enforce] = &opened;
        match (off, log) {
            (Ok(off), Ok(log)) => assert_eq!(off.plaintext, log.plaintext),
            (Err(off), Err(log)) => assert_eq!(off.error, log.error),
            _ => panic!("whether a sign is looked at does not change what opens"),
        }
        if let Ok(enforced) = enforce {
            assert_eq!(enforced.sign, SignVerdict::Valid);
        }
        for result in &opened {
            assert!(!format!("{result:?}").contains(KEY));
        }
        let opened = log.as_ref().ok();
        stage(Incoming {
            identified: match opened {
                Some(opened) => tuya::identify(&SOURCE, TOPIC, "1:2:3", &opened.plaintext),
                None => tuya::identify_unopened(&SOURCE, TOPIC, "1:2:3", payload, em),
            },
            source: &SOURCE,
            platform: Platform::Tuya,
            received: received(),
            transport: Transport::Pulsar(TuyaProvenance {
                em: em.map(Cow::Borrowed),
                protocol: opened.and_then(|opened| opened.protocol),
                t: opened.and_then(|opened| opened.t),
                sign: opened.map_or(SignVerdict::Unchecked, |opened| opened.sign),
                ..provenance("1:2:3")
            }),
            error: log.as_ref().err().map(|unopened| unopened.error.into()),
            original: Cow::Borrowed(opened.map_or(payload, |opened| &opened.plaintext)),
        });
    }
}

/// The input as what was encrypted.
fn sealed_messages_are_opened(plaintext: &[u8], edits: &[u8]) {
    let is_json = serde_json::from_slice::<&serde_json::value::RawValue>(plaintext).is_ok();
    for mode in [Mode::Ecb, Mode::Gcm] {
        let sealed = seal(&ACCESS, mode, 4, 1_750_000_000_000, plaintext, [7; 12]);
        let opened = open(
            &ACCESS,
            SignaturePolicy::Enforce,
            sealed.as_bytes(),
            Some(mode.em()),
        );
        if is_json || mode == Mode::Gcm {
            let opened = opened.expect("what the key has sealed opens");
            assert_eq!(opened.plaintext, plaintext);
            assert_eq!(
                (opened.protocol, opened.t),
                (Some(4), Some(1_750_000_000_000))
            );
            assert_eq!(opened.sign, SignVerdict::Valid);
        }
        let by_other = open(
            &OTHER_ACCESS,
            SignaturePolicy::Enforce,
            sealed.as_bytes(),
            Some(mode.em()),
        );
        assert!(by_other.is_err(), "another key opens nothing");
        if mode == Mode::Gcm {
            let changed = changed(&sealed, edits);
            if let Ok(opened) = open(&ACCESS, SignaturePolicy::Off, &changed, Some(mode.em())) {
                assert_eq!(opened.plaintext, plaintext, "GCM proves what it decrypts");
            }
        }
    }
}

/// The envelope with a byte changed.
fn changed(sealed: &str, edits: &[u8]) -> Vec<u8> {
    let mut bytes = sealed.as_bytes().to_vec();
    let [low, high, with, ..] = *edits else {
        return bytes;
    };
    let at = usize::from(u16::from_le_bytes([low, high])) % bytes.len();
    bytes[at] = with;
    bytes
}

fn pulled(plaintext: &[u8], message_id: &str) -> Staging {
    stage(Incoming {
        identified: tuya::identify(&SOURCE, TOPIC, message_id, plaintext),
        source: &SOURCE,
        platform: Platform::Tuya,
        received: received(),
        transport: Transport::Pulsar(provenance(message_id)),
        error: None,
        original: Cow::Borrowed(plaintext),
    })
}

fn received() -> Timestamp {
    Timestamp::from_unix_millis(1_750_000_000_123)
}

fn provenance(message_id: &str) -> TuyaProvenance<'_> {
    TuyaProvenance {
        topic: Cow::Borrowed(TOPIC),
        message_id: Cow::Borrowed(message_id),
        published: Some(Timestamp::from_unix_millis(1_750_000_000_001)),
        em: Some(Cow::Borrowed("aes_gcm")),
        protocol: Some(4),
        t: Some(1_750_000_000_000),
        sign: SignVerdict::Valid,
    }
}

/// A report that comes in both families of messages has one `dataId`, and so one id for two
/// contents: this is the one exception from the rule.
fn names_a_data_id(text: &[u8]) -> bool {
    fn names(value: &Value) -> bool {
        match value {
            Value::Object(members) => members
                .iter()
                .any(|(name, value)| name.eq_ignore_ascii_case("dataId") || names(value)),
            Value::Array(elements) => elements.iter().any(names),
            Value::String(text) => {
                text.to_ascii_lowercase().contains("dataid") || text.contains("\\u")
            }
            _ => false,
        }
    }
    match serde_json::from_slice(text) {
        Ok(value) => names(&value),
        // A number or a text that only other parsers refuse.
        Err(_) => {
            let text = String::from_utf8_lossy(text).to_ascii_lowercase();
            text.contains("dataid") || text.contains("\\u")
        }
    }
}
