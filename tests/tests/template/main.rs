//! The templates as CloudFormation would resolve them: the contents of each stack as snapshots, and
//! the parts that must agree with the code and the documents.
//!
//! A snapshot of a variant has the lines that differ from the stack with the defaults. After an
//! intended change, run `INSTA_UPDATE=always cargo xtask test template` and read the difference.
//!
//! # Layout
//!
//! - `variants`: the templates with the parameters that the tests use.
//! - `lines`: a stack as readable lines.
//! - `metrics`, `variables`, `policies`, `runbook`: contracts between the templates, the code and
//!   the runbook; each lists the problems of a stack.
//! - `code`: the parts of the code that the contracts need.
//! - `parameters`: values that the templates accept and refuse.
//! - `documents`: the statements of docs/deploy.md about the templates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod code;
mod documents;
mod lines;
mod metrics;
mod parameters;
mod policies;
mod runbook;
mod variables;
mod variants;

use thingrelay_tests::template::{MAIN, Stack};

use variants::{names, stack};

/// Lists the problems of a stack; the list is empty if the stack is right.
type Contract = fn(&Stack) -> Vec<String>;

const CONTRACTS: [(&str, Contract); 4] = [
    ("metrics", metrics::problems),
    ("variables", variables::problems),
    ("policies", policies::problems),
    ("runbook", runbook::problems),
];

#[test]
fn stacks_are_as_they_were_reviewed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in names() {
            let lines = lines::of(stack(name));
            let text = match variants::default_of(name) {
                Some(default) => lines::difference(&lines::of(stack(default)), &lines),
                None => lines.join("\n"),
            };
            insta::assert_snapshot!(name, text);
        }
    });
}

#[test]
fn stacks_keep_the_contracts() {
    for name in names() {
        for (contract, problems) in CONTRACTS {
            let problems = problems(stack(name));
            assert!(problems.is_empty(), "{contract} of {name}: {problems:#?}");
        }
    }
}

/// Mistakes in a template that a contract finds: the replaced text, and a word of the problem.
#[test]
fn mistakes_break_a_contract() {
    let cases = [
        (
            "MetricName: Unavailable",
            "MetricName: StagingFailed",
            "StagingFailed",
        ),
        ("Value: stale }", "Value: too_old }", "too_old"),
        ("[\".\", \"Forwarded\"]", "[\".\", \"Sent\"]", "Sent"),
        (
            "THINGRELAY_EVENTS_QUEUE_URL: ",
            "THINGRELAY_TARGET_QUEUE_URL: ",
            "THINGRELAY_TARGET_QUEUE_URL",
        ),
        (
            "          THINGRELAY_QUARANTINE_QUEUE_URL: !Ref QuarantineQueue\n",
            "",
            "THINGRELAY_QUARANTINE_QUEUE_URL",
        ),
        (
            "Action: sqs:SendMessage\n                Resource: !GetAtt StagingQueue.Arn",
            "Action: [sqs:SendMessage, sqs:PurgeQueue]\n                Resource: !GetAtt StagingQueue.Arn",
            "sqs:PurgeQueue",
        ),
        (
            "Action: sqs:SendMessage\n                Resource: !GetAtt StagingQueue.Arn",
            "Action: sqs:SendMessage\n                Resource: !GetAtt EventsQueue.Arn",
            "EventsQueue",
        ),
        ("runbook.md#handed-back", "runbook.md#handed", "#handed"),
        (
            "      Namespace: !Sub thingrelay/${AWS::StackName}\n      MetricName: PreviousToken",
            "      Namespace: thingrelay\n      MetricName: PreviousToken",
            "thingrelay PreviousToken",
        ),
    ];
    let edits = cases.map(|(right, wrong, _)| (right, wrong));
    for ((_, wrong, word), stacks) in cases.iter().zip(variants::edited(MAIN, &edits)) {
        let problems: Vec<String> = stacks
            .iter()
            .flat_map(|stack| {
                CONTRACTS
                    .iter()
                    .flat_map(move |(_, contract)| contract(stack))
            })
            .collect();
        let found = problems.iter().any(|problem| problem.contains(word));
        assert!(found, "{wrong}: {problems:#?}");
    }
}
