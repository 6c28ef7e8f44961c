//! The command `thingrelay`.
//!
//! # Layout
//!
//! * [`dev`]: runs everything on one machine.
//! * [`ckafka`]: what is pulled from CKafka, where the command is built for it.
//! * [`pull`]: pulls from message services into a staging queue, for ever.
//! * [`send`]: plays the platform: signs and sends messages, and says what became of them.
//! * [`check`]: does what the platform does when forwarding is switched on, and says what is wrong.
//! * [`config`]: says what is wrong with settings and secrets.
//! * [`token`]: makes strong tokens.
//! * [`platform`]: the platform's side of the protocol, for `send` and `check`.

pub mod check;
pub mod ckafka;
pub mod config;
pub mod dev;
pub mod platform;
pub mod pull;
pub mod send;
pub mod token;
