//! MD5 sums as SQS documents them, so that the server's can be compared.
//! (SQS Developer Guide, "Amazon SQS message metadata", "Calculating the MD5 message digest for
//! message attributes".)

use std::collections::{BTreeMap, HashMap};

use aws_sdk_sqs::types::MessageAttributeValue;
use md5::{Digest, Md5};

/// The mark of a value that is text.
const STRING: u8 = 1;
/// The mark of a value that is bytes.
const BINARY: u8 = 2;

/// The sum of a body, in hexadecimal digits.
pub(crate) fn of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// The sum of message attributes, in hexadecimal digits.
pub(crate) fn of_attributes(attributes: &HashMap<String, MessageAttributeValue>) -> String {
    let mut encoded = Vec::new();
    for (name, value) in attributes.iter().collect::<BTreeMap<_, _>>() {
        put(&mut encoded, name.as_bytes());
        put(&mut encoded, value.data_type().as_bytes());
        match (value.string_value(), value.binary_value()) {
            (Some(text), _) => {
                encoded.push(STRING);
                put(&mut encoded, text.as_bytes());
            }
            (None, Some(bytes)) => {
                encoded.push(BINARY);
                put(&mut encoded, bytes.as_ref());
            }
            (None, None) => panic!("the attribute {name} has no value"),
        }
    }
    hex::encode(Md5::digest(&encoded))
}

/// Appends the length, in four bytes, and the bytes.
fn put(encoded: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap();
    encoded.extend(length.to_be_bytes());
    encoded.extend(bytes);
}
