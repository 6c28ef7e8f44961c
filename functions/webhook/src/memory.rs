//! A network in memory, for a simulation: it has no addresses to check, and no TLS.

use futures::future::BoxFuture;
use http::Uri;
use std::io;
use tokio::io::DuplexStream;

/// Connects to receivers that are in the same process.
pub trait MemoryNetwork: Send + Sync + 'static {
    /// Connects to the receiver of a URL.
    fn connect(&self, uri: &Uri) -> BoxFuture<'static, io::Result<DuplexStream>>;
}
