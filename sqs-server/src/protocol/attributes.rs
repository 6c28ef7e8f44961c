//! The attributes of messages: names, types, values, and how the protocol writes them.
//! (SQS Developer Guide, "Amazon SQS message metadata".)

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::characters::check_characters;
use crate::error::SqsError;
use crate::queue::message::{AttributeData, AttributeValue};

/// The most attributes of a message.
const MAXIMUM_ATTRIBUTES: usize = 10;

/// The longest name or type of an attribute, in characters.
const MAXIMUM_ATTRIBUTE_NAME: usize = 256;

/// An attribute as the protocol writes it; bytes are in Base64.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct WireAttribute {
    #[serde(skip_serializing_if = "Option::is_none")]
    string_value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
    data_type: Option<String>,
}

impl WireAttribute {
    /// The attribute as the protocol writes it.
    pub(crate) fn of(value: &AttributeValue) -> WireAttribute {
        let (string_value, binary_value) = match &value.data {
            AttributeData::Text(text) => (Some(text.clone()), None),
            AttributeData::Bytes(bytes) => (None, Some(STANDARD.encode(bytes))),
        };
        WireAttribute {
            string_value,
            binary_value,
            data_type: Some(value.data_type.clone()),
        }
    }

    /// The size that counts towards the size of the message, without the name, in bytes.
    pub(crate) fn size(&self) -> usize {
        let text = self.string_value.as_ref().map_or(0, String::len);
        // Four characters of Base64 are at most three bytes.
        let bytes = self
            .binary_value
            .as_ref()
            .map_or(0, |value| value.trim_end_matches('=').len() * 3 / 4);
        self.data_type.as_ref().map_or(0, String::len) + text + bytes
    }

    fn check(self, name: &str) -> Result<AttributeValue, SqsError> {
        let invalid = |reason: &str| {
            SqsError::invalid_parameter(format!("The message attribute '{name}' {reason}"))
        };
        let data_type = self.data_type.unwrap_or_default();
        let base = data_type.split('.').next().unwrap_or_default();
        if data_type.len() > MAXIMUM_ATTRIBUTE_NAME {
            return Err(invalid("has a type of more than 256 characters."));
        }
        let data = match base {
            "String" | "Number" => {
                let text = self
                    .string_value
                    .filter(|text| !text.is_empty())
                    .ok_or_else(|| invalid("must contain a non-empty value of type 'String'."))?;
                check_characters(&text)?;
                if base == "Number" && !is_number(&text) {
                    return Err(invalid("must contain a number of at most 38 digits."));
                }
                AttributeData::Text(text)
            }
            "Binary" => {
                let encoded = self
                    .binary_value
                    .filter(|encoded| !encoded.is_empty())
                    .ok_or_else(|| invalid("must contain a non-empty value of type 'Binary'."))?;
                let bytes = STANDARD
                    .decode(encoded)
                    .map_err(|_| invalid("is not in Base64."))?;
                AttributeData::Bytes(bytes)
            }
            "" => return Err(invalid("must contain a non-empty message attribute type.")),
            _ => {
                return Err(invalid(
                    "has an invalid message attribute type, the set of supported type prefixes is \
                     Binary, Number, and String.",
                ));
            }
        };
        Ok(AttributeValue { data_type, data })
    }
}

/// Checks the attributes of a message.
pub(crate) fn check_attributes(
    attributes: BTreeMap<String, WireAttribute>,
) -> Result<BTreeMap<String, AttributeValue>, SqsError> {
    if attributes.len() > MAXIMUM_ATTRIBUTES {
        return Err(SqsError::invalid_parameter(format!(
            "Number of message attributes [{}] exceeds the allowed maximum [{MAXIMUM_ATTRIBUTES}].",
            attributes.len()
        )));
    }
    attributes
        .into_iter()
        .map(|(name, value)| {
            check_attribute_name(&name)?;
            let value = value.check(&name)?;
            Ok((name, value))
        })
        .collect()
}

fn check_attribute_name(name: &str) -> Result<(), SqsError> {
    let lower = name.to_ascii_lowercase();
    let legal = (1..=MAXIMUM_ATTRIBUTE_NAME).contains(&name.len())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.'))
        && !name.starts_with('.')
        && !name.ends_with('.')
        && !name.contains("..")
        && !lower.starts_with("aws.")
        && !lower.starts_with("amazon.");
    if legal {
        return Ok(());
    }
    Err(SqsError::invalid_parameter(format!(
        "The message attribute name '{name}' is invalid. Attribute name can contain A-Z, a-z, 0-9, \
         underscore (_), hyphen (-), and period (.) characters."
    )))
}

/// Checks the system attributes of a message, and returns the one that a sender may set.
pub(crate) fn check_system_attributes(
    attributes: BTreeMap<String, WireAttribute>,
) -> Result<Option<String>, SqsError> {
    let mut trace_header = None;
    for (name, value) in attributes {
        if name != "AWSTraceHeader" {
            return Err(SqsError::invalid_parameter(format!(
                "Message system attribute name '{name}' is invalid."
            )));
        }
        let value = value.check(&name)?;
        match value.data {
            AttributeData::Text(text) if value.data_type == "String" => trace_header = Some(text),
            _ => {
                return Err(SqsError::invalid_parameter(
                    "The message system attribute 'AWSTraceHeader' must be of type String.",
                ));
            }
        }
    }
    Ok(trace_header)
}

/// A number is decimal, with at most 38 significant digits.
fn is_number(text: &str) -> bool {
    let mantissa = text.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count();
    (1..=38).contains(&digits) && text.parse::<f64>().is_ok()
}
