use crate::config::{ConsumerConfig, EventSourceConfig};
use crate::{
    config::{Authorities, Ckafka, EdgeConfig, Ingress, KafkaEncryption, KafkaMechanism, KafkaTls},
    source::{Channel, Platform, SourceName},
};

const PASSWORD: &str = "a-password-of-nobody";

fn document(lines: &[&str]) -> String {
    let mut text =
        "[sources.plant]\nplatform = \"tencent-iot-explorer\"\nchannel = \"ckafka\"\n".to_owned();
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

const TOPICS: &str = "topics = [\"iot\"]";
const BROKERS: &str = "brokers = [\"ckafka-1.example:50000\"]";
const GROUP: &str = "group = \"relay\"";
const SASL: &str = "security = \"sasl_plaintext\"";
const USER: &str = "username = \"ckafka-abc123#bob\"";

fn password() -> String {
    format!("password = \"{PASSWORD}\"")
}

fn ckafka(text: &str) -> Ckafka {
    let config = EdgeConfig::parse(&[text]).expect("no problems");
    let plant = &config.sources[&SourceName::parse("plant").expect("a name")];
    assert_eq!(plant.platform, Platform::TencentIotExplorer);
    assert_eq!(plant.ingress.channel(), Channel::Ckafka);
    match &plant.ingress {
        Ingress::Ckafka(ckafka) => (**ckafka).clone(),
        other => panic!("{other:?}"),
    }
}

fn problems(text: &str) -> Vec<String> {
    match EdgeConfig::parse(&[text]) {
        Ok(_) => Vec::new(),
        Err(error) => error.0.iter().map(ToString::to_string).collect(),
    }
}

#[test]
fn without_a_group_lambda_brings_the_records() {
    let found = ckafka(&document(&[TOPICS, "payload = \"base64\""]));
    assert_eq!(found.topics, ["iot"]);
    assert!(found.brokers.is_empty());
    assert!(found.pull.is_none());
    let found = ckafka(&document(&[TOPICS, BROKERS]));
    assert_eq!(found.brokers, ["ckafka-1.example:50000"]);
    assert!(found.pull.is_none());
}

#[test]
fn with_a_group_it_is_pulled() {
    let password = password();
    let (certificate, _) = identity();
    let ca = certificate.replace("client_certificate", "ca");
    let scram = "mechanism = \"SCRAM-SHA-512\"";
    let cases: [(&[&str], &str, Option<KafkaMechanism>, usize); 6] = [
        (
            &[SASL, USER, &password],
            "sasl_plaintext",
            Some(KafkaMechanism::Plain),
            0,
        ),
        (
            &[SASL, USER, &password, scram],
            "sasl_plaintext",
            Some(KafkaMechanism::ScramSha512),
            0,
        ),
        (
            &["security = \"sasl_ssl\"", USER, &password, &ca],
            "sasl_ssl",
            Some(KafkaMechanism::Plain),
            1,
        ),
        (&["security = \"ssl\"", &ca], "ssl", None, 1),
        (&["security = \"ssl\""], "ssl", None, 0),
        (&["security = \"plaintext\""], "plaintext", None, 0),
    ];
    for (lines, protocol, mechanism, authorities) in cases {
        let found = ckafka(&document(&[&[TOPICS, BROKERS, GROUP], lines].concat()));
        let pull = found.pull.expect("it is pulled");
        assert_eq!(pull.group, "relay");
        assert_eq!(pull.security.protocol(), protocol);
        assert_eq!(
            pull.security.login.as_ref().map(|login| login.mechanism),
            mechanism
        );
        let found = match &pull.security.encryption {
            KafkaEncryption::Tls(KafkaTls {
                authorities:
                    Authorities::Own {
                        certificates,
                        check_hostname: true,
                    },
                client: None,
            }) => certificates.der().count(),
            KafkaEncryption::Tls(KafkaTls {
                authorities: Authorities::System,
                client: None,
            })
            | KafkaEncryption::None => 0,
            other => panic!("{other:?}"),
        };
        assert_eq!(found, authorities);
        assert!(!format!("{pull:?}").contains(PASSWORD));
    }
}

#[test]
fn settings_need_the_password_of_the_secrets_and_the_consumer_does_not() {
    let settings = document(&[TOPICS, BROKERS, GROUP, SASL, USER]);
    let secrets = format!(r#"{{"sources": {{"plant": {{"password": "{PASSWORD}"}}}}}}"#);
    assert!(EdgeConfig::parse(&[&settings, &secrets]).is_ok());
    assert_eq!(
        problems(&settings),
        ["sources.plant.password: is missing: it belongs to the secrets (line 1)"]
    );
    let config = ConsumerConfig::parse(&[&settings]).expect("no problems");
    let plant = &config.sources[&SourceName::parse("plant").expect("a name")];
    assert_eq!(plant.channel, Channel::Ckafka);
}

#[test]
fn each_slip_is_one_problem_at_its_place() {
    let password = password();
    let pulled = [TOPICS, BROKERS, GROUP];
    let cases: Vec<(Vec<&str>, &str)> = vec![
        (vec![], "topics: is missing"),
        (vec!["topics = \"iot\""], "topics: must be a list"),
        (vec!["topics = []"], "topics: must be a list"),
        (vec!["topics = [\"a b\"]"], "topics: must be a list"),
        (vec!["topics = [\"a\", \"a\"]"], "topics: must be a list"),
        (
            vec![TOPICS, "brokers = [\"host\"]"],
            "brokers: must be a list",
        ),
        (
            vec![TOPICS, "brokers = [\"host:0\"]"],
            "brokers: must be a list",
        ),
        (
            vec![TOPICS, "brokers = [\"kafka://host:1\"]"],
            "brokers: must be a list",
        ),
        (vec![TOPICS, SASL], "security: has no effect without group"),
        (
            vec![TOPICS, &password],
            "password: has no effect without group",
        ),
        (
            vec![TOPICS, GROUP, "security = \"plaintext\""],
            "brokers: is missing",
        ),
        (pulled.to_vec(), "security: is missing"),
        (
            vec![TOPICS, BROKERS, "group = \"\"", "security = \"plaintext\""],
            "group: must be the name",
        ),
        (
            [&pulled[..], &["security = \"tls\""]].concat(),
            "security: must be one of \"sasl_plaintext\", \"sasl_ssl\", \"ssl\", \"plaintext\", got \"tls\": did you mean \"ssl\"?",
        ),
        (
            [&pulled[..], &[SASL, USER]].concat(),
            "password: is missing",
        ),
        (
            [&pulled[..], &[SASL, &password]].concat(),
            "username: is missing",
        ),
        (
            [&pulled[..], &[SASL, USER, "password = \"\""]].concat(),
            "password: must be a text that is not empty, got an empty text",
        ),
        (
            [
                &pulled[..],
                &[SASL, USER, &password, "mechanism = \"GSSAPI\""],
            ]
            .concat(),
            "mechanism: must be one of \"PLAIN\"",
        ),
        (
            [&pulled[..], &[SASL, USER, &password, "ca = \"x\""]].concat(),
            "ca: has no effect",
        ),
        (
            [&pulled[..], &["security = \"ssl\"", USER]].concat(),
            "username: has no effect",
        ),
        (
            [&pulled[..], &["security = \"ssl\"", "ca = \"x\""]].concat(),
            "ca: must be the text",
        ),
        (
            vec![TOPICS, "tokens = [\"k3J9xQ7pLm2Vt8Wz\"]"],
            "tokens: is not known",
        ),
    ];
    for (lines, expected) in cases {
        let found = problems(&document(&lines));
        assert_eq!(found.len(), 1, "{lines:?}: {found:?}");
        let expected = format!("sources.plant.{expected}");
        assert!(found[0].starts_with(&expected), "{lines:?}: {found:?}");
        assert!(!found[0].contains(PASSWORD), "{found:?}");
    }
}

/// A certificate and its key, as a table holds them. Only librdkafka reads their contents.
fn identity() -> (String, String) {
    let pem = |name, label| {
        format!(
            "{name} = \"\"\"\n-----BEGIN {label}-----\nTm90IG9uZQ==\n-----END {label}-----\n\"\"\""
        )
    };
    (
        pem("client_certificate", "CERTIFICATE"),
        pem("client_key", "PRIVATE KEY"),
    )
}

/// A key that claims to be encrypted with a password.
const ENCRYPTED: &str = "client_key = \"\"\"\n-----BEGIN ENCRYPTED PRIVATE KEY-----\nTm90IGEga2V5IG9mIGFueWJvZHkncw==\n-----END ENCRYPTED PRIVATE KEY-----\n\"\"\"";
const OLD_ENCRYPTED: &str = "client_key = \"\"\"\n-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nTm90IGEga2V5\n-----END RSA PRIVATE KEY-----\n\"\"\"";

#[test]
fn certificates_without_the_hosts_name_and_certificates_of_ours() {
    let (certificate, key) = identity();
    let ca = certificate.replace("client_certificate", "ca");
    let password = "client_key_password = \"key-password\"";
    let unchecked = "check_hostname = false";
    let cases: [(&[&str], bool, Option<bool>); 5] = [
        (&[&ca], true, None),
        (&[&ca, unchecked], false, None),
        (&[&ca, unchecked, &certificate, &key], false, Some(false)),
        (&[&ca, &certificate, ENCRYPTED, password], true, Some(true)),
        (
            &[&ca, &certificate, OLD_ENCRYPTED, password],
            true,
            Some(true),
        ),
    ];
    for (lines, is_checked, has_password) in cases {
        let start = [TOPICS, BROKERS, GROUP, "security = \"ssl\""];
        let found = ckafka(&document(&[&start[..], lines].concat()));
        let printed = format!("{found:?}");
        for secret in ["PRIVATE KEY", "key-password"] {
            assert!(!printed.contains(secret), "{printed}");
        }
        let Some(KafkaEncryption::Tls(tls)) = found.pull.map(|pull| pull.security.encryption)
        else {
            panic!("{printed}");
        };
        let Authorities::Own { check_hostname, .. } = tls.authorities else {
            panic!("{printed}");
        };
        assert_eq!(check_hostname, is_checked);
        let client = tls.client;
        assert_eq!(
            client.map(|client| client.key_password.is_some()),
            has_password
        );
    }
}

#[test]
fn each_slip_of_tls_is_one_problem_at_its_place() {
    let (certificate, key) = identity();
    let password = "client_key_password = \"key-password\"";
    let cases: [(&[&str], &str); 9] = [
        (
            &["check_hostname = false"],
            "check_hostname: cannot be false without ca",
        ),
        (
            &["check_hostname = \"no\""],
            "check_hostname: must be true or false",
        ),
        (&[&certificate], "client_key: is missing"),
        (&[&key], "client_certificate: is missing"),
        (
            &["client_certificate = \"x\"", &key],
            "client_certificate: must be the text",
        ),
        (
            &[&certificate, "client_key = \"x\""],
            "client_key: must be the text",
        ),
        (
            &[&certificate, ENCRYPTED],
            "client_key_password: is missing",
        ),
        (
            &[&certificate, &key, password],
            "client_key_password: has no effect",
        ),
        (&[password], "client_key_password: has no effect"),
    ];
    for (lines, expected) in cases {
        let start = [TOPICS, BROKERS, GROUP, "security = \"ssl\""];
        let found = problems(&document(&[&start[..], lines].concat()));
        assert_eq!(found.len(), 1, "{lines:?}: {found:?}");
        let expected = format!("sources.plant.{expected}");
        assert!(found[0].starts_with(&expected), "{lines:?}: {found:?}");
    }
    for line in [&certificate, &key, password, "check_hostname = false"] {
        let found = problems(&document(&[
            TOPICS,
            BROKERS,
            GROUP,
            "security = \"plaintext\"",
            line,
        ]));
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("without encryption"), "{found:?}");
    }
}

#[test]
fn the_function_of_the_event_source_needs_no_secret() {
    let text = document(&[
        TOPICS,
        BROKERS,
        GROUP,
        "security = \"sasl_ssl\"",
        "password = 5",
    ]);
    let config = EventSourceConfig::parse(&[&text]).expect("no problems");
    let plant = &config.sources[&SourceName::parse("plant").expect("a name")];
    let topics = plant.topics.as_ref().expect("topics");
    assert!(topics.is_pulled);
    assert_eq!(topics.topics, ["iot"]);
}

#[test]
fn tuya_has_no_channel() {
    let text = document(&[TOPICS]).replace("tencent-iot-explorer", "tuya");
    assert!(
        problems(&text)
            .iter()
            .any(|problem| problem.starts_with("sources.plant.channel: is not known"))
    );
}
