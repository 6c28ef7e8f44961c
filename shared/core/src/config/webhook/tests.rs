use super::*;
use crate::config::{ConsumerConfig, EdgeConfig, TargetKind, WebhookConfig};

const SECRET: &str = "whsec_cXFxcXFxcXFxcXFxcXFxcXFxcXFxcXFx";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oDC2FVsBQIhrscChlQIMV+b5sSYspob7oD";

fn document(rest: &str) -> String {
    format!("[targets.crm]\ntype = \"webhook\"\n{rest}\n")
}

fn webhook(rest: &str) -> WebhookTarget {
    let config = WebhookConfig::parse(&[&document(rest)]).unwrap();
    match config.targets.into_iter().next().map(|target| target.kind) {
        Some(TargetKind::Webhook(webhook)) => *webhook,
        other => panic!("{other:?}"),
    }
}

fn problems(rest: &str) -> Vec<String> {
    let config = WebhookConfig::usable(&[&document(rest)]).unwrap();
    let problems = config.broken.problems();
    problems.iter().map(ToString::to_string).collect()
}

#[test]
fn a_url_is_enough() {
    let url = WebhookUrl::parse("https://crm.example.com/events").unwrap();
    let expected = WebhookTarget {
        url,
        queue_url: None,
        content: Content::Structured,
        give_up_after: Duration::from_secs(86_400),
        connect_timeout: Duration::from_secs(3),
        timeout: Duration::from_secs(10),
        allowed: Allowed::default(),
        ca: None,
    };
    assert_eq!(
        webhook("url = \"https://crm.example.com/events\""),
        expected
    );
    let short = webhook("url = \"https://a.example\"\ntimeout_seconds = 2");
    assert_eq!(short.connect_timeout, Duration::from_secs(2));
}

#[test]
fn every_key_has_its_meaning() {
    let found = webhook(
        "url = \"http://[fd00::7]:8080/\"\nqueue_url = \"http://127.0.0.1:1/0/crm.fifo\"\n\
         content = \"binary\"\ngive_up_after_seconds = 60\nconnect_timeout_seconds = 1\n\
         timeout_seconds = 30\nallow_http = true\nallow_networks = [\"fd00::/8\", \"10.1.2.3\"]\n\
         allow_hosts = [\"CRM.internal\"]",
    );
    assert_eq!(found.queue_url.unwrap().name(), "crm.fifo");
    assert_eq!(found.content, Content::Binary);
    assert_eq!(found.give_up_after, Duration::from_secs(60));
    assert_eq!(found.connect_timeout, Duration::from_secs(1));
    assert_eq!(found.timeout, Duration::from_secs(30));
    let refusal = |address: &str| found.allowed.refusal(address.parse().unwrap());
    assert_eq!(refusal("fd00::1"), None);
    assert_eq!(refusal("10.1.2.3"), None);
    assert_eq!(refusal("10.1.2.4"), Some("private"));
    assert_eq!(refusal("8.8.8.8"), None);
    assert!(found.allowed.allows_host("crm.INTERNAL"));
    assert!(!found.allowed.allows_host("x.crm.internal"));
}

#[test]
fn what_is_wrong_is_reported_and_no_secret_is_quoted() {
    let url = "url = \"https://crm.example.com/\"\n";
    let cases = [
        (String::new(), "url: is missing: the URL of the receiver"),
        ("url = 1".to_owned(), "url: must be a URL"),
        (
            "url = \"http://hooks.example.com/k3J9xQ7pLm2Vt8Wz\"".to_owned(),
            "url: must begin with https:// (allow_http",
        ),
        (
            "url = \"ftp://hooks.example.com/k3J9xQ7pLm2Vt8Wz\"".to_owned(),
            "url: must be a URL",
        ),
        (
            "url = \"https://2130706433/k3J9xQ7pLm2Vt8Wz\"".to_owned(),
            "url: has a host that ends in a number",
        ),
        (
            "url = \"https://169.254.169.254/\"".to_owned(),
            "url: has the address 169.254.169.254, which is link-local: add",
        ),
        (
            "url = \"https://[::ffff:8.8.8.8]/\"".to_owned(),
            "url: has the address ::ffff:8.8.8.8, which is IPv4-mapped: add",
        ),
        (
            "url = \"https://127.0.0.1/\"\nallow_networks = [\"10.0.0.0/8\"]".to_owned(),
            "url: has the address 127.0.0.1, which is loopback: add",
        ),
        (
            format!("{url}allow_hosts = [\"127.0.0.1\"]"),
            "allow_hosts: must be DNS names",
        ),
        (
            format!("{url}queue_url = \"https://sqs.eu-west-1.amazonaws.com/1/crm\""),
            "queue_url: must be the URL of an SQS FIFO queue",
        ),
        (
            format!("{url}allow_networks = [\"10.0.0.1/8\"]"),
            "allow_networks: must be networks such as",
        ),
        (
            format!("{url}allow_networks = []"),
            "allow_networks: must be a list that is not empty",
        ),
        (
            format!("{url}give_up_after_seconds = 604801"),
            "give_up_after_seconds: must be a number of seconds from 60 to 604800",
        ),
        (
            format!("{url}timeout_seconds = 0"),
            "timeout_seconds: must be a number of seconds from 1 to 30",
        ),
        (
            format!("{url}timeout_seconds = 2\nconnect_timeout_seconds = 3"),
            "connect_timeout_seconds: must not be more than timeout_seconds",
        ),
        (
            format!("{url}content = \"batched\""),
            "content: must be one of \"structured\", \"binary\"",
        ),
        (
            format!("{url}ca = \"-\""),
            "ca: must be the text of one or more certificates in PEM",
        ),
        (
            format!("{url}secret = \"{SECRET}\""),
            "secret: is not known here: did you mean signing_secrets?",
        ),
        (
            format!("{url}signing_secrets = \"{SECRET}\""),
            "signing_secrets: must be a list of one or two texts",
        ),
        (
            format!("{url}signing_secrets = []"),
            "signing_secrets: must be a list of one or two texts",
        ),
        (
            format!("{url}signing_secrets = [\"{SECRET}\", \"{SECRET}\"]"),
            "signing_secrets[1]: is the same as the current secret",
        ),
        (
            format!("{url}signing_secrets = [\"{OTHER}\", \"k3J9xQ7pLm2Vt8Wz\"]"),
            "signing_secrets[1]: must begin with whsec_",
        ),
        (
            format!("{url}signing_secrets = [\"whsec_…\"]"),
            "signing_secrets[0]: must have base64 behind whsec_",
        ),
    ];
    for (rest, expected) in cases {
        let found = problems(&rest);
        let starts = |line: &String| line.starts_with(&format!("targets.crm.{expected}"));
        assert!(found.iter().any(starts), "{expected}: {found:#?}");
        assert_eq!(found.len(), 1, "{found:#?}");
        for secret in ["k3J9xQ7pLm2Vt8Wz", "cXFxcXFxcXF", "C2FVsBQI"] {
            assert!(!found.concat().contains(secret), "{found:?}");
        }
    }
}

#[test]
fn only_the_webhook_reads_secrets_and_only_the_consumer_needs_the_queue() {
    let settings = document("url = \"https://crm.example.com/\"");
    let secrets =
        format!("{{\"targets\":{{\"crm\":{{\"signing_secrets\":[\"{OTHER}\",\"{SECRET}\"]}}}}}}");
    let config = WebhookConfig::parse(&[&settings, &secrets]).unwrap();
    assert!(config.signing["crm"].previous.is_some());
    assert!(!format!("{config:?}").contains("cXFxcXFxcXF"));
    assert!(
        WebhookConfig::parse(&[&settings])
            .unwrap()
            .signing
            .is_empty()
    );
    let edge = EdgeConfig::parse(&[&settings, &secrets]).unwrap();
    assert!(edge.signing.is_empty());

    let consumer = ConsumerConfig::usable(&[&settings]).unwrap();
    let found = consumer.broken.problems().to_string();
    assert!(
        found.contains("targets.crm.queue_url: is missing"),
        "{found}"
    );
    let queue = "queue_url = \"https://sqs.eu-west-1.amazonaws.com/123456789012/crm.fifo\"";
    let consumer = ConsumerConfig::parse(&[&settings, &document(queue)]).unwrap();
    assert_eq!(consumer.targets.len(), 1);
}

#[test]
fn a_webhook_keeps_its_last_good_secrets() {
    let url = "url = \"https://crm.example.com/\"\n";
    let good = document(&format!("{url}signing_secrets = [\"{SECRET}\"]"));
    let before = WebhookConfig::parse(&[&good]).unwrap();
    let mut after = WebhookConfig::usable(&[&document("url = 1")]).unwrap();
    after.keep_last_good(&before);
    assert!(after.signing.contains_key("crm") && after.targets.len() == 1);
}
