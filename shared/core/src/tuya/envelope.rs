//! The envelope of a message: `{"data","protocol","pv","t","sign"}`, and `encryptVersion` with GCM.
//!
//! Another service of Tuya's sends `{"encryptPayload","encryptType","v","t","sign"}`.

use crate::json::Json;
use std::borrow::Cow;

/// The members of an envelope that are needed. Other members are ignored.
#[derive(Debug, Clone)]
pub(super) struct Envelope<'a> {
    pub(super) whole: Json<'a>,
    /// The ciphertext.
    pub(super) data: Option<Cow<'a, str>>,
    pub(super) protocol: Option<i64>,
    pub(super) t: Option<i64>,
    pub(super) sign: Option<Cow<'a, str>>,
    pub(super) encrypt_version: Option<Cow<'a, str>>,
    /// The mode of encryption, in the words of the property `em`.
    pub(super) encrypt_type: Option<Cow<'a, str>>,
}

impl<'a> Envelope<'a> {
    /// The envelope, if it is a JSON object.
    pub(super) fn parse(payload: &'a [u8]) -> Option<Envelope<'a>> {
        let whole = Json::read(payload).filter(|value| value.is_object())?;
        let [protocol, t, sign, encrypt_version, encrypt_type] =
            whole.pick(["protocol", "t", "sign", "encryptVersion", "encryptType"]);
        let data = whole.pick([
            "data",
            "encryptPayload",
            "encrypt_payload",
            "encryptedPayload",
            "encryptData",
        ]);
        let word = |value: Option<Json<'a>>| value.and_then(Json::non_empty_text);
        let number = |value| word(value).and_then(|text| whole_number(text.trim()));
        Some(Envelope {
            whole,
            data: data.into_iter().find_map(word),
            protocol: number(protocol),
            t: number(t),
            sign: word(sign),
            encrypt_version: word(encrypt_version),
            encrypt_type: word(encrypt_type),
        })
    }
}

/// A whole number, also if it is written as `1.0`.
fn whole_number(text: &str) -> Option<i64> {
    let is_zero = |digits: &str| digits.bytes().all(|digit| digit == b'0');
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    whole.parse().ok().filter(|_| is_zero(fraction))
}
