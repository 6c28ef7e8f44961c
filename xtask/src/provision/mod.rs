//! Tools that suites need and cargo does not install, one in each file. Each tool is pinned, is
//! below the target directory, and is installed once.

pub(crate) mod axe;
pub(crate) mod cargo_fuzz;
pub(crate) mod cargo_lambda;
pub(crate) mod chromium;
pub(crate) mod elasticmq;
mod java;
pub(crate) mod kafka;
mod maven;
pub(crate) mod ministack;
pub(crate) mod node_peer;
mod npm;
pub(crate) mod pulsar;
mod python;
pub(crate) mod python_peer;
pub(crate) mod receiver;
pub(crate) mod sam;
mod stamp;
pub(crate) mod tools;
pub(crate) mod webhook;
