//! What the two programs share: figures beside their goals.

pub mod table;
