//! TLS and HTTP/2.

use crate::{
    receiver::{Played, Reply},
    world::{World, allowed},
};
use http::Version;
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use std::sync::Arc;
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// An authority, and its certificate in PEM.
fn authority() -> (Issuer<'static, KeyPair>, String) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let pem = params.self_signed(&key).unwrap().pem();
    (Issuer::new(params, key), pem)
}

fn server(issuer: &Issuer<'_, KeyPair>, name: &str, protocols: &[&str]) -> ServerConfig {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new([name.to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, issuer).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let protocols = protocols.iter().map(|name| name.as_bytes().to_vec());
    config.alpn_protocols = protocols.collect();
    config
}

async fn deliver(config: ServerConfig, ca: &str, events: usize) -> (Played, usize) {
    let receiver = Played::at("127.0.0.1:0", Some(config), |_| Reply::status(200)).await;
    let url = format!("https://localhost:{}/events", receiver.address.port());
    let ca = format!("ca = \"\"\"\n{ca}\"\"\"");
    let world = World::new(&allowed(&url, &ca)).await;
    for device in 0..events {
        world.send(&format!("meter-{device}"), 0).await;
    }
    world.poll_all().await;
    (receiver, world.left())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_offers_http_2_gets_it_over_few_connections() {
    let (issuer, ca) = authority();
    let (receiver, left) =
        deliver(server(&issuer, "localhost", &["h2", "http/1.1"]), &ca, 10).await;
    let arrived = receiver.arrived();
    assert_eq!((arrived.len(), left), (10, 0));
    assert!(arrived.iter().all(|one| one.version == Version::HTTP_2));
    let (receiver, left) = deliver(server(&issuer, "localhost", &["http/1.1"]), &ca, 3).await;
    assert_eq!(left, 0);
    assert!(
        receiver
            .arrived()
            .iter()
            .all(|one| one.version == Version::HTTP_11)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certificate_of_a_stranger_or_for_another_name_is_not_accepted() {
    let (issuer, ca) = authority();
    let (_, stranger) = authority();
    for (name, trusted) in [("localhost", &stranger), ("crm.example.com", &ca)] {
        let (receiver, left) = deliver(server(&issuer, name, &["h2"]), trusted, 1).await;
        assert_eq!((receiver.arrived().len(), left), (0, 1), "{name}");
    }
}
