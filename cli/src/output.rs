//! Standard output and standard error, which never block the work.
//!
//! # Layout
//!
//! * [`outlet`]: the threads that write.
//! * [`log`]: standard error: log lines, and messages to people and scripts.
//! * [`colour`]: colour on a terminal.
//! * [`verbosity`]: how much standard error tells.
//! * [`counters`]: prints the counters, one on a line.
//! * [`printable`]: text from elsewhere that is safe on a terminal.

pub(crate) mod colour;
pub(crate) mod counters;
pub(crate) mod log;
pub(crate) mod outlet;
pub(crate) mod printable;
pub(crate) mod verbosity;
