//! What a broker's listener with TLS shows.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType,
};
use std::net::{IpAddr, Ipv4Addr};

/// A certificate for 127.0.0.1, with its key, and that of the authority that issued it.
pub(super) struct Certificate {
    /// PEM.
    pub(super) authority: String,
    /// PEM.
    pub(super) key: String,
    /// PEM.
    pub(super) certificate: String,
}

impl Certificate {
    pub(super) fn issue() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name = named("an authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).expect("a certificate").pem();
        let issuer = Issuer::new(params, key);

        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name = named("a broker of the tests");
        let address = SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST));
        params.subject_alt_names.push(address);
        let certificate = params.signed_by(&key, &issuer).expect("a certificate");
        Certificate {
            authority,
            key: key.serialize_pem(),
            certificate: certificate.pem(),
        }
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
