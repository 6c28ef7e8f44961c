//! Opens and identifies Tuya's messages: published vectors, tables of cases, properties.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod endpoint;
mod identity;
mod opening;
mod vectors;

use thingrelay_core::tuya::{Access, AccessId, AccessKey};

pub(crate) const ID: &str = "madeupaccessid000001";
pub(crate) const KEY: &str = "made0up1access2key3made4up5acces";

pub(crate) fn access(id: &str, key: &str) -> Access {
    Access::new(AccessId::parse(id).unwrap(), AccessKey::parse(key).unwrap())
}
