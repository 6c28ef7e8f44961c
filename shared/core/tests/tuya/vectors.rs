//! Messages that other programs encrypted and signed.

use crate::{ID, KEY, access};
use thingrelay_core::tuya::{SignVerdict, SignaturePolicy, open};

/// The test of Tuya's own SDK for Node.js; its sign is a placeholder.
///
/// Source: <https://github.com/tuya/tuya-pulsar-ws-node>.
#[test]
fn the_vector_of_tuyas_own_sdk_decrypts() {
    let access = access("accessIdtesttesttest", "accessKeyesttesttesttesttesttest");
    assert_eq!(access.password(), "ad0139f768d194a4");
    let envelope = r#"{"data":"9Pe6AYEE2fJyCh5gcY/+mCY2yhFsxZ6Pjt+n1WkotuvVHRAKjf+aV+HPMrx55iSk1ot9TiUZkiufxWreZ7VMEJ3uo8iT992qq4w+mnjTfi/Ph9hyB3UJTQOlkdChT93LYnQGgEqWrY77X2vgC6bIKUGgCV2mD0A1a2QwO0gXtPhQabf1RL9SdVUUqqMJKgAEEYdqygcT/V08yNDgSAnIMQ==","protocol":4,"pv":"2.0","t":1622449865378,"sign":"signsignsignsign"}"#;
    let opened = open(&access, SignaturePolicy::Log, envelope.as_bytes(), None).unwrap();
    assert_eq!(
        String::from_utf8(opened.plaintext).unwrap(),
        r#"{"dataId":"dataIddataIddataIddataId","devId":"devIddevIddevIddevIddevId","productKey":"productKeypro","status":[{"code":"code","t":1622449865296,"value":280}]}"#
    );
    assert_eq!(opened.protocol, Some(4));
    assert_eq!(opened.t, Some(1_622_449_865_378));
    assert_eq!(opened.sign, SignVerdict::Invalid);
}

struct Vector {
    em: Option<&'static str>,
    payload: &'static str,
    protocol: i64,
    t: i64,
    plaintext: &'static str,
}

const STATUS: &str = r#"{"dataId":"0102","devId":"madeupdevice01","productKey":"madeupprod","status":[{"3":"52","code":"humidity_current","t":1795233600000,"value":52}]}"#;
const ONLINE: &str = r#"{"bizCode":"deviceOnline","bizData":{"devId":"madeupdevice01","productId":"madeupprod","time":1795233600000},"ts":1795233600100}"#;
const STATUS_ECB: &str = r#"{"data":"KVKU1bBQhLXD+gYLpzoj1yWfuou1UFvPt19cfewq8SM7xb1jUwyAWzjipHBv74cxBbNVVbEev/+2Xt2eL8z17VvTRNVKUnS1h1rWMavocrI1c9xPups7vU5CNx6YujKEQxySyxcNo4mU2yUjcmbB5ZXdgRW9STRci2os794q9ze35afUjyth3OJqoTj1I5kUt2Bm0x3wxuzRBKGt/zABaA==","protocol":4,"pv":"2.0","t":1795233600200,"sign":"0bf8f0f068cfa6929738a893954f00cb"}"#;
pub(crate) const ONLINE_GCM: &str = r#"{"data":"AAECAwQFBgcICQoLrFd4H5pGnvsYjn8RDvgIb0ZQ2sIL826kTvZAqU9IwXYpe6tIUpdOCB2NL/Ydw6i52nFtste/bV2jr4oGkKVT4zldRPwdu+/eg2eWcExcQSoeGHC8Kz1MWVEQMGOLELjmW3P1gJD1ifxZBg3sQYDqE9OamQYAKRw9dtOzI0NTbeGdEXmzNfnP7BjjCC1ojhJt","encryptVersion":"v2","protocol":1001,"pv":"2.0","t":1795233600200,"sign":"a84a5da863415a61626ed4e070b143d0"}"#;

/// Made with the crypto of Node.js, which shares no code with ours.
const VECTORS: [Vector; 7] = [
    Vector {
        em: None,
        payload: STATUS_ECB,
        protocol: 4,
        t: 1_795_233_600_200,
        plaintext: STATUS,
    },
    Vector {
        em: Some("aes_ecb"),
        payload: STATUS_ECB,
        protocol: 4,
        t: 1_795_233_600_200,
        plaintext: STATUS,
    },
    Vector {
        em: Some("something else"),
        payload: STATUS_ECB,
        protocol: 4,
        t: 1_795_233_600_200,
        plaintext: STATUS,
    },
    Vector {
        em: Some("aes_gcm"),
        payload: ONLINE_GCM,
        protocol: 1001,
        t: 1_795_233_600_200,
        plaintext: ONLINE,
    },
    // Without the property, the envelope decides.
    Vector {
        em: None,
        payload: ONLINE_GCM,
        protocol: 1001,
        t: 1_795_233_600_200,
        plaintext: ONLINE,
    },
    Vector {
        em: None,
        payload: r#"{"data":"It6pN4VC3mDLJobmJRKOKA==","protocol":4,"pv":"2.0","t":1700000000001,"sign":"dc71b64e5e757b097e39318061acb1a6"}"#,
        protocol: 4,
        t: 1_700_000_000_001,
        plaintext: "{}",
    },
    // Hexadecimal, as Tuya's page shows data.
    Vector {
        em: None,
        payload: r#"{"data":"54889DEBEF307F0039662CCDE59DB0F50442D6F12476769D9C2F319222554AF0","protocol":20,"pv":"2.0","t":1700000000001,"sign":"546fd72d5fc8914bfab7e383da05f1d1"}"#,
        protocol: 20,
        t: 1_700_000_000_001,
        plaintext: r#"{"devId":"0123456789abcdef"}"#,
    },
];

#[test]
fn vectors_of_another_library_decrypt_and_their_signs_fit() {
    let access = access(ID, KEY);
    assert_eq!(access.password(), "d25e33fda63ee81b");
    for vector in VECTORS {
        let payload = vector.payload;
        for (policy, sign) in [
            (SignaturePolicy::Off, SignVerdict::Unchecked),
            (SignaturePolicy::Log, SignVerdict::Valid),
            (SignaturePolicy::Enforce, SignVerdict::Valid),
        ] {
            let opened = open(&access, policy, payload.as_bytes(), vector.em).unwrap();
            let plaintext = String::from_utf8(opened.plaintext).unwrap();
            assert_eq!(plaintext, vector.plaintext, "{payload}");
            assert_eq!(opened.protocol, Some(vector.protocol), "{payload}");
            assert_eq!(opened.t, Some(vector.t), "{payload}");
            assert_eq!(opened.sign, sign, "{payload}");
        }
    }
}
