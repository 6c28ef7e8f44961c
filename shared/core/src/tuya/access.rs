//! Access ID and Access Secret of a cloud project.

use crate::secret::Secret;
use md5::{Digest, Md5};
use std::fmt;

/// The Access ID: 1 to 64 letters, digits, `-` and `_`, since it is part of a URL's path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccessId(String);

/// The Access Secret, which the SDKs call access key: at least 24 visible ASCII characters. The
/// middle ones are the key of every message. It is never printed.
#[derive(Debug, Clone)]
pub struct AccessKey(Secret);

/// Access ID and Access Secret: they identify us to the message service.
#[derive(Debug, Clone)]
pub struct Access {
    pub id: AccessId,
    key: AccessKey,
}

impl AccessId {
    /// The most characters that an Access ID may have.
    pub const MAX_LEN: usize = 64;

    /// The Access ID, if it matches the grammar.
    pub fn parse(text: &str) -> Option<AccessId> {
        let well_formed = (1..=Self::MAX_LEN).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        well_formed.then(|| AccessId(text.to_owned()))
    }

    /// The Access ID as text.
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
    /// The fewest characters of an Access Secret: the key of the messages ends there.
    pub const MIN_LEN: usize = 24;

    /// The Access Secret, if it matches the grammar.
    pub fn parse(text: &str) -> Option<AccessKey> {
        let well_formed =
            text.len() >= Self::MIN_LEN && text.bytes().all(|byte| byte.is_ascii_graphic());
        well_formed.then(|| AccessKey(Secret::new(text)))
    }
}

impl Access {
    /// Combines the two.
    pub fn new(id: AccessId, key: AccessKey) -> Access {
        Access { id, key }
    }

    /// The password that belongs to the Access ID: characters 8 to 24 of `md5hex(id +
    /// md5hex(key))`.
    ///
    /// Source: Tuya's SDKs, <https://github.com/tuya/tuya-pulsar-ws-node>.
    pub fn password(&self) -> String {
        let inner = hex::encode(Md5::digest(self.key()));
        let outer = hex::encode(Md5::digest([self.id.as_str(), &inner].concat()));
        outer.get(8..24).unwrap_or_default().to_owned()
    }

    /// The AES-128 key that encrypts messages: bytes 8 to 24 of the Access Secret.
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
