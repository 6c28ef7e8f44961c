//! Opens a message: checks its sign and decrypts its data. And the other way round.

use super::{
    Access, Mode, SignVerdict, SignaturePolicy,
    envelope::Envelope,
    sign::{self, verdict},
};
use crate::{json::Json, lenient_base64};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use serde::{Deserialize, Serialize};

/// A message that was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenedMessage {
    /// The decrypted data: usually JSON.
    pub plaintext: Vec<u8>,
    /// The envelope's `protocol`.
    pub protocol: Option<i64>,
    /// The envelope's `t`: usually milliseconds since 1970.
    pub t: Option<i64>,
    /// The result of checking the envelope's `sign`.
    pub sign: SignVerdict,
}

/// Why a message cannot be opened. Another try changes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum OpenError {
    /// The envelope is not a JSON object.
    #[error("the envelope is not a JSON object")]
    NotJson,
    /// The envelope has no `data`.
    #[error("the envelope has no data")]
    NoData,
    /// A value that should be base64 is not base64.
    #[error("the data is neither base64 nor hexadecimal")]
    NotBase64,
    /// The key does not decrypt the data: it is the wrong key, the data was changed on its way, or
    /// the encryption is unknown here.
    #[error("the key does not decrypt the data")]
    DecryptionFailed,
    /// The sign is wrong, and the source requires a right one.
    #[error("the sign is wrong")]
    BadSignature,
}

impl OpenError {
    /// The stable code: part of the interface, in the quarantine queue, counters and documents.
    pub fn code(self) -> &'static str {
        match self {
            OpenError::NotJson => "not_json",
            OpenError::NoData => "no_data",
            OpenError::NotBase64 => "not_base64",
            OpenError::DecryptionFailed => "decryption_failed",
            OpenError::BadSignature => "bad_signature",
        }
    }
}

/// A message that could not be opened, with the members that could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnopenedMessage {
    pub error: OpenError,
    /// As in [`OpenedMessage`].
    pub protocol: Option<i64>,
    /// As in [`OpenedMessage`].
    pub t: Option<i64>,
    /// As in [`OpenedMessage`].
    pub sign: SignVerdict,
}

/// Opens a message: `payload` is the envelope, `em` the message's property of that name.
///
/// # Errors
/// [`UnopenedMessage`]; another try changes nothing.
pub fn open(
    access: &Access,
    policy: SignaturePolicy,
    payload: &[u8],
    em: Option<&str>,
) -> Result<OpenedMessage, UnopenedMessage> {
    let Some(envelope) = Envelope::parse(payload) else {
        return Err(UnopenedMessage {
            error: OpenError::NotJson,
            protocol: None,
            t: None,
            sign: SignVerdict::Unchecked,
        });
    };
    let sign = match policy {
        SignaturePolicy::Off => SignVerdict::Unchecked,
        SignaturePolicy::Log | SignaturePolicy::Enforce => verdict(access, &envelope),
    };
    let failed = |error| UnopenedMessage {
        error,
        protocol: envelope.protocol,
        t: envelope.t,
        sign,
    };
    let data = envelope
        .data
        .as_deref()
        .ok_or_else(|| failed(OpenError::NoData))?;
    if policy == SignaturePolicy::Enforce && sign != SignVerdict::Valid {
        return Err(failed(OpenError::BadSignature));
    }
    let em = em.filter(|em| !em.is_empty());
    let em = em.or(envelope.encrypt_type.as_deref());
    let mode = Mode::of(em, envelope.encrypt_version.as_deref());
    Ok(OpenedMessage {
        plaintext: decrypt(access, mode, data).map_err(failed)?,
        protocol: envelope.protocol,
        t: envelope.t,
        sign,
    })
}

/// Decrypts hexadecimal, as Tuya's page shows data, or else base64, which is what comes.
///
/// Most hexadecimal texts are also base64, and in ECB one of 256 such messages would decrypt to
/// something. Base64 that consists only of hexadecimal digits does not occur: a message has at
/// least 24 characters.
///
/// In ECB, one message of 256 looks padded under any key, so a result that is not JSON was
/// decrypted with the wrong key. GCM proves its result, so it is also tried if the members of the
/// message say ECB.
fn decrypt(access: &Access, mode: Mode, data: &str) -> Result<Vec<u8>, OpenError> {
    let decrypted = |bytes: Vec<u8>| {
        let blocks = Some(Mode::Ecb).filter(|ecb| mode == *ecb);
        let plaintext = blocks.and_then(|ecb| ecb.decrypt(access, &bytes).ok());
        let plaintext = plaintext.filter(|plaintext| Json::read(plaintext).is_some());
        plaintext.or_else(|| Mode::Gcm.decrypt(access, &bytes).ok())
    };
    let as_hex = hex::decode(data.trim_ascii()).ok();
    let is_hex = as_hex.is_some();
    if let Some(plaintext) = as_hex.and_then(decrypted) {
        return Ok(plaintext);
    }
    match lenient_base64::decode(data) {
        Some(bytes) => decrypted(bytes).ok_or(OpenError::DecryptionFailed),
        None if is_hex => Err(OpenError::DecryptionFailed),
        None => Err(OpenError::NotBase64),
    }
}

/// Puts a message into a signed envelope, as Tuya does.
///
/// GCM needs a nonce that is never used twice with one key; ECB ignores the nonce.
#[expect(
    clippy::expect_used,
    reason = "text and numbers are serialised to memory"
)]
pub fn seal(
    access: &Access,
    mode: Mode,
    protocol: i64,
    t: i64,
    plaintext: &[u8],
    nonce: [u8; 12],
) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Sealed<'a> {
        data: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        encrypt_version: Option<&'a str>,
        protocol: i64,
        pv: &'a str,
        t: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        sign: Option<&'a str>,
    }
    let data = BASE64.encode(mode.encrypt(access, plaintext, nonce));
    let mut sealed = Sealed {
        data: &data,
        encrypt_version: match mode {
            Mode::Ecb => None,
            Mode::Gcm => Some("v2"),
        },
        protocol,
        pv: "2.0",
        t,
        sign: None,
    };
    const REASON: &str = "text and numbers serialise to memory";
    let unsigned = serde_json::to_string(&sealed).expect(REASON);
    let envelope = Envelope::parse(unsigned.as_bytes());
    let sign = envelope.map(|envelope| sign::of(access, &envelope));
    sealed.sign = sign.as_deref();
    serde_json::to_string(&sealed).expect(REASON)
}
