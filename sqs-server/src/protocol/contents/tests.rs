//! Which messages may be sent and which may not, with SQS's own errors.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::characters::is_legal;
use super::*;
use crate::error::ErrorCode;

const STANDARD: Constraints = Constraints {
    kind: Kind::Standard,
    content_based_deduplication: false,
    maximum_size: 1024,
};
const FIFO: Constraints = Constraints {
    kind: Kind::Fifo,
    ..STANDARD
};
const CONTENT_BASED: Constraints = Constraints {
    content_based_deduplication: true,
    ..FIFO
};

fn check(constraints: Constraints, input: Value) -> Result<Checked, ErrorCode> {
    let input: MessageInput = serde_json::from_value(input).unwrap();
    input.check(constraints).map_err(|error| error.code)
}

fn attribute(name: &str, value: Value) -> Value {
    json!({"MessageBody": "b", "MessageAttributes": {name: value}})
}

#[test]
fn what_sqs_takes_is_taken() {
    let id = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~aZ0";
    let long = "x".repeat(128);
    let number = json!({"DataType": "Number.big", "StringValue": "-1.5e10"});
    let cases = [
        (
            STANDARD,
            json!({"MessageBody": "\t\n\r \u{d7ff}\u{e000}\u{fffd}\u{10000}\u{10ffff}"}),
        ),
        (STANDARD, json!({"MessageBody": "x".repeat(1024)})),
        (
            STANDARD,
            json!({"MessageBody": "b", "MessageGroupId": "fair"}),
        ),
        (STANDARD, json!({"MessageBody": "b", "DelaySeconds": 900})),
        (STANDARD, attribute("a.b-c_9", number)),
        (
            STANDARD,
            attribute("b", json!({"DataType": "Binary.x", "BinaryValue": "AAH/"})),
        ),
        (
            FIFO,
            json!({"MessageBody": "b", "MessageGroupId": id, "MessageDeduplicationId": id}),
        ),
        (
            FIFO,
            json!({"MessageBody": "b", "MessageGroupId": long, "MessageDeduplicationId": long}),
        ),
        (
            CONTENT_BASED,
            json!({"MessageBody": "b", "MessageGroupId": "g", "DelaySeconds": 0}),
        ),
    ];
    for (constraints, input) in cases {
        if let Err(code) = check(constraints, input.clone()) {
            panic!("{code:?} for {input}");
        }
    }
}

#[test]
fn what_sqs_refuses_is_refused_with_its_error() {
    use ErrorCode::{InvalidMessageContents, InvalidParameterValue, MissingParameter};
    let long = "x".repeat(129);
    let eleven: BTreeMap<String, Value> = (0..11)
        .map(|n| {
            (
                n.to_string(),
                json!({"DataType": "String", "StringValue": "v"}),
            )
        })
        .collect();
    let text = |text: &str| json!({"DataType": "String", "StringValue": text});
    let number = |number: &str| json!({"DataType": "Number", "StringValue": number});
    let fifo = |key: &str, value: Value| {
        let mut input = json!({"MessageBody": "b", "MessageGroupId": "g",
            "MessageDeduplicationId": "d"});
        input[key] = value;
        input
    };
    let cases = [
        (STANDARD, json!({}), MissingParameter),
        (STANDARD, json!({"MessageBody": ""}), MissingParameter),
        (
            STANDARD,
            json!({"MessageBody": "\u{0}"}),
            InvalidMessageContents,
        ),
        (
            STANDARD,
            json!({"MessageBody": "\u{b}"}),
            InvalidMessageContents,
        ),
        (
            STANDARD,
            json!({"MessageBody": "\u{fffe}"}),
            InvalidMessageContents,
        ),
        (
            STANDARD,
            attribute("a", text("\u{1}")),
            InvalidMessageContents,
        ),
        (
            STANDARD,
            json!({"MessageBody": "x".repeat(1025)}),
            InvalidParameterValue,
        ),
        (
            STANDARD,
            json!({"MessageBody": "b", "DelaySeconds": 901}),
            InvalidParameterValue,
        ),
        (
            STANDARD,
            json!({"MessageBody": "b", "DelaySeconds": -1}),
            InvalidParameterValue,
        ),
        (
            STANDARD,
            json!({"MessageBody": "b", "MessageDeduplicationId": "d"}),
            InvalidParameterValue,
        ),
        (STANDARD, attribute("a", text("")), InvalidParameterValue),
        (STANDARD, attribute("a", json!({})), InvalidParameterValue),
        (
            STANDARD,
            attribute("a", json!({"DataType": "Text"})),
            InvalidParameterValue,
        ),
        (STANDARD, attribute("a", number("x")), InvalidParameterValue),
        (
            STANDARD,
            attribute("a", number(&"1".repeat(39))),
            InvalidParameterValue,
        ),
        (
            STANDARD,
            attribute("a", text(&"x".repeat(1024))),
            InvalidParameterValue,
        ),
        (STANDARD, attribute(".a", text("v")), InvalidParameterValue),
        (
            STANDARD,
            attribute("a..b", text("v")),
            InvalidParameterValue,
        ),
        (
            STANDARD,
            attribute("AWS.a", text("v")),
            InvalidParameterValue,
        ),
        (STANDARD, attribute("a b", text("v")), InvalidParameterValue),
        (
            STANDARD,
            json!({"MessageBody": "b", "MessageAttributes": eleven}),
            InvalidParameterValue,
        ),
        (FIFO, json!({"MessageBody": "b"}), MissingParameter),
        (
            FIFO,
            json!({"MessageBody": "b", "MessageGroupId": "g"}),
            InvalidParameterValue,
        ),
        (FIFO, fifo("DelaySeconds", json!(1)), InvalidParameterValue),
        (
            FIFO,
            fifo("MessageGroupId", json!("")),
            InvalidParameterValue,
        ),
        (
            FIFO,
            fifo("MessageGroupId", json!(long)),
            InvalidParameterValue,
        ),
        (
            FIFO,
            fifo("MessageGroupId", json!("a b")),
            InvalidParameterValue,
        ),
        (
            FIFO,
            fifo("MessageDeduplicationId", json!("ä")),
            InvalidParameterValue,
        ),
    ];
    for (constraints, input, expected) in cases {
        let found = check(constraints, input.clone()).map(|_| ());
        assert_eq!(found, Err(expected), "{input}");
    }
}

#[test]
fn the_body_is_the_deduplication_id_unless_one_is_given() {
    let input = json!({"MessageBody": "b", "MessageGroupId": "g"});
    let own = check(CONTENT_BASED, input).unwrap().message;
    let sha256_of_b = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";
    assert_eq!(own.deduplication_id.as_deref(), Some(sha256_of_b));
    let input = json!({"MessageBody": "b", "MessageGroupId": "g", "MessageDeduplicationId": "d"});
    let given = check(CONTENT_BASED, input).unwrap().message;
    assert_eq!(given.deduplication_id.as_deref(), Some("d"));
}

proptest! {
    /// The length that is computed without decoding is the number of bytes.
    #[test]
    fn binary_values_count_their_bytes(bytes in prop::collection::vec(any::<u8>(), 1..50)) {
        use base64::Engine as _;
        let encoded = base64::engine::general_purpose::STANDARD.encode(&bytes);
        let input = attribute("n", json!({"DataType": "Binary", "BinaryValue": encoded}));
        let input: MessageInput = serde_json::from_value(input).unwrap();
        prop_assert_eq!(input.size(), "b".len() + "n".len() + "Binary".len() + bytes.len());
    }

    #[test]
    fn any_text_is_taken_or_refused_by_its_characters(text in ".{1,20}") {
        let legal = text.chars().all(is_legal);
        let found = check(STANDARD, json!({"MessageBody": text})).map(|_| ());
        prop_assert_eq!(found.is_ok(), legal);
    }
}
