//! The MD5 sums of bodies and attributes, which SDKs compare with their own.
//! (SQS Developer Guide, "Calculating the MD5 message digest for message attributes".)

use std::collections::BTreeMap;

use md5::{Digest, Md5};

use crate::queue::message::{AttributeData, AttributeValue};

/// The MD5 of a body, in hex.
pub(crate) fn of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// The MD5 of attributes, in hex. The attributes are in the order of their names. Each has its
/// name, type and value, each with its length in four bytes; before the value there is a 1 for text
/// or a 2 for bytes.
pub(crate) fn of_attributes<'a>(
    attributes: impl IntoIterator<Item = (&'a String, &'a AttributeValue)>,
) -> Option<String> {
    let sorted: BTreeMap<_, _> = attributes.into_iter().collect();
    if sorted.is_empty() {
        return None;
    }
    let mut md5 = Md5::new();
    for (name, value) in sorted {
        update(&mut md5, name.as_bytes());
        update(&mut md5, value.data_type.as_bytes());
        match &value.data {
            AttributeData::Text(text) => {
                md5.update([1]);
                update(&mut md5, text.as_bytes());
            }
            AttributeData::Bytes(bytes) => {
                md5.update([2]);
                update(&mut md5, bytes);
            }
        }
    }
    Some(hex::encode(md5.finalize()))
}

fn update(md5: &mut Md5, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    md5.update(length.to_be_bytes());
    md5.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_the_documentation() {
        assert_eq!(
            of_body("This is a test message"),
            "fafb00f5732ab283681e124bf8747ed1"
        );
        assert_eq!(of_attributes([]), None);
    }

    /// The expected sum was computed without this code, from the description of the algorithm.
    #[test]
    fn attributes_are_summed_with_lengths_and_kinds() {
        let attributes = BTreeMap::from([
            (
                "b".to_owned(),
                AttributeValue {
                    data_type: "Binary".to_owned(),
                    data: AttributeData::Bytes(vec![1, 2, 3]),
                },
            ),
            (
                "a".to_owned(),
                AttributeValue {
                    data_type: "String".to_owned(),
                    data: AttributeData::Text("x".to_owned()),
                },
            ),
        ]);
        assert_eq!(
            of_attributes(&attributes).as_deref(),
            Some("aff7372f244d3ebae020d15edb230ef6")
        );
    }
}
