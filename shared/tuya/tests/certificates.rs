//! TLS to a broker that is played: certificates are verified.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    missing_docs,
    dead_code,
    unreachable_pub
)]

mod served;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use served::{Served, soon, source};
use std::sync::Arc;
use thingrelay::{
    clock::Clock,
    pull::{Broker, ConnectError, Subscription},
};
use thingrelay_core::tuya::Topic;
use thingrelay_tuya::TuyaBroker;
use tokio::{io::AsyncWriteExt, join};
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// Why the broker is unreachable; empty if it is not.
fn reason<T>(result: &Result<T, ConnectError>) -> &str {
    match result {
        Ok(_) => "",
        Err(ConnectError::Unreachable(detail)) => detail,
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn certificates_are_verified() {
    let authority = |name: &str| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params
            .distinguished_name
            .push(rcgen::DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        (Issuer::new(params, key), pem)
    };
    let (issuer, trusted) = authority("ours");
    let (_, stranger) = authority("another");
    let both = format!("{stranger}{trusted}");
    let named = |name: &str| CertificateParams::new([name.to_owned()]).unwrap();
    let mut expired = named("localhost");
    expired.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let mut early = named("localhost");
    early.not_before = rcgen::date_time_ymd(4000, 1, 1);
    let ours = Some(&trusted);
    let cases = [
        (named("localhost"), ours, ""),
        (named("localhost"), Some(&both), ""),
        (
            named("localhost"),
            Some(&stranger),
            "not from a trusted authority",
        ),
        (named("localhost"), None, "not from a trusted authority"),
        (named("broker.example.org"), ours, "is not for localhost"),
        (expired, ours, "has expired"),
        (early, ours, "not valid yet"),
    ];
    for (certificate, ca, words) in cases {
        let key = KeyPair::generate().unwrap();
        let certificate = certificate.signed_by(&key, &issuer).unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], key)
            .unwrap();
        let served = Served::start_tls(config).await;
        let ca = ca.map_or_else(String::new, |pem| format!("ca = \"\"\"\n{pem}\"\"\""));
        let (name, tuya) = source(&format!("url = \"wss://localhost:{}\"\n{ca}", served.port));
        let broker = TuyaBroker::new(&name, &tuya, Topic::Event, Clock::system());
        let (mut result, session) = join!(soon(broker.connect()), served.try_accept());
        if let (Ok(subscription), Some(mut session)) = (&mut result, session) {
            session
                .send_text(r#"{"messageId":"m","payload":"e30="}"#)
                .await;
            assert!(soon(subscription.next()).await.is_ok());
        }
        let detail = reason(&result);
        assert_eq!(detail.is_empty(), words.is_empty(), "{words}: {detail}");
        assert!(detail.contains(words), "{words}: {detail}");
    }
}

#[tokio::test]
async fn what_does_not_speak_tls_is_said_to() {
    let served = Served::start().await;
    let (name, tuya) = source(&format!("url = \"wss://localhost:{}\"", served.port));
    let broker = TuyaBroker::new(&name, &tuya, Topic::Event, Clock::system());
    let answer = async {
        let mut stream = served.accept_tcp().await;
        stream
            .write_all(b"HTTP/1.1 400 No TLS\r\n\r\n")
            .await
            .unwrap();
        stream
    };
    let (result, _stream) = join!(soon(broker.connect()), answer);
    let detail = reason(&result);
    assert!(detail.contains("does not speak TLS"), "{detail}");
}
