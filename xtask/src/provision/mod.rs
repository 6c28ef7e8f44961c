//! Tools that suites need and cargo does not install. Each tool is pinned, is below the target
//! directory, and is installed once.

pub(crate) mod cargo_lambda;
pub(crate) mod chromium;
pub(crate) mod elasticmq;
mod installation;
pub(crate) mod maven;
pub(crate) mod ministack;
pub(crate) mod npm;
pub(crate) mod peers;
pub(crate) mod pulsar;
pub(crate) mod python;
pub(crate) mod sam;
