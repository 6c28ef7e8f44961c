//! Plays Tuya: messages of devices, encrypted and signed as its message service does.
//!
//! Source: Tuya's SDKs, such as
//! <https://developer.tuya.com/en/docs/iot/Pulsar-SDK-get-message-nodejs?id=Kawfmtxp8yscg>.

use aes::Aes128;
use aes::cipher::{BlockCipherEncrypt, KeyInit};
use aes_gcm::Aes128Gcm;
use aes_gcm::aead::Aead;
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use md5::{Digest, Md5};
use rand::RngExt;
use rand::distr::{Alphanumeric, SampleString};
use serde_json::{Value, json};

use crate::pulsar::Outgoing;

/// The product of every device.
pub const PRODUCT: &str = "qx7testpid";

/// The identity of a project, and the key that encrypts its messages.
#[derive(Clone, Debug)]
pub struct Access {
    pub id: String,
    /// The access key, 32 characters.
    pub key: String,
}

/// How a message is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Each block separately.
    Ecb,
    /// With a nonce at the start and a tag at the end.
    Gcm,
}

/// A message before it is sealed.
#[derive(Clone, Debug)]
pub struct Message {
    /// The device, by which messages are ordered.
    pub device: String,
    /// The number of the message's kind.
    pub protocol: i64,
    /// The time of the envelope in ms since 1970.
    pub t: i64,
    /// The text to encrypt.
    pub plaintext: String,
}

impl Access {
    /// A project that no other test uses.
    pub fn fresh() -> Self {
        let random = |length| Alphanumeric.sample_string(&mut rand::rng(), length);
        Access {
            id: random(20).to_lowercase(),
            key: random(32).to_lowercase(),
        }
    }

    /// The value of the header `password` of the project's clients.
    pub fn password(&self) -> String {
        let key = md5_hex(&self.key);
        md5_hex(&format!("{}{key}", self.id))[8..24].to_owned()
    }

    /// Encrypts and signs a message, as the service delivers it.
    pub fn seal(&self, mode: Mode, message: &Message) -> Outgoing {
        let key: [u8; 16] = self.key.as_bytes()[8..24]
            .try_into()
            .expect("a key of 24 characters or more");
        let data = match mode {
            Mode::Ecb => ecb(&key, message.plaintext.as_bytes()),
            Mode::Gcm => gcm(&key, message.plaintext.as_bytes()),
        };
        let mut envelope = json!({
            "data": BASE64.encode(data),
            "protocol": message.protocol,
            "pv": "2.0",
            "t": message.t,
        });
        envelope["sign"] = self.sign(&envelope).into();
        Outgoing {
            key: message.device.clone(),
            em: match mode {
                Mode::Ecb => None,
                Mode::Gcm => Some("aes_gcm"),
            },
            payload: envelope.to_string().into_bytes(),
        }
    }

    /// Signs every field of the envelope, in order of their keys.
    fn sign(&self, envelope: &Value) -> String {
        let mut parts: Vec<String> = envelope
            .as_object()
            .expect("an envelope is an object")
            .iter()
            .map(|(key, value)| match value.as_str() {
                Some(text) => format!("{key}={text}"),
                None => format!("{key}={value}"),
            })
            .collect();
        parts.sort();
        parts.push(self.key.clone());
        md5_hex(&parts.join("||"))
    }
}

/// A device reports one property, `count`.
pub fn report(device: &str, count: u64) -> Message {
    let t = 1_761_893_118_000 + i64::try_from(count).expect("a small number");
    let plaintext = json!({
        "dataId": format!("{device}-{count}"),
        "devId": device,
        "productKey": PRODUCT,
        "status": [{"code": "count", "value": count, "t": t, "3": count.to_string()}],
    });
    Message {
        device: device.to_owned(),
        protocol: 4,
        t: t + 400,
        plaintext: plaintext.to_string(),
    }
}

/// The reports `0..each` of the devices `device-0` to `device-N`. The devices alternate, and so do
/// the two modes of encryption.
pub fn reports(access: &Access, devices: usize, counts: std::ops::Range<u64>) -> Vec<Outgoing> {
    let mut sealed = Vec::new();
    for count in counts {
        for device in 0..devices {
            let mode = match (count as usize + device) % 2 {
                0 => Mode::Ecb,
                _ => Mode::Gcm,
            };
            sealed.push(access.seal(mode, &report(&format!("device-{device}"), count)));
        }
    }
    sealed
}

fn ecb(key: &[u8; 16], plaintext: &[u8]) -> Vec<u8> {
    let cipher = Aes128::new(key.into());
    let padding = 16 - plaintext.len() % 16;
    let mut data = plaintext.to_vec();
    data.resize(plaintext.len() + padding, padding as u8);
    for block in data.chunks_exact_mut(16) {
        cipher.encrypt_block(block.try_into().expect("16 bytes"));
    }
    data
}

fn gcm(key: &[u8; 16], plaintext: &[u8]) -> Vec<u8> {
    let nonce: [u8; 12] = rand::rng().random();
    let sealed = Aes128Gcm::new(key.into()).encrypt(&nonce.into(), plaintext);
    [nonce.to_vec(), sealed.expect("memory can be encrypted")].concat()
}

fn md5_hex(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The password and the encrypted message in the test of Tuya's own SDK for Node.js.
    #[test]
    fn what_is_sealed_here_is_what_tuya_seals() {
        let access = Access {
            id: "accessIdtesttesttest".to_owned(),
            key: "accessKeyesttesttesttesttesttest".to_owned(),
        };
        assert_eq!(access.password(), "ad0139f768d194a4");
        let plaintext = concat!(
            r#"{"dataId":"dataIddataIddataIddataId","devId":"devIddevIddevIddevIddevId","#,
            r#""productKey":"productKeypro","status":[{"code":"code","t":1622449865296,"value":280}]}"#
        );
        let sealed = access.seal(
            Mode::Ecb,
            &Message {
                device: "devIddevIddevIddevIddevId".to_owned(),
                protocol: 4,
                t: 1_622_449_865_378,
                plaintext: plaintext.to_owned(),
            },
        );
        let envelope: Value = serde_json::from_slice(&sealed.payload).unwrap();
        assert_eq!(
            envelope["data"],
            concat!(
                "9Pe6AYEE2fJyCh5gcY/+mCY2yhFsxZ6Pjt+n1WkotuvVHRAKjf+aV+HPMrx55iSk1ot9TiUZkiufxWreZ7VMEJ3u",
                "o8iT992qq4w+mnjTfi/Ph9hyB3UJTQOlkdChT93LYnQGgEqWrY77X2vgC6bIKUGgCV2mD0A1a2QwO0gXtPhQabf1",
                "RL9SdVUUqqMJKgAEEYdqygcT/V08yNDgSAnIMQ=="
            )
        );
    }
}
