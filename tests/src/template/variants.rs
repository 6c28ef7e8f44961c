//! The templates with the parameters that the tests use.

use super::{ARCHIVE, MAIN};

/// A template with parameters: its name, the name of the variant with the defaults if that is
/// another variant, the template, and the parameters.
pub type Variant = (
    &'static str,
    Option<&'static str>,
    &'static str,
    &'static [(&'static str, &'static str)],
);

/// Each template with its defaults, and with all its options.
pub const VARIANTS: [Variant; 11] = [
    ("main", None, MAIN, &[]),
    ("main-with-everything", Some("main"), MAIN, EVERYTHING),
    ("tuya", None, "functions/tuya/template.yaml", &[]),
    (
        "ckafka-pull",
        None,
        "functions/ckafka-pull/template.yaml",
        &[],
    ),
    (
        "ckafka-pull-with-everything",
        Some("ckafka-pull"),
        "functions/ckafka-pull/template.yaml",
        &[
            ("Lag", "500"),
            ("Subnets", "subnet-0a1b2c3d,subnet-0a1b2c3d4e5f60718"),
            ("SecurityGroup", "sg-0a1b2c3d"),
        ],
    ),
    (
        "ckafka",
        None,
        "functions/ckafka/template.yaml",
        &[SERVERS, TOPIC, CREDENTIALS],
    ),
    (
        "ckafka-with-everything",
        Some("ckafka"),
        "functions/ckafka/template.yaml",
        &[
            (
                "BootstrapServers",
                "b1.example.com:9093,b2.example.com:9093",
            ),
            ("Topic", "hub.rules"),
            CREDENTIALS,
            ("ConsumerGroup", "plant"),
            ("Authentication", "SASL_SCRAM_512_AUTH"),
            (
                "RootCaArn",
                "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ca-AbCdEf",
            ),
            ("Subnet1", "subnet-0a1b2c3d"),
            ("Subnet2", "subnet-0a1b2c3e"),
            ("Subnet3", "subnet-0a1b2c3d4e5f60718"),
            ("SecurityGroup", "sg-0a1b2c3d"),
        ],
    ),
    (
        "webhook",
        None,
        "functions/webhook/template.yaml",
        &[TARGET],
    ),
    (
        "webhook-with-everything",
        Some("webhook"),
        "functions/webhook/template.yaml",
        &[
            TARGET,
            ("Architecture", "x86_64"),
            ("Concurrency", "20"),
            ("LogLevel", "DEBUG"),
            ("LogRetentionDays", "7"),
        ],
    ),
    ("archive", None, ARCHIVE, &[]),
    (
        "silence",
        None,
        "silence.yaml",
        &[("Sources", "meters,doors-2"), ("Minutes", "720")],
    ),
];

/// The brokers, which the template of the event source requires.
pub const SERVERS: (&str, &str) = ("BootstrapServers", "ckafka.example.com:50001");
/// The topic, which the template requires.
pub const TOPIC: (&str, &str) = ("Topic", "explorer");
/// The login, which the template requires.
pub const CREDENTIALS: (&str, &str) = (
    "CredentialsArn",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ckafka-AbCdEf",
);

/// The target, which the template of a webhook requires.
pub const TARGET: (&str, &str) = ("Target", "crm");

/// Every optional part of the main template.
const EVERYTHING: &[(&str, &str)] = &[
    ("Architecture", "x86_64"),
    ("ConsumerConcurrency", "2"),
    (
        "TargetQueueArns",
        "arn:aws:sqs:eu-west-1:123456789012:a.fifo,arn:aws:sqs:eu-west-1:123456789012:b",
    ),
    (
        "TargetTopicArns",
        "arn:aws:sns:eu-west-1:123456789012:a.fifo,arn:aws:sns:eu-west-1:123456789012:b",
    ),
    (
        "TargetEventBusArns",
        "arn:aws:events:eu-west-1:123456789012:event-bus/a",
    ),
    (
        "TargetKeyArns",
        "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    ),
    ("Archive", "on"),
    ("ThrottlingRate", "5"),
    ("ThrottlingBurst", "7"),
    ("DomainName", "push.example.com"),
    (
        "CertificateArn",
        "arn:aws:acm:eu-west-1:123456789012:certificate/1",
    ),
    ("LogLevel", "DEBUG"),
    ("LogRetentionDays", "365"),
    ("AlarmEmail", "ops@example.com"),
    ("SignatureFailures", "3"),
];
