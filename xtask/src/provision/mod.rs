//! Tools that suites need and that cargo does not bring, one a file. Each is pinned, lives below
//! the target directory, and is installed once.

pub(crate) mod actionlint;
#[allow(dead_code, reason = "for the suites that build and emulate functions")]
pub(crate) mod cargo_lambda;
pub(crate) mod ministack;
mod python;
pub(crate) mod sam;
mod stamp;
