//! Unreadable messages, kept byte for byte.

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use thingrelay_tests::config::{Config, METERS_TOKEN};
use thingrelay_tests::platform::{Platform, unix_now};
use thingrelay_tests::process::Launch;
use thingrelay_tests::queue::Queues;

const LIMIT: Duration = Duration::from_secs(20);

/// How a body must be staged: as text if SQS accepts every character, so that the body is readable
/// in a console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Encoding {
    Text,
    Base64,
}

/// A quarantined message, parsed by its documented format: a line of JSON with the reason, the line
/// of provenance, the original message.
struct Quarantined {
    why: Value,
    provenance: Value,
    encoding: Encoding,
    original: Vec<u8>,
}

impl Quarantined {
    fn parse(body: &str) -> Self {
        let (why, record) = body.split_once('\n').expect("a line that says why");
        let (provenance, rest) = record.split_once('\n').expect("a line of provenance");
        let provenance: Value = serde_json::from_str(provenance).unwrap();
        let (encoding, original) = match provenance["encoding"].as_str() {
            Some("text") => (Encoding::Text, rest.as_bytes().to_vec()),
            Some("base64") => (Encoding::Base64, STANDARD.decode(rest).unwrap()),
            other => panic!("encoding {other:?}"),
        };
        Quarantined {
            why: serde_json::from_str(why).unwrap(),
            provenance,
            encoding,
            original,
        }
    }
}

/// Bodies that are signed and not JSON.
fn bodies() -> Vec<(Vec<u8>, Encoding)> {
    let every_byte: Vec<u8> = (0..=255).collect();
    let large = [b"\xff".repeat(767_999), b"\n".to_vec()].concat();
    let text: [&[u8]; 9] = [
        b"",
        b"no JSON",
        b"{\"a\":1,}",
        b" \t\r\n",
        b"\n",
        b"two\nlines\r\nand an end\n",
        b"<tag attribute='\"'>&amp;&#0;]]>",
        "\u{feff}{".as_bytes(),
        "\u{85}\u{2028}\u{fffd}\u{1f4a1} 温度".as_bytes(),
    ];
    let other: [&[u8]; 9] = [
        b"\0",
        b"{\"a\":\0}",
        b"text, then\0",
        b"\x01\x0b\x0c\x1f",
        b"\xff\xfe\x00 raw",
        b"{\"a\":\"\xc3\"}",
        // A surrogate and an overlong slash: both look like UTF-8 and are not UTF-8.
        b"\xed\xa0\x80\xc0\xaf",
        // U+FFFE and U+FFFF: both are UTF-8, and neither is a character of XML.
        b"\xef\xbf\xbe\xef\xbf\xbf",
        &every_byte,
    ];
    let text = text.into_iter().map(|body| (body, Encoding::Text));
    let other = other.into_iter().map(|body| (body, Encoding::Base64));
    let mut bodies: Vec<_> = text
        .chain(other)
        .map(|(body, encoding)| (body.to_vec(), encoding))
        .collect();
    bodies.push((large, Encoding::Base64));
    bodies
}

#[tokio::test]
async fn the_original_is_in_quarantine_byte_for_byte() {
    let config = Config::without_targets();
    let relay = Launch::new().config(&config.file()).start().await;
    let platform = Platform::new(relay.address, "meters", METERS_TOKEN);
    let bodies = bodies();
    let begun = unix_now();
    for (body, _) in &bodies {
        let answer = platform.push(body).await.unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
    }

    let queues = Queues::at(&relay.sqs);
    let url = queues.find("quarantine").await;
    let received = queues.receive(&url, bodies.len(), LIMIT).await;
    let mut found = BTreeMap::new();
    for message in &received {
        let Quarantined {
            why,
            provenance,
            encoding,
            original,
        } = Quarantined::parse(&message.body);
        assert_eq!(why["reason"], "not_json", "{why}");
        assert_eq!(why["source"], "meters", "{why}");
        assert_eq!(why["id"], provenance["id"], "{why} {provenance}");
        assert_eq!(provenance["source"], "meters", "{provenance}");
        let accepted = provenance["received"].as_u64().unwrap() / 1000;
        assert!((begun..=unix_now()).contains(&accepted), "{provenance}");
        let before = found.insert(original, encoding);
        assert_eq!(before, None, "twice in quarantine: {why}");
    }
    let expected: BTreeMap<_, _> = bodies.into_iter().collect();
    // The lengths are compared first: a body of 768,000 bytes in a message helps no reader.
    let lengths = |bodies: &BTreeMap<Vec<u8>, Encoding>| -> Vec<usize> {
        bodies.keys().map(Vec::len).collect()
    };
    assert_eq!(lengths(&found), lengths(&expected));
    assert!(
        found == expected,
        "a body changed on its way, or its encoding"
    );
    assert!(relay.events().is_empty(), "{:?}", relay.events());
}
