//! `thingrelay check sources`.

use crate::{
    broker::{Broker, Deed, Part, sent},
    source::{ACCESS_ID, ACCESS_KEY, config, everything, frame, report, thingrelay},
};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::{net::TcpListener, sync::Arc};
use thingrelay_core::tuya::{self, Access, AccessId, AccessKey, Mode};
use thingrelay_tests::searched::Searched;
use tokio_rustls::rustls::{
    ServerConfig,
    crypto::aws_lc_rs,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

/// Checks a source at this URL. Returns the exit code and the output.
fn check(url: &str, more: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let directory = tempfile::tempdir().unwrap();
    let config = config(directory.path(), url, more);
    let output = thingrelay(&[&["check", "sources", "--config", &config][..], arguments].concat())
        .searched()
        .unwrap();
    let told = everything(&output);
    assert!(!told.contains(ACCESS_KEY), "{told}");
    (output.status.code(), told)
}

#[test]
fn a_source_that_delivers_is_well_and_nothing_is_acknowledged() {
    let broker = Broker::start(|_, _| Part::Deliver(vec![report(1), report(2)]));
    let more = "notices = true";
    let (code, told) = check(&broker.url(), more, &["--source", "house"]);
    assert_eq!(code, Some(0), "{told}");
    let lines: Vec<&str> = told.lines().collect();
    let lets_in = |topic: &str| {
        format!(
            "ok       house, connection to {topic}: {} lets us consume persistent://{ACCESS_ID}/out/{topic}",
            broker.url()
        )
    };
    assert_eq!(lines[0], lets_in("event"));
    let message = "ok       house, messages to event: a message of the device dev1 came, protocol 4, published ";
    assert!(lines[1].starts_with(message), "{told}");
    assert!(
        lines[1].ends_with("the access key decrypts it, its sign is right"),
        "{told}"
    );
    assert_eq!(lines[2..], [lets_in("notice").as_str(), "No problems."]);
    for _ in 0..2 {
        let deeds = broker.until(|deed| *deed == Deed::Left);
        assert!(sent(&deeds).is_empty(), "{deeds:#?}");
    }
}

#[test]
fn what_is_wrong_is_told_with_what_to_do() {
    let stranger = Access::new(
        AccessId::parse(ACCESS_ID).unwrap(),
        AccessKey::parse("ffeeddccbbaa99887766554433221100").unwrap(),
    );
    let foreign = tuya::seal(&stranger, Mode::Gcm, 4, 0, b"{}", [7; 12]);
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        format!("ws://{}", listener.local_addr().unwrap())
    };
    let of = |part: fn() -> Part| Broker::start(move |_, _| part()).url();
    let undecryptable = Broker::start(move |_, _| Part::Deliver(vec![frame(1, &foreign)])).url();
    let cases: [(String, &[&str]); 8] = [
        (
            nobody,
            &["Nothing listens at 127.0.0.1:", "-> Check region or url"],
        ),
        (
            "wss://no-such-host.invalid".to_owned(),
            &["no-such-host.invalid cannot be resolved", "-> Check "],
        ),
        (
            of(|| Part::Refuse(401)),
            &[
                "answered 401 for persistent://",
                "-> Check that access_id and access_key",
                "region",
            ],
        ),
        (
            of(|| Part::Refuse(403)),
            &["answered 403", "message service"],
        ),
        (
            of(|| Part::Refuse(404)),
            &["answered 404", "topic", "-> Check the environment"],
        ),
        (
            of(|| Part::Refuse(500)),
            &["answered 500", "subscription", "switched on"],
        ),
        (
            of(|| Part::DeliverAndLeave(Vec::new())),
            &[
                "ok       house, connection to event",
                "connection",
                "-> The broker accepted the connection",
            ],
        ),
        (
            undecryptable,
            &[
                "it cannot be opened: the key does not decrypt the data",
                "-> access_key is not",
            ],
        ),
    ];
    for (url, expected) in cases {
        let (code, told) = check(&url, "", &["--timeout", "5", "--wait", "20"]);
        assert_eq!(code, Some(1), "{url}: {told}");
        assert!(told.ends_with("\n1 problem.\n"), "{url}: {told}");
        for words in expected {
            assert!(told.contains(words), "{url}, {words}: {told}");
        }
    }
}

#[test]
fn silence_is_told_unless_nothing_is_waited_for() {
    let broker = Broker::start(|_, _| Part::Deliver(Vec::new()));
    let environment = "environment = \"test\"";
    let (code, told) = check(&broker.url(), environment, &["--wait", "0.2"]);
    assert_eq!(code, Some(1), "{told}");
    for words in [
        "problem  house, messages to event-test: Connected, but no message came within 0.2 s.",
        "message rule is published and switched on",
        "belongs to the test environment",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let (code, told) = check(&broker.url(), environment, &["--wait", "0"]);
    assert_eq!(code, Some(0), "{told}");
}

#[test]
fn certificates_are_checked_against_the_source_s_authority() {
    let mut authority = CertificateParams::new([]).unwrap();
    authority
        .distinguished_name
        .push(DnType::CommonName, "an authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let authority_key = KeyPair::generate().unwrap();
    let pem = authority.self_signed(&authority_key).unwrap().pem();
    let authority = Issuer::new(authority, authority_key);
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["localhost".to_owned()]).unwrap();
    let certificate = certificate.signed_by(&key, &authority).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let server = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let broker = Broker::start_tls(server, |_, _| Part::Deliver(vec![report(1)]));
    let ca = format!("ca = \"\"\"\n{pem}\"\"\"");
    let cases = [
        ("localhost", ca.as_str(), Some(0), "No problems."),
        ("localhost", "", Some(1), "trusted"),
        ("127.0.0.1", &ca, Some(1), "is not for 127.0.0.1"),
    ];
    for (host, more, expected, words) in cases {
        let url = format!("wss://{host}:{}", broker.port);
        let (code, told) = check(&url, more, &[]);
        assert_eq!(code, expected, "{host} {words}: {told}");
        assert!(told.contains(words), "{host} {words}: {told}");
    }
}

#[test]
fn several_documents_make_one_configuration_and_sources_are_chosen_by_name() {
    let broker = Broker::start(|_, _| Part::Deliver(vec![report(1)]));
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let settings = write(
        "settings.toml",
        &format!(
            "[sources.house]\nplatform = \"tuya\"\naccess_id = \"{ACCESS_ID}\"\nurl = \"{}\"\n\
             [sources.meters]\nplatform = \"tencent-iot-hub\"\n",
            broker.url()
        ),
    );
    let secrets = write(
        "secrets.json",
        &format!(
            r#"{{"sources":{{"house":{{"access_key":"{ACCESS_KEY}"}},"meters":{{"tokens":["Zq7LmB2xT9vKc4RnW8sJd3Yh"]}}}}}}"#
        ),
    );
    let pushed = write(
        "pushed.toml",
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"Zq7LmB2xT9vKc4RnW8sJd3Yh\"]\n",
    );
    let both = [settings.as_str(), &secrets];
    let cases: [(&[&str], &[&str], bool, &str); 7] = [
        (
            &both,
            &[],
            true,
            "untried  meters: the platform pushes to it: check its URL, for example with `thingrelay check url URL",
        ),
        (
            &both,
            &[],
            true,
            "\nNo problems with the sources that were tried. 1 source was not tried.\n",
        ),
        (&both, &["--source", "house"], true, "No problems."),
        (&both, &["--source", "meters"], false, "Nothing was tried."),
        (&both, &["--source", "barn"], false, "no source barn"),
        (
            &both[..1],
            &[],
            false,
            "sources.house.access_key: is missing",
        ),
        (&[&pushed], &[], false, "Nothing was tried. 1 source"),
    ];
    for (files, arguments, succeeds, expected) in cases {
        let output =
            thingrelay(&[&["check", "sources", "--config"][..], files, arguments].concat())
                .searched()
                .unwrap();
        let told = everything(&output);
        assert!(told.contains(expected), "{expected}: {told}");
        assert_eq!(output.status.success(), succeeds, "{told}");
    }
    for wrong in [&["check"][..], &["check", "sources"]] {
        let output = thingrelay(wrong).searched().unwrap();
        assert_eq!(output.status.code(), Some(2), "{}", everything(&output));
    }
}
