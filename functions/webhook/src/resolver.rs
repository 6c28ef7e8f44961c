//! Finds the addresses of a receiver, and refuses those that must not be connected to. No connection
//! is made to a name in any other way.

use futures::future::BoxFuture;
use hyper_util::client::legacy::connect::dns::Name;
use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    task::{Context, Poll},
};
use thingrelay_core::config::Allowed;
use tower_service::Service;

/// Finds the addresses of a name.
pub trait Resolve: Send + Sync + 'static {
    /// The addresses of the name.
    fn resolve(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>>;
}

/// The system's resolver.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, name: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let name = name.to_owned();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// Why a name has no address to connect to.
#[derive(Debug, thiserror::Error)]
pub enum ResolveError {
    /// The resolver failed, or found nothing.
    #[error("the host's name has no address: {0}")]
    NotFound(io::Error),
    /// No address that was found may be connected to.
    #[error("the host has the address {address}, which is {kind}")]
    Forbidden { address: IpAddr, kind: &'static str },
}

/// A resolver that gives only addresses that may be connected to.
#[derive(Clone)]
pub(crate) struct FilteringResolver {
    resolver: Arc<dyn Resolve>,
    allowed: Arc<Allowed>,
}

impl FilteringResolver {
    pub(crate) fn new(resolver: Arc<dyn Resolve>, allowed: Allowed) -> Self {
        FilteringResolver {
            resolver,
            allowed: Arc::new(allowed),
        }
    }
}

impl Service<Name> for FilteringResolver {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = ResolveError;
    type Future = BoxFuture<'static, Result<Self::Response, ResolveError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ResolveError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let resolving = self.resolver.resolve(name.as_str());
        let allowed = Arc::clone(&self.allowed);
        Box::pin(async move {
            let found = resolving.await.map_err(ResolveError::NotFound)?;
            let usable = if allowed.allows_host(name.as_str()) {
                found
            } else {
                usable(found, &allowed)?
            };
            // The connector sets the port.
            let usable = usable
                .into_iter()
                .map(|address| SocketAddr::new(address, 0));
            Ok(usable.collect::<Vec<_>>().into_iter())
        })
    }
}

/// The addresses that may be connected to.
fn usable(found: Vec<IpAddr>, allowed: &Allowed) -> Result<Vec<IpAddr>, ResolveError> {
    let mut refused = None;
    let mut usable = Vec::with_capacity(found.len());
    for address in found {
        match allowed.refusal(address) {
            None => usable.push(address),
            Some(kind) => refused = Some(ResolveError::Forbidden { address, kind }),
        }
    }
    match refused {
        Some(refused) if usable.is_empty() => Err(refused),
        None if usable.is_empty() => {
            let nothing = io::Error::new(io::ErrorKind::NotFound, "the answer has no address");
            Err(ResolveError::NotFound(nothing))
        }
        _ => Ok(usable),
    }
}
