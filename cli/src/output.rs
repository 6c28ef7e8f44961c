//! Standard output and standard error, which never hold up the work.
//!
//! # Layout
//!
//! * [`outlet`]: the threads that write.
//! * [`log`]: standard error: log lines, and messages to people and scripts.
//! * [`colour`]: colour, where it is seen.
//! * [`counters`]: what was counted, a line for each counter.

pub(crate) mod colour;
pub(crate) mod counters;
pub(crate) mod log;
pub(crate) mod outlet;
