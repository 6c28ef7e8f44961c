//! Which messages can be opened, which cannot, and why.

use crate::{ID, KEY, access};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use proptest::{collection::vec, option, prelude::*};
use serde_json::{Value, json};
use thingrelay_core::tuya::{
    Mode, OpenError, SignVerdict, SignaturePolicy, UnopenedMessage, open, seal,
};

const NONCE: [u8; 12] = [7; 12];

fn failure(payload: &str, em: Option<&str>) -> UnopenedMessage {
    open(
        &access(ID, KEY),
        SignaturePolicy::Log,
        payload.as_bytes(),
        em,
    )
    .unwrap_err()
}

fn sealed(mode: Mode) -> Value {
    let envelope = seal(&access(ID, KEY), mode, 4, 1_795_233_600_200, b"{}", NONCE);
    serde_json::from_str(&envelope).unwrap()
}

/// The envelope with its data, decoded, changed.
fn with_data(mode: Mode, change: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut envelope = sealed(mode);
    let mut data = BASE64.decode(envelope["data"].as_str().unwrap()).unwrap();
    change(&mut data);
    envelope["data"] = BASE64.encode(data).into();
    envelope.to_string()
}

#[test]
fn what_cannot_be_opened_says_why() {
    let gcm = Some("aes_gcm");
    let cases = [
        ("".to_owned(), None, OpenError::NotJson),
        ("4".to_owned(), None, OpenError::NotJson),
        ("[]".to_owned(), None, OpenError::NotJson),
        ("{\"data\":".to_owned(), None, OpenError::NotJson),
        ("{}".to_owned(), None, OpenError::NoData),
        (r#"{"data":""}"#.to_owned(), None, OpenError::NoData),
        (r#"{"data":null}"#.to_owned(), None, OpenError::NoData),
        (r#"{"data":{}}"#.to_owned(), None, OpenError::NoData),
        (
            json!({"encryptPayload": "4FDE", "encryptType": "aes_ecb", "t": 1, "v": "1.0"})
                .to_string(),
            None,
            OpenError::DecryptionFailed,
        ),
        (
            json!({"encryptPayload": "", "encryptType": "aes_ecb", "t": 1, "v": "1.0"}).to_string(),
            None,
            OpenError::NoData,
        ),
        (r#"{"data":"*?"}"#.to_owned(), None, OpenError::NotBase64),
        (
            r#"{"data":"abc="}"#.to_owned(),
            None,
            OpenError::DecryptionFailed,
        ),
        // A block that is too short, and no block at all.
        (
            with_data(Mode::Ecb, |data| data.truncate(15)),
            None,
            OpenError::DecryptionFailed,
        ),
        (
            with_data(Mode::Gcm, |data| data.truncate(27)),
            gcm,
            OpenError::DecryptionFailed,
        ),
        // Changed on its way: the last byte of the tag, of the nonce, of the ciphertext.
        (
            with_data(Mode::Gcm, |data| *data.last_mut().unwrap() ^= 1),
            gcm,
            OpenError::DecryptionFailed,
        ),
        (
            with_data(Mode::Gcm, |data| data[0] ^= 1),
            gcm,
            OpenError::DecryptionFailed,
        ),
        (
            with_data(Mode::Gcm, |data| data[12] ^= 1),
            gcm,
            OpenError::DecryptionFailed,
        ),
        // Hexadecimal: of an odd length, and not a message.
        (r#"{"data":"abcde"}"#.to_owned(), None, OpenError::NotBase64),
        (
            r#"{"data":"abcdef"}"#.to_owned(),
            None,
            OpenError::DecryptionFailed,
        ),
        // ECB taken for GCM; only GCM proves its result.
        (
            sealed(Mode::Ecb).to_string(),
            gcm,
            OpenError::DecryptionFailed,
        ),
    ];
    for (payload, em, expected) in cases {
        assert_eq!(failure(&payload, em).error, expected, "{payload}");
    }
}

/// Another encoder, and another service of Tuya's, write the envelope like this.
#[test]
fn envelopes_of_other_spellings_are_opened() {
    type Change = fn(&mut Value);
    fn data(envelope: &mut Value, change: impl Fn(&str) -> String) {
        envelope["data"] = change(envelope["data"].as_str().unwrap()).into();
    }
    fn renamed(envelope: &mut Value, name: &str) {
        envelope[name] = envelope["data"].take();
    }
    let changes: [(&str, Change); 13] = [
        ("as it is", |_| {}),
        ("line breaks", |envelope| {
            data(envelope, |text| {
                format!("{}\n{}\r\n", &text[..8], &text[8..])
            });
        }),
        ("URL alphabet", |envelope| {
            data(envelope, |text| text.replace('+', "-").replace('/', "_"));
        }),
        ("no padding", |envelope| {
            data(envelope, |text| text.trim_end_matches('=').to_owned());
        }),
        ("hexadecimal", |envelope| {
            data(envelope, |text| hex::encode(BASE64.decode(text).unwrap()));
        }),
        ("encryptPayload", |envelope| {
            renamed(envelope, "encryptPayload")
        }),
        ("ENCRYPTPAYLOAD", |envelope| {
            renamed(envelope, "ENCRYPTPAYLOAD")
        }),
        ("encryptedPayload", |envelope| {
            renamed(envelope, "encryptedPayload")
        }),
        ("encrypt_payload", |envelope| {
            renamed(envelope, "encrypt_payload");
        }),
        ("encryptData", |envelope| renamed(envelope, "encryptData")),
        ("encryptPayload, line breaks", |envelope| {
            data(envelope, |text| format!("{text}\n"));
            renamed(envelope, "encryptPayload");
        }),
        ("null beside it", |envelope| {
            renamed(envelope, "encryptPayload");
            envelope["data"] = Value::Null;
        }),
        ("numbers as texts", |envelope| {
            envelope["protocol"] = "4".into();
            envelope["t"] = "1795233600200".into();
        }),
    ];
    let access = access(ID, KEY);
    for plaintext in ["{\"a\":\"~~~???>>>\"}", "\u{feff}{\"a\":1}", "{\"a\":1}\0"] {
        for mode in [Mode::Ecb, Mode::Gcm] {
            for (name, change) in &changes {
                let sealed = seal(
                    &access,
                    mode,
                    4,
                    1_795_233_600_200,
                    plaintext.as_bytes(),
                    NONCE,
                );
                let mut envelope = serde_json::from_str(&sealed).unwrap();
                change(&mut envelope);
                for mark in ["", "\u{feff}"] {
                    let payload = format!("{mark}{envelope}");
                    let opened = open(&access, SignaturePolicy::Log, payload.as_bytes(), None);
                    let opened = opened.unwrap_or_else(|failure| panic!("{name} {failure:?}"));
                    assert_eq!(opened.plaintext, plaintext.as_bytes(), "{name}");
                    assert_eq!(
                        (opened.protocol, opened.t),
                        (Some(4), Some(1_795_233_600_200))
                    );
                }
            }
        }
    }
}

#[test]
fn the_envelope_may_say_how_it_is_encrypted() {
    for (mode, property, word) in [
        (Mode::Gcm, None, "aes_gcm"),
        (Mode::Gcm, Some(""), "aes_gcm"),
        (Mode::Gcm, Some("aes_gcm"), "aes_ecb"),
        (Mode::Ecb, None, "aes_ecb"),
        (Mode::Ecb, Some("aes_ecb"), "aes_gcm"),
        (Mode::Gcm, Some("AES_GCM"), "aes_ecb"),
        (Mode::Gcm, Some("aes-gcm"), "aes_ecb"),
        (Mode::Gcm, Some("aes_ecb"), "aes_ecb"),
        (Mode::Gcm, None, "AES-GCM"),
        (Mode::Gcm, None, "unheard of"),
        (Mode::Ecb, None, "AES_ECB"),
    ] {
        let mut envelope = sealed(mode);
        envelope["encryptPayload"] = envelope["data"].take();
        envelope["encryptVersion"] = Value::Null;
        envelope["encryptType"] = word.into();
        let payload = envelope.to_string();
        let opened = open(
            &access(ID, KEY),
            SignaturePolicy::Off,
            payload.as_bytes(),
            property,
        );
        assert_eq!(opened.unwrap().plaintext, b"{}", "{property:?} {word}");
    }
}

#[test]
fn the_envelopes_version_and_numbers_come_in_several_spellings() {
    for version in ["v2", "V2", "v3"] {
        for t in [
            json!(1_795_233_600_200_i64),
            json!(1_795_233_600_200.0),
            json!(" 1795233600200.00"),
        ] {
            let mut envelope = sealed(Mode::Gcm);
            envelope["encryptVersion"] = version.into();
            envelope["t"] = t;
            let payload = envelope.to_string();
            let opened = open(
                &access(ID, KEY),
                SignaturePolicy::Off,
                payload.as_bytes(),
                None,
            );
            let opened = opened.unwrap();
            assert_eq!(opened.plaintext, b"{}", "{payload}");
            assert_eq!(opened.t, Some(1_795_233_600_200), "{payload}");
        }
    }
}

#[test]
fn what_could_be_read_of_it_is_told_all_the_same() {
    let payload = r#"{"data":"AAAA","protocol":"20","t":1795233600200,"sign":"00"}"#;
    assert_eq!(
        failure(payload, None),
        UnopenedMessage {
            error: OpenError::DecryptionFailed,
            protocol: Some(20),
            t: Some(1_795_233_600_200),
            sign: SignVerdict::Invalid,
        }
    );
}

#[test]
fn another_key_opens_nothing() {
    let other = access(ID, "another0key1another2key3another4");
    for (mode, em) in [(Mode::Ecb, None), (Mode::Gcm, Some("aes_gcm"))] {
        let payload = sealed(mode).to_string();
        let unopened = open(&other, SignaturePolicy::Log, payload.as_bytes(), em).unwrap_err();
        assert_eq!(unopened.error, OpenError::DecryptionFailed);
        assert_eq!(unopened.sign, SignVerdict::Invalid);
    }
}

/// A message of two blocks in hexadecimal is three blocks in base64, and now and then the last of
/// those happens to end as padding does.
#[test]
fn hexadecimal_data_is_never_taken_for_base64() {
    let access = access(ID, KEY);
    for number in 0..2_000 {
        let plaintext = format!("{{\"number\":\"{number:05}\"}}");
        for mode in [Mode::Ecb, Mode::Gcm] {
            let payload = seal(&access, mode, 4, 5, plaintext.as_bytes(), NONCE);
            let mut envelope: Value = serde_json::from_str(&payload).unwrap();
            let data = BASE64.decode(envelope["data"].as_str().unwrap()).unwrap();
            for text in [hex::encode(&data), hex::encode_upper(&data)] {
                envelope["data"] = text.into();
                let payload = envelope.to_string();
                let opened = open(&access, SignaturePolicy::Off, payload.as_bytes(), None);
                assert_eq!(opened.unwrap().plaintext, plaintext.as_bytes(), "{payload}");
            }
        }
    }
}

/// In ECB, only the padding, which is right for one key in 256, and the result reveal a wrong key.
#[test]
fn none_of_many_keys_opens_what_another_has_sealed() {
    let payload = sealed(Mode::Ecb).to_string();
    for number in 0..5_000 {
        let other = access(ID, &format!("{number:032}"));
        let opened = open(&other, SignaturePolicy::Off, payload.as_bytes(), None);
        let failure = opened.map_err(|unopened| unopened.error);
        assert_eq!(failure, Err(OpenError::DecryptionFailed), "{number}");
    }
}

/// All of the padding is checked, whatever it claims: `01` to `10`, that many times.
#[test]
fn padding_is_checked_in_full() {
    use aes::{
        Aes128,
        cipher::{Array, BlockCipherEncrypt, KeyInit},
    };
    let encrypted = |block: [u8; 16]| {
        let mut block = Array(block);
        let key: [u8; 16] = KEY.as_bytes()[8..24].try_into().unwrap();
        Aes128::new(&Array(key)).encrypt_block(&mut block);
        json!({"data": BASE64.encode(block)}).to_string()
    };
    for last in 0..=255_u8 {
        for wrong in [None, Some(usize::from(last)), Some(2)] {
            let mut block = [b'1'; 16];
            let padded = usize::from(last).min(16);
            block[16 - padded..].fill(last);
            block[15] = last;
            // Padding alone is not a message.
            let is_padding = (1..=15).contains(&last);
            // One byte of the padding, the first or the one before the last, is wrong.
            let is_spoilt = wrong.is_some_and(|wrong| {
                let at = 16_usize.checked_sub(wrong);
                let within =
                    at.filter(|at| (2..=16).contains(&wrong) && wrong <= padded && *at < 15);
                within.inspect(|at| block[*at] = last ^ 0x40).is_some()
            });
            let opened = open(
                &access(ID, KEY),
                SignaturePolicy::Off,
                encrypted(block).as_bytes(),
                None,
            );
            match opened {
                Ok(opened) => {
                    assert!(is_padding && !is_spoilt, "{block:?}");
                    assert_eq!(opened.plaintext, block[..16 - padded]);
                }
                Err(unopened) => {
                    assert!(!is_padding || is_spoilt, "{block:?}");
                    assert_eq!(unopened.error, OpenError::DecryptionFailed);
                }
            }
        }
    }
}

#[test]
fn the_policy_decides_about_a_sign_that_does_not_fit() {
    let mut wrong = sealed(Mode::Gcm);
    wrong["sign"] = "0".repeat(32).into();
    let mut none = sealed(Mode::Gcm);
    none.as_object_mut().unwrap().remove("sign");
    let mut empty = sealed(Mode::Gcm);
    empty["sign"] = "".into();
    let mut capitals = sealed(Mode::Gcm);
    capitals["sign"] = capitals["sign"].as_str().unwrap().to_uppercase().into();
    let cases = [
        (sealed(Mode::Gcm), SignVerdict::Valid),
        (capitals, SignVerdict::Valid),
        (wrong, SignVerdict::Invalid),
        (none, SignVerdict::Absent),
        (empty, SignVerdict::Absent),
    ];
    let access = access(ID, KEY);
    for (envelope, verdict) in cases {
        let payload = envelope.to_string();
        let opened = |policy| open(&access, policy, payload.as_bytes(), Some("aes_gcm"));
        assert_eq!(
            opened(SignaturePolicy::Off).unwrap().sign,
            SignVerdict::Unchecked
        );
        assert_eq!(opened(SignaturePolicy::Log).unwrap().sign, verdict);
        match opened(SignaturePolicy::Enforce) {
            Ok(opened) => assert_eq!((verdict, opened.sign), (SignVerdict::Valid, verdict)),
            Err(unopened) => {
                assert_ne!(verdict, SignVerdict::Valid, "{payload}");
                assert_eq!(unopened.error, OpenError::BadSignature);
                assert_eq!(unopened.sign, verdict);
            }
        }
    }
}

/// The sign covers every member except empty ones, in the order of the keys. The order in the
/// envelope does not matter. `encryptVersion` may be covered or not.
#[test]
fn the_sign_is_over_every_member_that_is_not_empty() {
    use md5::{Digest, Md5};
    let data = sealed(Mode::Ecb)["data"].as_str().unwrap().to_owned();
    let signed = |text: &str| hex::encode(Md5::digest(format!("{text}||{KEY}")));
    let cases = [
        (
            format!(r#"{{"t":5,"data":"{data}","a":"x","b":"","c":null,"d":true,"e":{{"f":1}}}}"#),
            format!(r#"a=x||d=true||data={data}||e={{"f":1}}||t=5"#),
        ),
        (
            format!(r#"{{"data":"{data}","encryptVersion":"v1","pv":2.0}}"#),
            format!("data={data}||encryptVersion=v1||pv=2.0"),
        ),
        (
            format!(r#"{{"data":"{data}","encryptVersion":"v1","pv":2.0}}"#),
            format!("data={data}||pv=2.0"),
        ),
        (
            format!(r#"{{"data":"{data}","name":"a\"\u00e9"}}"#),
            format!("data={data}||name=a\"é"),
        ),
    ];
    for (unsigned, text) in cases {
        let members = unsigned.strip_suffix('}').unwrap();
        for (sign, verdict) in [
            (signed(&text), SignVerdict::Valid),
            (signed(&format!("{text}x")), SignVerdict::Invalid),
        ] {
            let payload = format!(r#"{members},"sign":"{sign}"}}"#);
            let opened = open(
                &access(ID, KEY),
                SignaturePolicy::Log,
                payload.as_bytes(),
                None,
            );
            assert_eq!(opened.unwrap().sign, verdict, "{payload}");
        }
    }
}

proptest! {
    #[test]
    fn what_is_sealed_is_opened(
        plaintext in vec(any::<u8>(), 0..300),
        protocol in any::<i64>(),
        t in any::<i64>(),
        nonce in any::<[u8; 12]>(),
        is_gcm in any::<bool>(),
        tells in any::<bool>(),
    ) {
        let access = access(ID, KEY);
        let (mode, plaintext) = if is_gcm {
            (Mode::Gcm, plaintext)
        } else {
            (Mode::Ecb, serde_json::to_vec(&plaintext).unwrap())
        };
        let payload = seal(&access, mode, protocol, t, &plaintext, nonce);
        let em = tells.then(|| mode.em());
        let opened = open(&access, SignaturePolicy::Enforce, payload.as_bytes(), em).unwrap();
        prop_assert_eq!(opened.plaintext, plaintext);
        prop_assert_eq!(opened.protocol, Some(protocol));
        prop_assert_eq!(opened.t, Some(t));
        prop_assert_eq!(opened.sign, SignVerdict::Valid);
    }

    #[test]
    fn no_payload_panics(payload in vec(any::<u8>(), 0..200), em in option::of(any::<String>())) {
        let access = access(ID, KEY);
        for policy in [SignaturePolicy::Off, SignaturePolicy::Log, SignaturePolicy::Enforce] {
            let _ = open(&access, policy, &payload, em.as_deref());
        }
    }

    #[test]
    fn no_data_panics(data in vec(any::<u8>(), 0..100), is_gcm in any::<bool>()) {
        let access = access(ID, KEY);
        let em = is_gcm.then_some("aes_gcm");
        for data in [BASE64.encode(&data), hex::encode(&data)] {
            let payload = json!({"data": data, "protocol": 4}).to_string();
            let opened = open(&access, SignaturePolicy::Log, payload.as_bytes(), em);
            // Nobody can guess a tag of 16 bytes.
            prop_assert!(opened.is_err() || !is_gcm);
        }
    }

    /// The sign reveals a change of a sealed envelope.
    #[test]
    fn a_changed_envelope_has_a_sign_that_does_not_fit(
        at in 0..500_usize,
        to in any::<u8>(),
        is_gcm in any::<bool>(),
    ) {
        let access = access(ID, KEY);
        let mode = if is_gcm { Mode::Gcm } else { Mode::Ecb };
        let mut payload = seal(&access, mode, 4, 5, &[b'1'; 200], NONCE).into_bytes();
        let at = at % payload.len();
        prop_assume!(!payload[at].eq_ignore_ascii_case(&to));
        payload[at] = to;
        let opened = open(&access, SignaturePolicy::Log, &payload, Some(mode.em()));
        let sign = opened.map_or_else(|unopened| unopened.sign, |opened| opened.sign);
        prop_assert_ne!(sign, SignVerdict::Valid);
    }
}
