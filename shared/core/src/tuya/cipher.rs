//! How messages are encrypted.
//!
//! Source: Tuya's SDKs, <https://github.com/tuya/tuya-pulsar-ws-node>.

use super::Access;
use aes::{
    Aes128,
    cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit},
};
use aes_gcm::{Aes128Gcm, aead::Aead};

/// The bytes of a block, and of the key.
const BLOCK: usize = 16;
/// The bytes of the nonce, which precedes the ciphertext of GCM.
const NONCE: usize = 12;

/// A mode of encryption, always with AES-128 and the project's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Block by block, padded by PKCS#7. A change of the ciphertext cannot be detected.
    Ecb,
    /// Galois/Counter Mode: a nonce of 12 bytes, the ciphertext, a tag of 16 bytes.
    Gcm,
}

/// The ciphertext does not decrypt with this key in this mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the key does not decrypt the data")]
pub struct DecryptError;

impl Mode {
    /// The mode of a message: by its property `em` or, without one, the envelope's `encryptType`,
    /// and by the envelope's `encryptVersion`. Words are read in any case.
    pub fn of(em: Option<&str>, encrypt_version: Option<&str>) -> Mode {
        let is_one_of = |word: &str, names: &[&str]| {
            let word = word.trim();
            names.iter().any(|name| word.eq_ignore_ascii_case(name))
        };
        let is_gcm = match (em, encrypt_version) {
            (Some(em), _) => is_one_of(em, &["aes_gcm", "aes-gcm"]),
            (None, Some(version)) => is_one_of(version, &["v2"]),
            (None, None) => false,
        };
        if is_gcm { Mode::Gcm } else { Mode::Ecb }
    }

    /// The mode's name in the property `em`.
    pub fn em(self) -> &'static str {
        match self {
            Mode::Ecb => "aes_ecb",
            Mode::Gcm => "aes_gcm",
        }
    }

    pub(super) fn decrypt(self, access: &Access, data: &[u8]) -> Result<Vec<u8>, DecryptError> {
        match self {
            Mode::Ecb => decrypt_blocks(access, data.to_vec()),
            Mode::Gcm => {
                let (nonce, sealed) = data.split_at_checked(NONCE).ok_or(DecryptError)?;
                let nonce = Array::try_from(nonce).map_err(|_| DecryptError)?;
                Aes128Gcm::new(&Array(access.cipher_key()))
                    .decrypt(&nonce, sealed)
                    .map_err(|_| DecryptError)
            }
        }
    }

    /// Encrypts. GCM uses the nonce, which must never be used twice with one key.
    pub(super) fn encrypt(self, access: &Access, plaintext: &[u8], nonce: [u8; NONCE]) -> Vec<u8> {
        match self {
            Mode::Ecb => encrypt_blocks(access, plaintext),
            Mode::Gcm => {
                let sealed = Aes128Gcm::new(&Array(access.cipher_key()))
                    .encrypt(&Array(nonce), plaintext)
                    // No plaintext that fits into memory is too long.
                    .unwrap_or_default();
                [&nonce, &sealed[..]].concat()
            }
        }
    }
}

fn decrypt_blocks(access: &Access, mut data: Vec<u8>) -> Result<Vec<u8>, DecryptError> {
    let (blocks, rest) = Array::slice_as_chunks_mut(&mut data);
    if blocks.is_empty() || !rest.is_empty() {
        return Err(DecryptError);
    }
    Aes128::new(&Array(access.cipher_key())).decrypt_blocks(blocks);
    let padding = usize::from(data.last().copied().unwrap_or_default());
    let length = data.len().checked_sub(padding).ok_or(DecryptError)?;
    let is_padding = (1..=BLOCK).contains(&padding)
        && data
            .iter()
            .skip(length)
            .all(|byte| usize::from(*byte) == padding);
    if !is_padding {
        return Err(DecryptError);
    }
    data.truncate(length);
    Ok(data)
}

fn encrypt_blocks(access: &Access, plaintext: &[u8]) -> Vec<u8> {
    let padding = BLOCK - plaintext.len() % BLOCK;
    let mut data = plaintext.to_vec();
    data.resize(plaintext.len() + padding, padding as u8);
    let (blocks, _) = Array::slice_as_chunks_mut(&mut data);
    Aes128::new(&Array(access.cipher_key())).encrypt_blocks(blocks);
    data
}
