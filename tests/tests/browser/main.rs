//! The page of `thingrelay dev` in a real browser.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails by a panic, and prints what it has measured"
)]

mod access;
mod chromium;
mod following;
mod picture;
mod playing;
mod policy;
mod setting;
