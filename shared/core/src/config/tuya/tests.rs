use crate::config::ConsumerConfig;
use crate::{
    config::{EdgeConfig, Ingress, Tuya},
    source::{Channel, SourceName},
    tuya::{Environment, SignaturePolicy},
};

const ID: &str = "madeupaccessid000001";
const KEY: &str = "made0up1access2key3made4up5acces";

fn document(lines: &[&str]) -> String {
    let mut text = "[sources.house]\nplatform = \"tuya\"\n".to_owned();
    for line in lines {
        text.push_str(line);
        text.push('\n');
    }
    text
}

fn access() -> [String; 2] {
    [
        format!("access_id = \"{ID}\""),
        format!("access_key = \"{KEY}\""),
    ]
}

/// A document with the Access ID, the region and these lines.
fn with(lines: &[&str]) -> String {
    let access = access();
    let all: Vec<&str> = access.iter().map(String::as_str).collect();
    document(&[&all[..], &["region = \"eu\""], lines].concat())
}

fn tuya(text: &str) -> Tuya {
    let config = EdgeConfig::parse(&[text]).expect("no problems");
    let house = &config.sources[&SourceName::parse("house").expect("a name")];
    match &house.ingress {
        Ingress::Tuya(tuya) => (**tuya).clone(),
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
fn what_is_not_said_has_its_default() {
    let tuya = tuya(&with(&[]));
    assert_eq!(tuya.access.id.as_str(), ID);
    assert_eq!(tuya.endpoint.origin(), "wss://mqe.tuyaeu.com:8285");
    assert_eq!(tuya.environment, Environment::Production);
    assert!(!tuya.notices);
    assert_eq!(tuya.signature, SignaturePolicy::Log);
    assert!(tuya.ca.is_none());
}

#[test]
fn everything_can_be_said() {
    let ca =
        "ca = \"\"\"\n-----BEGIN CERTIFICATE-----\nTm90IG9uZQ==\n-----END CERTIFICATE-----\n\"\"\"";
    let access = access();
    let tuya = tuya(&document(&[
        &access[0],
        &access[1],
        "url = \"pulsar+ssl://mqe.tuyacn.com:7285/\"",
        "environment = \"test\"",
        "notices = true",
        "signature = \"enforce\"",
        ca,
        "silent_after_minutes = 30",
    ]));
    assert_eq!(tuya.endpoint.origin(), "wss://mqe.tuyacn.com:8285");
    assert_eq!(tuya.environment, Environment::Test);
    assert!(tuya.notices);
    assert_eq!(tuya.signature, SignaturePolicy::Enforce);
    assert_eq!(tuya.ca.map(|ca| ca.der().count()), Some(1));
}

#[test]
fn the_key_never_prints() {
    let config = EdgeConfig::parse(&[&with(&[])]).expect("no problems");
    assert!(!format!("{config:?}").contains(KEY));
}

#[test]
fn settings_need_the_key_of_the_secrets_and_the_consumer_does_not() {
    let settings = document(&[&access()[0], "region = \"eu\""]);
    let secrets = format!(r#"{{"sources": {{"house": {{"access_key": "{KEY}"}}}}}}"#);
    assert!(EdgeConfig::parse(&[&settings, &secrets]).is_ok());
    assert_eq!(
        problems(&settings),
        [
            "sources.house.access_key: is missing: the Access Secret of the cloud project, which belongs to the secrets (line 1)"
        ]
    );
    let config = ConsumerConfig::parse(&[&settings]).expect("no problems");
    let house = &config.sources[&SourceName::parse("house").expect("a name")];
    assert_eq!(house.channel, Channel::Pulsar);
}

#[test]
fn each_slip_is_one_problem_at_its_place() {
    let access = access();
    let [id, key] = access.each_ref().map(String::as_str);
    let eu = "region = \"eu\"";
    let cases: &[(&[&str], &str)] = &[
        (&[id, key], "region: is missing"),
        (&[id, eu], "access_key: is missing"),
        (&[key, eu], "access_id: is missing"),
        (&[id, key, "region = \"mars\""], "region: must be one of"),
        (
            &[id, key, eu, "url = \"wss://a.example\""],
            "url: cannot be combined",
        ),
        (&[id, key, "url = \"https://a.example\""], "url: "),
        (&[id, key, "url = \"ws://a.example\""], "url: "),
        (&[id, key, "url = 5"], "url: must be a text, got 5"),
        (
            &[
                id,
                key,
                "url = \"wss://a.example/x/event\"",
                "notices = true",
            ],
            "notices: cannot be combined",
        ),
        (
            &["access_id = \"a/b\"", key, eu],
            "access_id: must be 1 to 64",
        ),
        (
            &[id, "access_key = \"short\"", eu],
            "access_key: must be at least 24",
        ),
        (
            &[id, key, eu, "environment = \"prod\""],
            "environment: must be one of \"production\", \"test\", got \"prod\": did you mean \"production\"?",
        ),
        (
            &[id, key, eu, "signature = true"],
            "signature: must be one of",
        ),
        (
            &[id, key, eu, "notices = \"yes\""],
            "notices: must be true or false",
        ),
        (
            &[id, key, eu, "ca = \"no certificate\""],
            "ca: must be the text",
        ),
        (
            &[id, key, eu, "tokens = [\"k3J9xQ7pLm2Vt8Wz\"]"],
            "tokens: is not known",
        ),
        (
            &[id, key, eu, "payload = \"json\""],
            "payload: is not known",
        ),
    ];
    for (lines, expected) in cases {
        let found = problems(&document(lines));
        assert_eq!(found.len(), 1, "{lines:?}: {found:?}");
        let expected = format!("sources.house.{expected}");
        assert!(found[0].starts_with(&expected), "{lines:?}: {found:?}");
        assert!(!found[0].contains(KEY), "{found:?}");
    }
}
