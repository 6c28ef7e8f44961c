//! Parameters and outputs: what a person meets who deploys the stack.

use serde_json::{Value, json};

use super::stack::{Stack, elements, object};
use super::translation::Translation;

/// Every parameter is described, grouped and guarded; the outputs are there.
pub(super) fn check(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    check_parameters(stack, &mut problems);
    check_outputs(stack, &mut problems);
    problems
}

fn check_parameters(stack: &Stack, problems: &mut Vec<String>) {
    let groups = &stack.source["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"];
    let grouped: Vec<&Value> = elements(groups)
        .into_iter()
        .flat_map(|group| elements(&group["Parameters"]))
        .collect();
    let parameters = object(&stack.source["Parameters"]);
    for (name, parameter) in &parameters {
        let described = parameter["Description"]
            .as_str()
            .is_some_and(|text| text.len() >= 20 && text.ends_with('.'));
        if !described {
            problems.push(format!("the parameter {name} has no description"));
        }
        if parameter["Default"].is_null() {
            problems.push(format!("the parameter {name} has no default"));
        }
        let has = |keys: &[&str]| keys.iter().all(|key| !parameter[*key].is_null());
        let guarded = match parameter["Type"].as_str() {
            Some("Number") => has(&["MinValue"]) || has(&["AllowedValues"]),
            _ => has(&["AllowedPattern", "ConstraintDescription"]) || has(&["AllowedValues"]),
        };
        if !guarded {
            problems.push(format!("the parameter {name} takes any value"));
        }
        if grouped.iter().filter(|known| *known == &name).count() != 1 {
            problems.push(format!("the parameter {name} is not in one group"));
        }
    }
    if grouped.len() != parameters.len() {
        problems.push("a group names a parameter that there is not".to_owned());
    }
}

fn check_outputs(stack: &Stack, problems: &mut Vec<String>) {
    let domain = stack.parameters["DomainName"].as_str().unwrap_or_default();
    let origin = match domain {
        "" => "${HttpApi}.execute-api.eu-west-1.amazonaws.com",
        own => own,
    };
    let topic = match &stack.parameters["AlarmTopicArn"] {
        own if own == "" => json!("${AlarmTopic}"),
        given => given.clone(),
    };
    let mut expected = vec![
        ("PushUrl", json!(format!("https://{origin}/SOURCE"))),
        (
            "DashboardUrl",
            json!(
                "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1\
                 #dashboards/dashboard/${Dashboard}"
            ),
        ),
        ("SettingsParameter", json!("/thingrelay/example/settings")),
        ("SourceSecretsArn", json!("${SourceSecrets}")),
        ("AlarmTopicArn", topic),
        ("StagingQueueUrl", json!("${StagingQueue}")),
        ("StagingQueueArn", json!("${StagingQueue.Arn}")),
        ("EventsQueueUrl", json!("${EventsQueue}")),
        ("EventsQueueArn", json!("${EventsQueue.Arn}")),
        ("QuarantineQueueUrl", json!("${QuarantineQueue}")),
        ("QuarantineQueueArn", json!("${QuarantineQueue.Arn}")),
        ("DeadLetterQueueUrl", json!("${DeadLetterQueue}")),
        ("DeadLetterQueueArn", json!("${DeadLetterQueue.Arn}")),
        ("ConsumerRoleArn", json!("${ConsumerRole.Arn}")),
    ];
    if !domain.is_empty() {
        expected.push(("DomainTarget", json!("${Domain.RegionalDomainName}")));
    }
    for (name, value) in &expected {
        let found = stack.outputs.get(*name);
        if found != Some(value) {
            problems.push(format!("the output {name} is {found:?}"));
        }
    }
    if stack.outputs.len() != expected.len() {
        problems.push("there is an output that the table does not name".to_owned());
    }
    for (name, output) in object(&stack.source["Outputs"]) {
        if !output["Description"].is_string() {
            problems.push(format!("the output {name} has no description"));
        }
    }
}

/// Parameters that go together or do not, and the rule that refuses them.
type Combination = (
    &'static [(&'static str, &'static str)],
    Option<&'static str>,
);

const CREDENTIALS: (&str, &str) = (
    "CkafkaCredentialsArn",
    "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ckafka-AbCdEf",
);
const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab";
const MULTI_REGION_KEY: &str =
    "arn:aws-cn:kms:cn-north-1:123456789012:key/mrk-1234abcd12ab34cd56ef1234567890ab";
const SERVERS: (&str, &str) = ("CkafkaBootstrapServers", "ckafka.example.com:50001");
const TOPICS: (&str, &str) = ("CkafkaTopics", "explorer");
const MAPPED: (&str, &str) = ("CkafkaSources", "event-source");

const COMBINATIONS: &[Combination] = &[
    (&[], None),
    (
        &[("DomainName", "push.example.com")],
        Some("DomainAndCertificate"),
    ),
    (&[("CertificateArn", "arn")], Some("DomainAndCertificate")),
    (
        &[
            ("DomainName", "push.example.com"),
            ("CertificateArn", "arn"),
        ],
        None,
    ),
    (&[("CkafkaSources", "pull")], None),
    (&[MAPPED, SERVERS, TOPICS, CREDENTIALS], None),
    (&[MAPPED, TOPICS, CREDENTIALS], Some("CkafkaEventSource")),
    (&[MAPPED, SERVERS, CREDENTIALS], Some("CkafkaEventSource")),
    (&[MAPPED, SERVERS, TOPICS], Some("CkafkaEventSource")),
    (
        &[("CkafkaSubnets", "subnet-0a1b2c3d")],
        Some("CkafkaNetwork"),
    ),
    (
        &[("CkafkaSecurityGroup", "sg-0a1b2c3d")],
        Some("CkafkaNetwork"),
    ),
    (
        &[
            ("CkafkaSubnets", "subnet-0a1b2c3d"),
            ("CkafkaSecurityGroup", "sg-0a1b2c3d"),
        ],
        None,
    ),
];

/// Parameters that lack something are refused before anything is made, and no others.
pub(super) fn check_combinations(translation: &Translation) -> Vec<String> {
    let mut problems = Vec::new();
    for (given, rule) in COMBINATIONS {
        let broken = Stack::broken_rules(&translation.translated, given);
        if broken != Vec::from_iter(*rule) {
            problems.push(format!("{given:?} break {broken:?}"));
        }
    }
    problems
}

/// Values that the parameters take, and values that they refuse.
pub(super) const VALUES: &[(&str, &[&str], &[&str])] = &[
    (
        "TargetQueueArns",
        &[
            "",
            "arn:aws:sqs:eu-west-1:123456789012:events.fifo",
            "arn:aws-cn:sqs:cn-north-1:123456789012:events",
        ],
        &[
            "events",
            "*",
            "arn:aws:sqs:eu-west-1:123456789012:*",
            "arn:aws:sns:eu-west-1:123456789012:events",
            "https://sqs.eu-west-1.amazonaws.com/123456789012/events",
        ],
    ),
    (
        "TargetKeyArns",
        &["", KEY, MULTI_REGION_KEY],
        &[
            "alias/events",
            "*",
            "arn:aws:kms:eu-west-1:123456789012:key/*",
            "arn:aws:kms:eu-west-1:123456789012:alias/events",
            "1234abcd-12ab-34cd-56ef-1234567890ab",
        ],
    ),
    (
        "DomainName",
        &["", "push.example.com", "a-b.example.com"],
        &[
            "example",
            "Push.example.com",
            "https://push.example.com",
            "-a.example.com",
        ],
    ),
    (
        "CertificateArn",
        &[
            "",
            "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
        ],
        &[
            "certificate",
            "arn:aws:iam::123456789012:server-certificate/a",
        ],
    ),
    (
        "AlarmEmail",
        &["", "ops@example.com"],
        &[
            "ops",
            "ops@example",
            "a@example.com,b@example.com",
            "ops @example.com",
        ],
    ),
    (
        "AlarmTopicArn",
        &["", "arn:aws:sns:eu-west-1:123456789012:alarms"],
        &[
            "alarms",
            "arn:aws:sns:eu-west-1:123456789012:alarms.fifo",
            "arn:aws:sqs:eu-west-1:123456789012:alarms",
        ],
    ),
    (
        "CkafkaBootstrapServers",
        &[
            "",
            "ckafka-abc.ap-guangzhou.ckafka.tencentcloudmq.com:50001",
            "10.0.0.1:9093,b-2.example.com:9093",
        ],
        &[
            "ckafka.example.com",
            "ckafka.example.com:0",
            "a:1, b:2",
            "a:1,",
            "https://a:1",
            "a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1,a:1",
        ],
    ),
    (
        "CkafkaTopics",
        &["", "explorer", "a.b_c-1,hub,video"],
        &[",", "a,", "a, b", "a,b,c,d", "a b", "*"],
    ),
    (
        "CkafkaConsumerGroup",
        &["thingrelay", "a.b_c-1"],
        &["", "a b", "a#b"],
    ),
    (
        "CkafkaCredentialsArn",
        &["", CREDENTIALS.1],
        &[
            "ckafka",
            "arn:aws:ssm:eu-west-1:123456789012:parameter/ckafka",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:*",
        ],
    ),
    (
        "CkafkaRootCaArn",
        &[
            "",
            "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:a/b-AbCdEf",
        ],
        &["ca.pem", "-----BEGIN CERTIFICATE-----"],
    ),
    (
        "CkafkaSubnets",
        &[
            "",
            "subnet-0a1b2c3d",
            "subnet-0a1b2c3d,subnet-0a1b2c3d4e5f60718",
        ],
        &[
            "vpc-0a1b2c3d",
            "subnet-0a1b2c3d,",
            "subnet-0a1b2c3d,subnet-0a1b2c3d,subnet-0a1b2c3d,subnet-0a1b2c3d",
        ],
    ),
    (
        "CkafkaSecurityGroup",
        &["", "sg-0a1b2c3d"],
        &["default", "sg-0a1b2c3d,sg-0a1b2c3e"],
    ),
    (
        "WatchedSources",
        &[
            "",
            "meters",
            "meters=1",
            "meters=5,gate-ways_2,doors=1440",
            "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t=9",
        ],
        &[
            ",",
            "meters,",
            "meters, doors",
            "meters=0",
            "meters=1441",
            "meters=5=6",
            "meters=",
            "Meters",
            "-a",
            "a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,u",
        ],
    ),
];
