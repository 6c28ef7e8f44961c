//! Connects to a receiver: only to allowed addresses, in limited time, over verified TLS.

use crate::{
    memory::MemoryNetwork,
    resolver::{FilteringResolver, Resolve},
};
use futures::future::BoxFuture;
use http::Uri;
use hyper::rt::{Read, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::{
    client::legacy::connect::{Connected, Connection, HttpConnector},
    rt::TokioIo,
};
use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};
use thingrelay_core::config::{Certificates, WebhookTarget};
use tokio::{io::DuplexStream, net::TcpStream};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs};
use tower_service::Service;

static SYSTEM: OnceLock<Arc<RootCertStore>> = OnceLock::new();

/// Why no connection can be made with these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    #[error("a certificate of the setting ca cannot be used: {0}")]
    Authority(String),
    #[error("this machine has no trusted certificate authorities: install its ca-certificates")]
    NoAuthorities,
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// Connecting took longer than the setting allows.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("connecting took more than {} s", .0.as_secs())]
pub(crate) struct ConnectTimeout(Duration);

/// A connector with a limit on the time until the connection can be used, TLS included.
#[derive(Clone)]
pub(crate) struct Connector {
    inner: Inner,
    timeout: Duration,
}

impl Connector {
    pub(crate) fn new(
        target: &WebhookTarget,
        resolver: Arc<dyn Resolve>,
    ) -> Result<Self, OpenError> {
        let resolver = FilteringResolver::new(resolver, target.allowed.clone());
        let mut http = HttpConnector::new_with_resolver(resolver);
        http.enforce_http(false);
        http.set_nodelay(true);
        let inner = HttpsConnectorBuilder::new()
            .with_tls_config(tls(target.ca.as_ref())?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(http);
        Ok(Connector {
            inner: Inner::Sockets(inner),
            timeout: target.connect_timeout,
        })
    }

    pub(crate) fn in_memory(target: &WebhookTarget, network: Arc<dyn MemoryNetwork>) -> Self {
        Connector {
            inner: Inner::Memory(network),
            timeout: target.connect_timeout,
        }
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

#[derive(Clone)]
enum Inner {
    Sockets(HttpsConnector<HttpConnector<FilteringResolver>>),
    Memory(Arc<dyn MemoryNetwork>),
}

/// A connection.
pub(crate) trait Stream: Read + Write + Send + Unpin {
    fn connected(&self) -> Connected;
}

impl Stream for MaybeHttpsStream<TokioIo<TcpStream>> {
    fn connected(&self) -> Connected {
        Connection::connected(self)
    }
}

impl Stream for TokioIo<DuplexStream> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl Connection for Box<dyn Stream> {
    fn connected(&self) -> Connected {
        (**self).connected()
    }
}

impl Service<Uri> for Connector {
    type Response = Box<dyn Stream>;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        match &mut self.inner {
            Inner::Sockets(sockets) => sockets.poll_ready(context),
            Inner::Memory(_) => Poll::Ready(Ok(())),
        }
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let limit = self.timeout;
        let connecting: Self::Future = match &mut self.inner {
            Inner::Sockets(sockets) => {
                let connecting = sockets.call(uri);
                Box::pin(async move { Ok(Box::new(connecting.await?) as Self::Response) })
            }
            Inner::Memory(network) => {
                let connecting = network.connect(&uri);
                Box::pin(
                    async move { Ok(Box::new(TokioIo::new(connecting.await?)) as Self::Response) },
                )
            }
        };
        Box::pin(async move {
            let connected = tokio::time::timeout(limit, connecting).await;
            connected.unwrap_or_else(|_| Err(ConnectTimeout(limit).into()))
        })
    }
}

/// If the target has a `ca` of its own, only that one is trusted.
fn tls(ca: Option<&Certificates>) -> Result<ClientConfig, OpenError> {
    let roots = match ca {
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            for certificate in ca.der() {
                let added = roots.add(certificate.clone());
                added.map_err(|error| OpenError::Authority(error.to_string()))?;
            }
            Arc::new(roots)
        }
        None => Arc::clone(SYSTEM.get_or_init(system)),
    };
    if roots.is_empty() {
        return Err(OpenError::NoAuthorities);
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenError::Tls(error.to_string()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn system() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
}
