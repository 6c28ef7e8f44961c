//! The certificates of a broker's TLS listeners.

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, SanType,
};
use std::net::{IpAddr, Ipv4Addr};

/// The certificates of a broker and a client, with their keys, and the certificate of the authority
/// that issued them. All are in PEM.
#[derive(Debug)]
pub(super) struct Certificates {
    pub(super) authority: String,
    /// The broker's key.
    pub(super) key: String,
    /// The broker's certificate, for 127.0.0.1.
    pub(super) certificate: String,
    /// The broker's certificate for no host, with the same key; CKafka's is like this.
    pub(super) nameless: String,
    pub(super) client_key: String,
    pub(super) client_certificate: String,
}

impl Certificates {
    pub(super) fn issue() -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut params = CertificateParams::default();
        params.distinguished_name = named("an authority of the tests");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key).expect("a certificate").pem();
        let issuer = Issuer::new(params, key);
        let issued = |name: &str, hosts: &[SanType], key: &KeyPair| {
            let mut params = CertificateParams::default();
            params.distinguished_name = named(name);
            params.subject_alt_names.extend_from_slice(hosts);
            params.signed_by(key, &issuer).expect("a certificate").pem()
        };

        let key = KeyPair::generate().expect("a key");
        let client_key = KeyPair::generate().expect("a key");
        let address = SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Certificates {
            authority,
            certificate: issued("a broker of the tests", &[address], &key),
            nameless: issued("a broker without a name", &[], &key),
            key: key.serialize_pem(),
            client_certificate: issued("a client of the tests", &[], &client_key),
            client_key: client_key.serialize_pem(),
        }
    }
}

fn named(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}
