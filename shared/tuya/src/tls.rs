//! TLS to the broker: certificates are always verified.
//!
//! If the source has no `ca` of its own, the authorities of the system are trusted, which are read
//! once in a process (`SSL_CERT_FILE` and `SSL_CERT_DIR` name others). If it has one, only that one
//! is trusted: an operator who runs a broker trusts only the broker's own authority.

use std::{
    io,
    sync::{Arc, OnceLock},
};
use thingrelay::pull::ConnectError;
use thingrelay_core::config::Certificates;
use tokio_rustls::{
    TlsConnector,
    rustls::{self, CertificateError, ClientConfig, RootCertStore},
};

static SYSTEM: OnceLock<Arc<RootCertStore>> = OnceLock::new();

/// A connector that trusts the source's own authorities, or else those of the system.
///
/// # Errors
/// [`ConnectError::Unreachable`]: no authority can be trusted.
pub(crate) fn connector(ca: Option<&Certificates>) -> Result<TlsConnector, ConnectError> {
    let roots = match ca {
        Some(ca) => {
            let mut roots = RootCertStore::empty();
            for certificate in ca.der() {
                roots.add(certificate.clone()).map_err(|error| {
                    ConnectError::Unreachable(format!(
                        "a certificate of the setting ca cannot be used: {error}"
                    ))
                })?;
            }
            Arc::new(roots)
        }
        None => Arc::clone(SYSTEM.get_or_init(system)),
    };
    if roots.is_empty() {
        return Err(ConnectError::Unreachable(
            "this machine has no trusted certificate authorities: install its ca-certificates"
                .to_owned(),
        ));
    }
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ConnectError::Unreachable(format!("TLS cannot be set up: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

/// Why a handshake failed, as a sentence.
pub(crate) fn explain(error: &io::Error, host: &str) -> String {
    let cause = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match cause {
        Some(rustls::Error::InvalidCertificate(error)) => certificate(error, host),
        Some(rustls::Error::InvalidMessage(_)) => {
            format!("the server at {host} does not speak TLS: check the port of the url")
        }
        Some(error) => format!("no TLS connection to {host}: {error}"),
        None => format!("the connection to {host} ended during the TLS handshake: {error}"),
    }
}

fn certificate(error: &CertificateError, host: &str) -> String {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            format!("the certificate of {host} has expired")
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            format!("the certificate of {host} is not valid yet: check this machine's clock")
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            format!("the server's certificate is not for {host}: check the url")
        }
        CertificateError::UnknownIssuer => format!(
            "the certificate of {host} is not from a trusted authority: for your own broker, put its authority into the setting ca"
        ),
        error => format!("the certificate of {host} is not accepted: {error}"),
    }
}

fn system() -> Arc<RootCertStore> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    Arc::new(roots)
}
