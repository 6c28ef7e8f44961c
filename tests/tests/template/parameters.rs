//! Values that the templates accept, and values that they refuse before anything is created.

use thingrelay_tests::template::variants::{CREDENTIALS, SERVERS, TARGET, TOPIC};
use thingrelay_tests::template::{self, Job, MAIN, TEMPLATES};

/// Parameters, and what makes the template refuse them: the name of a parameter or of a rule.
type Case = (
    &'static [(&'static str, &'static str)],
    &'static [&'static str],
);

#[test]
fn parameters_that_would_not_work_are_refused() {
    const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    const CERTIFICATE: (&str, &str) = (
        "CertificateArn",
        "arn:aws:acm:eu-west-1:123456789012:certificate/a",
    );
    let [_, tuya, pull, ckafka, webhook, archive, silence] = TEMPLATES;
    let cases: &[(&str, &[Case])] = &[
        (
            MAIN,
            &[
                (
                    &[(
                        "TargetQueueArns",
                        "arn:aws-cn:sqs:cn-north-1:123456789012:events.fifo",
                    )],
                    &[],
                ),
                (
                    &[("TargetQueueArns", "arn:aws:sqs:eu-west-1:123456789012:*")],
                    &["TargetQueueArns"],
                ),
                (&[("TargetQueueArns", "*")], &["TargetQueueArns"]),
                (
                    &[(
                        "TargetTopicArns",
                        "arn:aws:sns:eu-west-1:123456789012:events.fifo,arn:aws:sns:eu-west-1:123456789012:a",
                    )],
                    &[],
                ),
                (
                    &[("TargetTopicArns", "arn:aws:sns:eu-west-1:123456789012:*")],
                    &["TargetTopicArns"],
                ),
                (
                    &[("TargetTopicArns", "arn:aws:sqs:eu-west-1:123456789012:a")],
                    &["TargetTopicArns"],
                ),
                (
                    &[(
                        "TargetEventBusArns",
                        "arn:aws:events:eu-west-1:123456789012:event-bus/default",
                    )],
                    &[],
                ),
                (
                    &[("TargetEventBusArns", "default")],
                    &["TargetEventBusArns"],
                ),
                (
                    &[(
                        "TargetEventBusArns",
                        "arn:aws:events:eu-west-1:123456789012:event-bus/*",
                    )],
                    &["TargetEventBusArns"],
                ),
                (&[("TargetKeyArns", KEY)], &[]),
                (
                    &[("TargetKeyArns", "arn:aws:kms:eu-west-1:123456789012:key/*")],
                    &["TargetKeyArns"],
                ),
                (
                    &[(
                        "TargetKeyArns",
                        "arn:aws:kms:eu-west-1:123456789012:alias/a",
                    )],
                    &["TargetKeyArns"],
                ),
                (&[("DomainName", "push.example.com"), CERTIFICATE], &[]),
                (
                    &[("DomainName", "push.example.com")],
                    &["DomainAndCertificate"],
                ),
                (&[CERTIFICATE], &["DomainAndCertificate"]),
                (
                    &[("DomainName", "https://push.example.com"), CERTIFICATE],
                    &["DomainName"],
                ),
                (&[("AlarmEmail", "ops@example.com")], &[]),
                (
                    &[("AlarmEmail", "a@example.com,b@example.com")],
                    &["AlarmEmail"],
                ),
                (&[("ConsumerConcurrency", "1")], &["ConsumerConcurrency"]),
                (&[("Archive", "yes")], &["Archive"]),
                (&[("SignatureFailures", "0")], &["SignatureFailures"]),
            ],
        ),
        (
            tuya,
            &[
                (&[("Stack", "a_b")], &["Stack"]),
                (&[("LogLevel", "LOUD")], &["LogLevel"]),
            ],
        ),
        (
            pull,
            &[
                (
                    &[
                        ("Subnets", "subnet-0a1b2c3d"),
                        ("SecurityGroup", "sg-0a1b2c3d"),
                    ],
                    &[],
                ),
                (&[("Subnets", "subnet-0a1b2c3d")], &["Network"]),
                (&[("SecurityGroup", "sg-0a1b2c3d")], &["Network"]),
                (
                    &[
                        ("Subnets", "vpc-0a1b2c3d"),
                        ("SecurityGroup", "sg-0a1b2c3d"),
                    ],
                    &["Subnets"],
                ),
            ],
        ),
        (
            ckafka,
            &[
                (&[SERVERS, TOPIC, CREDENTIALS], &[]),
                (&[TOPIC, CREDENTIALS], &["BootstrapServers"]),
                (&[SERVERS, CREDENTIALS], &["Topic"]),
                (&[SERVERS, TOPIC], &["CredentialsArn"]),
                (
                    &[("BootstrapServers", "a:1, b:2"), TOPIC, CREDENTIALS],
                    &["BootstrapServers"],
                ),
                (&[SERVERS, ("Topic", "a,b"), CREDENTIALS], &["Topic"]),
                (
                    &[SERVERS, TOPIC, CREDENTIALS, ("RootCaArn", "ca.pem")],
                    &["RootCaArn"],
                ),
                (
                    &[SERVERS, TOPIC, CREDENTIALS, ("Subnet1", "subnet-0a1b2c3d")],
                    &["Network"],
                ),
            ],
        ),
        (
            webhook,
            &[
                (&[TARGET], &[]),
                (&[], &["Target"]),
                (&[("Target", "a b")], &["Target"]),
                (&[TARGET, ("Concurrency", "1")], &["Concurrency"]),
            ],
        ),
        (
            archive,
            &[
                (&[("ArchiveDays", "0")], &["ArchiveDays"]),
                (
                    &[(
                        "Stack",
                        "a-stack-whose-name-is-longer-than-that-of-a-stream-may-be",
                    )],
                    &["Stack"],
                ),
            ],
        ),
        (
            silence,
            &[
                (&[("Sources", "a,gate-ways_2")], &[]),
                (&[("Sources", "")], &["Sources"]),
                (&[], &["Sources"]),
                (&[("Sources", "a,")], &["Sources"]),
                (&[("Sources", "Meters")], &["Sources"]),
                (&[("Sources", "a"), ("Minutes", "1441")], &["Minutes"]),
            ],
        ),
    ];
    let cases: Vec<(&str, &Case)> = cases
        .iter()
        .flat_map(|(template, cases)| cases.iter().map(|case| (*template, case)))
        .collect();
    let jobs: Vec<Job> = cases
        .iter()
        .map(|(template, (parameters, _))| Job::of(template, parameters))
        .collect();
    for (stack, (template, (parameters, refused))) in template::expand(&jobs).iter().zip(&cases) {
        assert_eq!(stack.refused, *refused, "{template}: {parameters:?}");
    }
}

/// Each parameter has a description for the person who deploys, and each value is checked.
#[test]
fn parameters_are_described_and_guarded() {
    let jobs = TEMPLATES.map(|template| Job::of(template, &[]));
    for (template, stack) in TEMPLATES.iter().zip(template::expand(&jobs)) {
        let parameters = stack.source["Parameters"].as_object().expect("parameters");
        for (name, parameter) in parameters {
            let has = |key: &str| !parameter[key].is_null();
            let is_described = parameter["Description"]
                .as_str()
                .is_some_and(|text| text.ends_with('.'));
            let is_guarded = ["AllowedPattern", "AllowedValues", "MinValue"]
                .iter()
                .any(|key| has(key));
            let explains = !has("AllowedPattern") || has("ConstraintDescription");
            assert!(is_described && is_guarded && explains, "{template}: {name}");
        }
    }
}
