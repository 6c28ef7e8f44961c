//! Tools that suites need and that cargo does not bring, one a file. Each is pinned, lives below
//! the target directory, and is installed once.

pub(crate) mod ministack;
mod python;
mod stamp;
