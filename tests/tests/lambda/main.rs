//! The functions in `cargo lambda watch`, with `thingrelay dev --lambda` around them: real
//! processes, real sockets.
//!
//! # Layout
//!
//! - `setting`: both processes, in a directory of their own.
//! - `whole_way`: from a signed push to a forwarded event.
//! - `shipped`: the event files of the functions.
//! - `outage`: either process gone and back.
//! - `differences`: what the emulator does unlike AWS.
//! - `starting`: what `dev --lambda` cannot start with, and what it waits for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod differences;
mod outage;
mod setting;
mod shipped;
mod starting;
mod whole_way;
