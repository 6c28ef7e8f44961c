//! The SAM template: valid, what it promises, and built. Each test has a name and passes or
//! fails on its own.
//!
//! # Layout
//!
//! - `translation`: what CloudFormation makes of a template, and what the linter says of it.
//! - `stack`, `intrinsic`: the translated template with certain parameters, without functions.
//! - `checkout`: what is in the code and in the runbook, as far as the template speaks of it.
//! - `functions`, `parts`, `pulls`, `ckafka`, `queues`, `permissions`, `safety`, `alarms`,
//!   `dashboard`, `interface`: the checks, one a concern. Each says what is wrong with a stack,
//!   nothing if it is right.
//! - `metric`: which metrics exist, for `alarms` and `dashboard`.
//! - `mistakes`: edits of the template that must be found.
//! - `rehearsal`: stacks in an emulator of CloudFormation.
//! - `build`: `sam build`.

mod alarms;
mod build;
mod checkout;
mod ckafka;
mod dashboard;
mod functions;
mod interface;
mod intrinsic;
mod metric;
mod mistakes;
mod parts;
mod permissions;
mod pulls;
mod queues;
mod rehearsal;
mod safety;
mod stack;
mod translation;

use std::fs;

use anyhow::{Context, Result, ensure};

use self::checkout::Checkout;
use self::stack::Stack;
use self::translation::{Job, Lint, Translation};
use super::report::Report;
use super::{Failure, Outcome, Suite};
use crate::provision;
use crate::provision::sam::Sam;
use crate::workspace::{self, Workspace};

/// Validation, least privilege, alarms, seeded mistakes, and the build.
pub(super) const SUITE: Suite = Suite {
    name: "template",
    about: "template.yaml: translated, linted, checked, and built with the SAM CLI",
    needs_binaries: false,
    run,
};

/// Parameters with which the stack is looked at, and what they give in words.
type Variant = (&'static str, &'static [(&'static str, &'static str)]);

const VARIANTS: [Variant; 5] = [
    ("as it is", &[]),
    EVERYTHING,
    OWN_TOPIC,
    MAPPED,
    PULLED_AND_MAPPED,
];

/// Every optional part is there, but for Lambda's own event source, which is instead of a pull.
const EVERYTHING: Variant = (
    "with everything",
    &[
        ("Architecture", "x86_64"),
        ("ConsumerConcurrency", "2"),
        (
            "TargetQueueArns",
            "arn:aws:sqs:eu-west-1:123456789012:a.fifo,arn:aws:sqs:eu-west-1:123456789012:b",
        ),
        (
            "TargetKeyArns",
            "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        ),
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
        (
            "WatchedSources",
            "a=1,b,c=1440,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t=9",
        ),
        ("SignatureFailures", "3"),
        ("TuyaSources", "on"),
        ("CkafkaSources", "pull"),
        ("CkafkaLag", "500"),
        ("CkafkaSubnets", "subnet-0a1b2c3d"),
        ("CkafkaSecurityGroup", "sg-0a1b2c3d"),
    ],
);

const OWN_TOPIC: Variant = (
    "with a topic of one's own",
    &[
        (
            "AlarmTopicArn",
            "arn:aws:sns:eu-west-1:123456789012:somewhere-else",
        ),
        ("AlarmEmail", "ops@example.com"),
        ("WatchedSources", "meters,doors=720"),
        ("CkafkaSources", "pull"),
    ],
);

/// All that Lambda's own event source may have, and two push addresses at once.
const MAPPED: Variant = (
    "with an event source of everything",
    &[
        ("CkafkaSources", "event-source"),
        ("CkafkaLag", "500"),
        ("DomainName", "moved.example.com"),
        (
            "CertificateArn",
            "arn:aws:acm:eu-west-1:123456789012:certificate/1",
        ),
        ("ApiAddress", "on"),
        (
            "CkafkaBootstrapServers",
            "b1.example.com:9093,b2.example.com:9093",
        ),
        ("CkafkaTopics", "explorer,hub.rules,video_1"),
        ("CkafkaConsumerGroup", "plant"),
        ("CkafkaAuthentication", "SASL_SCRAM_512_AUTH"),
        (
            "CkafkaCredentialsArn",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ckafka-AbCdEf",
        ),
        (
            "CkafkaRootCaArn",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ca-AbCdEf",
        ),
        (
            "CkafkaSubnets",
            "subnet-0a1b2c3d,subnet-0a1b2c3e,subnet-0a1b2c3d4e5f60718",
        ),
        ("CkafkaSecurityGroup", "sg-0a1b2c3d"),
    ],
);

/// The least that it needs, beside the pull from Tuya.
const PULLED_AND_MAPPED: Variant = (
    "with an event source beside Tuya",
    &[
        ("TuyaSources", "on"),
        ("CkafkaSources", "event-source"),
        ("CkafkaBootstrapServers", "ckafka.example.com:50001"),
        ("CkafkaTopics", "explorer"),
        (
            "CkafkaCredentialsArn",
            "arn:aws:secretsmanager:eu-west-1:123456789012:secret:ckafka-AbCdEf",
        ),
    ],
);

/// Says what is wrong with a stack.
type Check = fn(&Stack, &Checkout) -> Vec<String>;

/// The checks, by the names under which [`mistakes`] speaks of them.
const CHECKS: &[(&str, Check)] = &[
    ("functions", functions::check),
    ("parts", |stack, _| parts::check(stack)),
    ("pulls", |stack, _| pulls::check(stack)),
    ("ckafka", |stack, _| ckafka::check(stack)),
    ("permissions", |stack, _| permissions::check(stack)),
    ("queues", |stack, _| queues::check(stack)),
    ("safety", |stack, _| safety::check(stack)),
    ("alarms", alarms::check),
    ("runbook", alarms::check_runbook),
    ("dashboard", dashboard::check),
    ("interface", |stack, _| interface::check(stack)),
];

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let sam = provision::sam::provision(workspace)?;
    let cargo_lambda = provision::cargo_lambda::provision(workspace)?;
    let checkout = Checkout::read(workspace)?;
    let file = workspace.root().join("template.yaml");
    let template =
        fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))?;

    let mut report = Report::default();
    report.none("sam validate --lint", passed(validate(workspace, &sam)));
    let jobs: Vec<Job<'_>> = VARIANTS
        .iter()
        .enumerate()
        .map(|(index, (_, parameters))| Job {
            template: &template,
            parameters,
            // Before translation, the parameters make no difference.
            lint: if index == 0 {
                Lint::Both
            } else {
                Lint::Translated
            },
        })
        .collect();
    let translations = translation::translate(workspace, &sam, &jobs)?;
    for ((variant, parameters), translation) in VARIANTS.iter().zip(&translations) {
        let stack = Stack::new(translation, parameters);
        report.none(
            &format!("linters, {variant}"),
            Ok(translation.findings.clone()),
        );
        for (name, check) in CHECKS {
            report.none(&format!("{name}, {variant}"), Ok(check(&stack, &checkout)));
        }
    }
    report.none(
        "values of parameters",
        check_values(workspace, &sam, &template),
    );
    let as_it_is = translations.first().context("no translation")?;
    report.none(
        "combinations of parameters",
        Ok(interface::check_combinations(as_it_is)),
    );
    let problems = |name: &str, stack: &Stack| {
        CHECKS
            .iter()
            .filter(|(known, _)| *known == name)
            .flat_map(|(_, check)| check(stack, &checkout))
            .collect()
    };
    for ((_, parameters), mistakes) in [(EVERYTHING, mistakes::GENERAL), (MAPPED, mistakes::MAPPED)]
    {
        let made = (template.as_str(), parameters, mistakes);
        for (name, result) in mistakes::check(workspace, &sam, made, problems)? {
            report.none(&format!("mistake: {name}"), passed(result));
        }
    }
    let stacks: Vec<(Variant, &Translation)> = VARIANTS.into_iter().zip(&translations).collect();
    report.none(
        "stacks side by side in an emulator",
        passed(rehearsal::check(workspace, &sam, &stacks)?),
    );
    // SAM builds all functions, one of which needs it.
    let missing = match provision::compiler::find() {
        Ok(()) => {
            let built = passed(build::check(workspace, &sam, &cargo_lambda));
            report.none("sam build", built);
            None
        }
        Err(Failure::MissingTool(reason)) => Some(format!("no `sam build`: {reason}")),
        Err(error) => return Err(error),
    };
    let mut outcome = report.outcome();
    outcome.missing = missing;
    Ok(outcome)
}

/// A test that has no list of problems.
fn passed(result: Result<()>) -> Result<Vec<String>> {
    result.map(|()| Vec::new())
}

fn validate(workspace: &Workspace, sam: &Sam) -> Result<()> {
    let mut command = sam.sam();
    command.current_dir(workspace.root()).args([
        "validate",
        "--lint",
        "--template-file",
        "template.yaml",
    ]);
    workspace::run(&mut command)
}

/// Parameters take what they should and refuse what they should not.
fn check_values(workspace: &Workspace, sam: &Sam, template: &str) -> Result<Vec<String>> {
    let job = Job {
        template,
        parameters: &[],
        lint: Lint::Nothing,
    };
    let translations = translation::translate(workspace, sam, &[job])?;
    let source = &translations.first().context("no translation")?.source;
    let mut cases = Vec::new();
    for (parameter, good, bad) in interface::VALUES {
        let pattern = source["Parameters"][*parameter]["AllowedPattern"]
            .as_str()
            .with_context(|| format!("{parameter} has no pattern"))?;
        let of = |values: &[&'static str], fits| -> Vec<_> {
            let pair = |value: &&'static str| (*parameter, pattern.to_owned(), *value, fits);
            values.iter().map(pair).collect()
        };
        cases.extend(of(good, true));
        cases.extend(of(bad, false));
    }
    let pairs: Vec<(String, String)> = cases
        .iter()
        .map(|(_, pattern, value, _)| (pattern.clone(), (*value).to_owned()))
        .collect();
    let answers = translation::matches(workspace, sam, &pairs)?;
    ensure!(
        answers.len() == cases.len(),
        "not every value was asked for"
    );
    Ok(cases
        .iter()
        .zip(answers)
        .filter(|((.., fits), answer)| fits != answer)
        .map(|((parameter, _, value, fits), _)| format!("{parameter}: {value:?} fits: {}", !fits))
        .collect())
}
