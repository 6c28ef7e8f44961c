//! The code that both programs share: figures with their goals.

pub mod table;
