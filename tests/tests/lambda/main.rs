//! The functions in `cargo lambda watch`, with `thingrelay dev --lambda` around them: real
//! processes, real sockets.
//!
//! # Layout
//!
//! - `setting`: both processes, in a separate directory.
//! - `whole_way`: from a signed push to a forwarded event.
//! - `shipped`: the event files of the functions.
//! - `outage`: outages of one of the processes.
//! - `differences`: the differences between the emulator and AWS.
//! - `starting`: starts of `dev --lambda` that fail, and starts that wait.
//! - `webhooks`: two webhooks, one served by the function and one by `dev`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod differences;
mod outage;
mod setting;
mod shipped;
mod starting;
mod webhooks;
mod whole_way;
