//! What a message comes in: `{"data","protocol","pv","t","sign"}`, and `encryptVersion` with GCM.

use crate::json::Json;
use std::borrow::Cow;

/// An envelope, taken apart as far as it is needed. Other members are passed over.
#[derive(Debug, Clone)]
pub(super) struct Envelope<'a> {
    pub(super) whole: Json<'a>,
    /// What was encrypted.
    pub(super) data: Option<Cow<'a, str>>,
    pub(super) protocol: Option<i64>,
    pub(super) t: Option<i64>,
    pub(super) sign: Option<Cow<'a, str>>,
    pub(super) encrypt_version: Option<Cow<'a, str>>,
}

impl<'a> Envelope<'a> {
    /// The envelope, if it is a JSON object.
    pub(super) fn parse(payload: &'a [u8]) -> Option<Envelope<'a>> {
        let text = std::str::from_utf8(payload).ok()?;
        let whole = Json::parse(text).filter(|value| value.is_object())?;
        let [data, protocol, t, sign, encrypt_version] =
            whole.pick(["data", "protocol", "t", "sign", "encryptVersion"]);
        let word = |value: Option<Json<'a>>| value.and_then(Json::word);
        let number = |value| word(value).and_then(|text| text.parse().ok());
        Some(Envelope {
            whole,
            data: word(data),
            protocol: number(protocol),
            t: number(t),
            sign: word(sign),
            encrypt_version: word(encrypt_version),
        })
    }
}
