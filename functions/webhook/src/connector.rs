//! Connects to a receiver: only to allowed addresses, in limited time, over verified TLS.

use crate::resolver::{FilteringResolver, Resolve};
use futures::future::BoxFuture;
use http::Uri;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use std::{
    error::Error,
    fmt,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Duration,
};
use thingrelay_core::config::{Certificates, WebhookTarget};
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
            inner,
            timeout: target.connect_timeout,
        })
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").finish_non_exhaustive()
    }
}

type Inner = HttpsConnector<HttpConnector<FilteringResolver>>;

impl Service<Uri> for Connector {
    type Response = <Inner as Service<Uri>>::Response;
    type Error = Box<dyn Error + Send + Sync>;
    type Future = BoxFuture<'static, Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, limit) = (self.inner.call(uri), self.timeout);
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
