//! How a TLS connection is verified, and the certificate that the client presents.

use crate::{
    config::{Certificates, Problem, Problems, table::Table},
    secret::Secret,
};
use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use rustls_pki_types::{PrivateKeyDer, pem::PemObject};

/// The TLS settings of a connection.
#[derive(Debug, Clone, Default)]
pub struct KafkaTls {
    /// The authorities that verify the broker's certificate.
    pub authorities: Authorities,
    /// The client's certificate, if the broker asks for one.
    pub client: Option<ClientCertificate>,
}

/// The authorities that verify the broker's certificate. It is always verified.
#[derive(Debug, Clone, Default)]
pub enum Authorities {
    /// The authorities of the system. The certificate must name the broker's host.
    #[default]
    System,
    /// The source's own authorities.
    Own {
        certificates: Certificates,
        /// Whether the certificate must name the broker's host. CKafka's certificates do not: its
        /// page tells clients to switch the check off.
        ///
        /// Source: <https://www.tencentcloud.com/document/product/597/73497>.
        check_hostname: bool,
    },
}

/// The client's certificate with its key.
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    /// The certificate, and the certificates between it and its authority.
    pub certificates: Certificates,
    /// The private key, in PEM.
    pub key: Secret,
    /// The password of the key, if the key is encrypted.
    pub key_password: Option<Secret>,
}

/// The keys of a source's table that concern TLS.
pub(super) const KEYS: [&str; 5] = [
    "ca",
    "check_hostname",
    "client_certificate",
    "client_key",
    "client_key_password",
];

pub(super) fn read(table: &mut Table, problems: &mut Problems) -> KafkaTls {
    let has_ca = table.has("ca");
    let place = table.place("check_hostname");
    let ca = table.take("ca", problems, certificates);
    let check_hostname = table.boolean("check_hostname", problems).unwrap_or(true);
    if !check_hostname && !has_ca {
        problems.push(Problem::new(
            place,
            "cannot be false without ca: with only the system's authorities, any host could pass for the broker",
        ));
    }
    KafkaTls {
        authorities: ca.map_or(Authorities::System, |certificates| Authorities::Own {
            certificates,
            check_hostname,
        }),
        client: read_client(table, problems),
    }
}

fn certificates(value: &serde_json::Value) -> Result<Certificates, String> {
    value
        .as_str()
        .and_then(Certificates::parse)
        .ok_or_else(|| "must be the text of one or more certificates in PEM".to_owned())
}

fn read_client(table: &mut Table, problems: &mut Problems) -> Option<ClientCertificate> {
    let [certificate_place, key_place, password_place] =
        ["client_certificate", "client_key", "client_key_password"].map(|key| table.place(key));
    let given = (table.has("client_certificate"), table.has("client_key"));
    let certificates = table.take("client_certificate", problems, certificates);
    let key = table.take("client_key", problems, |value| {
        value
            .as_str()
            .and_then(PrivateKey::parse)
            .ok_or_else(|| "must be the text of a private key in PEM".to_owned())
    });
    let password = table.secret("client_key_password", problems);
    match (given, &key, &password) {
        ((true, false), ..) => problems.push(Problem::new(
            key_place,
            "is missing: the key of client_certificate, which belongs to the secrets",
        )),
        ((false, true), ..) => problems.push(Problem::new(
            certificate_place,
            "is missing: the certificate that belongs to client_key",
        )),
        (_, Some(key), None) if key.is_encrypted => problems.push(Problem::new(
            password_place,
            "is missing: client_key is encrypted. The password belongs to the secrets",
        )),
        (_, Some(key), Some(_)) if !key.is_encrypted => problems.push(Problem::new(
            password_place,
            "has no effect: client_key is not encrypted",
        )),
        ((false, false), None, Some(_)) => problems.push(Problem::new(
            password_place,
            "has no effect without client_key",
        )),
        _ => {}
    }
    Some(ClientCertificate {
        certificates: certificates?,
        key: key?.pem,
        key_password: password,
    })
}

/// The parts of a private key that can be read without its password.
struct PrivateKey {
    pem: Secret,
    is_encrypted: bool,
}

impl PrivateKey {
    fn parse(pem: &str) -> Option<PrivateKey> {
        let is_encrypted = is_encrypted(pem);
        let is_key = is_encrypted || PrivateKeyDer::from_pem_slice(pem.as_bytes()).is_ok();
        is_key.then(|| PrivateKey {
            pem: Secret::new(pem),
            is_encrypted,
        })
    }
}

/// Whether the key is encrypted: by PKCS #8, or in OpenSSL's own older format.
fn is_encrypted(pem: &str) -> bool {
    let body = |label: &str| {
        let (_, rest) = pem.split_once(&format!("-----BEGIN {label}-----"))?;
        Some(rest.split_once(&format!("-----END {label}-----"))?.0)
    };
    if let Some(body) = body("ENCRYPTED PRIVATE KEY") {
        let text: String = body.split_whitespace().collect();
        return !text.is_empty() && BASE64.decode(text).is_ok();
    }
    ["RSA PRIVATE KEY", "EC PRIVATE KEY"]
        .into_iter()
        .filter_map(body)
        .any(|body| body.trim_start().starts_with("Proc-Type: 4,ENCRYPTED"))
}
