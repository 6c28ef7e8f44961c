//! Certificates in PEM.

use rustls_pki_types::{CertificateDer, pem::PemObject};

/// The certificates of the authorities that a source trusts to certify its broker. At least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificates {
    pem: String,
    der: Vec<CertificateDer<'static>>,
}

impl Certificates {
    /// The certificates of a text in PEM; `None` if there is none, or one is malformed.
    pub fn parse(pem: &str) -> Option<Certificates> {
        let certificates: Result<Vec<_>, _> =
            CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
        let certificates = certificates.ok().filter(|found| !found.is_empty())?;
        Some(Certificates {
            pem: pem.to_owned(),
            der: certificates,
        })
    }

    /// Each certificate, in DER.
    pub fn der(&self) -> impl Iterator<Item = &CertificateDer<'static>> {
        self.der.iter()
    }

    /// All certificates, in PEM as they came.
    pub fn pem(&self) -> &str {
        &self.pem
    }
}
