//! The sign of a message.
//!
//! Source: <https://developer.tuya.com/en/docs/iot/Pulsar-SDK-get-message?id=Kawfmtxntb9hz>. No SDK
//! checks the sign, and the page does not say whether it covers `encryptVersion`: a sign with or
//! without it is accepted.

use super::{Access, envelope::Envelope};
use crate::json::Json;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap};
use subtle::ConstantTimeEq;

/// What happens to a message whose sign is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignaturePolicy {
    /// Signs are not checked.
    Off,
    /// A wrong sign is logged, and the message is accepted.
    Log,
    /// A message with a wrong sign does not count as authentic: it goes to quarantine.
    Enforce,
}

/// The result of checking a message's sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SignVerdict {
    /// The sign is right.
    Valid,
    /// The sign is wrong.
    Invalid,
    /// There is no sign.
    Absent,
    /// The sign was not checked.
    Unchecked,
}

impl SignVerdict {
    /// The name of the result in staged records and events.
    pub fn as_str(self) -> &'static str {
        match self {
            SignVerdict::Valid => "valid",
            SignVerdict::Invalid => "invalid",
            SignVerdict::Absent => "absent",
            SignVerdict::Unchecked => "unchecked",
        }
    }
}

/// Compares the sign of an envelope, in constant time.
pub(super) fn verdict(access: &Access, envelope: &Envelope<'_>) -> SignVerdict {
    let Some(sign) = envelope.sign.as_deref() else {
        return SignVerdict::Absent;
    };
    let sign = sign.to_ascii_lowercase();
    let mut parameters = parameters(envelope);
    let is_of = |parameters: &Parameters<'_>| {
        let computed = computed(access, parameters);
        computed.as_bytes().ct_eq(sign.as_bytes())
    };
    let mut fits = is_of(&parameters);
    if parameters.remove("encryptVersion").is_some() {
        fits |= is_of(&parameters);
    }
    if bool::from(fits) {
        SignVerdict::Valid
    } else {
        SignVerdict::Invalid
    }
}

/// The sign of an envelope. It covers `encryptVersion` if the envelope has it.
pub(super) fn of(access: &Access, envelope: &Envelope<'_>) -> String {
    computed(access, &parameters(envelope))
}

type Parameters<'a> = BTreeMap<Cow<'a, str>, Cow<'a, str>>;

/// Every member except the sign and empty ones: texts without quotes and escapes, all others as
/// they are written.
fn parameters<'a>(envelope: &Envelope<'a>) -> Parameters<'a> {
    let members = envelope.whole.members().into_iter().flatten();
    members
        .filter_map(|(key, value)| {
            let key = key.text().filter(|key| key != "sign")?;
            let value = match value {
                null if null.is_null() => return None,
                text if text.is_string() => text.text()?,
                other => Cow::Borrowed(Json::as_str(other)),
            };
            (!value.is_empty()).then_some((key, value))
        })
        .collect()
}

fn computed(access: &Access, parameters: &Parameters<'_>) -> String {
    let mut hash = Md5::new();
    for (key, value) in parameters {
        for part in [key, "=", value, "||"] {
            hash.update(part.as_bytes());
        }
    }
    hash.update(access.key());
    hex::encode(hash.finalize())
}
