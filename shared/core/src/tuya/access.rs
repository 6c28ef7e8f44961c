//! Access ID and Access Secret of a cloud project.

use crate::secret::Secret;
use md5::{Digest, Md5};
use std::fmt;

/// The Access ID: 1 to 64 letters, digits, `-` and `_`, since it stands in the path of a URL.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessId(String);

/// The Access Secret, which the SDKs call access key: at least 24 visible ASCII characters, of
/// which the middle ones are the key of every message. It never prints.
#[derive(Debug, Clone)]
pub struct AccessKey(Secret);

/// Both: who we are to the message service.
#[derive(Debug, Clone)]
pub struct Access {
    /// The Access ID.
    pub id: AccessId,
    key: AccessKey,
}

impl AccessId {
    /// The most characters that an Access ID may have.
    pub const MAX_LEN: usize = 64;

    /// The Access ID, if it keeps to the grammar.
    pub fn parse(text: &str) -> Option<AccessId> {
        let well_formed = (1..=Self::MAX_LEN).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        well_formed.then(|| AccessId(text.to_owned()))
    }

    /// It as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccessId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl AccessKey {
    /// The fewest characters that an Access Secret may have: those of the messages' key end there.
    pub const MIN_LEN: usize = 24;

    /// The Access Secret, if it keeps to the grammar.
    pub fn parse(text: &str) -> Option<AccessKey> {
        let well_formed =
            text.len() >= Self::MIN_LEN && text.bytes().all(|byte| byte.is_ascii_graphic());
        well_formed.then(|| AccessKey(Secret::new(text)))
    }
}

impl Access {
    /// Both of them together.
    pub fn new(id: AccessId, key: AccessKey) -> Access {
        Access { id, key }
    }

    /// The password that goes with the Access ID: `md5hex(id + md5hex(key))`, the characters 8 to
    /// 24 of it.
    ///
    /// Source: Tuya's SDKs, <https://github.com/tuya/tuya-pulsar-ws-node>.
    pub fn password(&self) -> String {
        let inner = hex::encode(Md5::digest(self.key()));
        let outer = hex::encode(Md5::digest([self.id.as_str(), &inner].concat()));
        outer.get(8..24).unwrap_or_default().to_owned()
    }

    /// The key of AES-128 that messages are encrypted with: the bytes 8 to 24 of the Access Secret.
    pub(super) fn cipher_key(&self) -> [u8; 16] {
        let mut key = [0; 16];
        let middle = self.key().iter().skip(8);
        for (to, from) in key.iter_mut().zip(middle) {
            *to = *from;
        }
        key
    }

    pub(super) fn key(&self) -> &[u8] {
        self.key.0.expose().as_bytes()
    }
}
