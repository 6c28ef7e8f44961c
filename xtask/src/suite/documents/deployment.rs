//! What the documents say of the template. docs/deploy.md: each parameter with its default, each
//! output, and no others; in the policy of the deployer, a right for each service. docs/capacity.md
//! and docs/tuya.md: how many alarms there are, and how long a window of a pull is. And the outputs
//! and resources that commands name.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::markdown::Document;

/// The documents that tell numbers of the template.
const TELLING: &[&str] = &["docs/capacity.md", "docs/tuya.md"];

/// The documents whose commands name parts of the template.
const NAMING_PARTS: &[&str] = &[
    "docs/deploy.md",
    "docs/runbook.md",
    "docs/tuya.md",
    "docs/ckafka.md",
];

/// Where the documents and the template differ.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let template = fs::read_to_string(root.join("template.yaml")).context("no template.yaml")?;
    let document = Document::read(root, "docs/deploy.md".into())?;
    let mut problems = differences(
        "parameter",
        &members(&template, "Parameters", "Default"),
        &rows(&document.table("parameter")),
    );
    problems.extend(differences(
        "output",
        &members(&template, "Outputs", "none"),
        &rows(&document.table("output")),
    ));
    let window = fs::read_to_string(root.join("shared/runtime/src/pull/invocation.rs"))
        .context("pulls have no window")?;
    let mut told = String::new();
    for path in TELLING {
        for (_, line) in Document::read(root, (*path).into())?.prose() {
            told.push_str(line);
            told.push(' ');
        }
    }
    problems.extend(untold(&told, &template, &window));
    problems.extend(
        ungranted(&template, &policy(&document)?)
            .into_iter()
            .map(|service| format!("the policy in docs/deploy.md grants nothing of {service}")),
    );
    for path in NAMING_PARTS {
        let document = Document::read(root, (*path).into())?;
        let unknown = document
            .blocks()
            .iter()
            .flat_map(|block| unknown_names(&template, &block.text))
            .map(|name| format!("{path} names {name}, which the template has not"))
            .collect::<Vec<_>>();
        problems.extend(unknown);
    }
    Ok(problems)
}

/// The policy of the deployer: the first block of JSON that is one.
fn policy(document: &Document) -> Result<Value> {
    document
        .blocks()
        .iter()
        .filter(|block| block.language == "json" && block.text.contains("\"Statement\""))
        .map(|block| serde_json::from_str(&block.text).context("the policy is not JSON"))
        .next()
        .context("docs/deploy.md has no policy")?
}

/// The services of the template's resources of which a policy grants no action.
fn ungranted(template: &str, policy: &Value) -> BTreeSet<String> {
    let actions = policy["Statement"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.iter().filter_map(Value::as_str).collect(),
            action => Vec::from_iter(action.as_str()),
        });
    let granted: BTreeSet<&str> = actions
        .filter_map(|action| Some(action.split_once(':')?.0))
        .collect();
    let services = members(template, "Resources", "Type")
        .into_values()
        .filter_map(|kind| {
            let service = kind
                .strip_prefix("AWS::")?
                .split("::")
                .next()?
                .to_lowercase();
            Some(match service.as_str() {
                "serverless" => "lambda".to_owned(),
                "apigatewayv2" => "apigateway".to_owned(),
                _ => service,
            })
        });
    services
        .filter(|service| !granted.contains(service.as_str()))
        .collect()
}

/// Numbers that the prose should tell and does not.
fn untold(prose: &str, template: &str, window: &str) -> Vec<String> {
    let conditions = members(template, "Resources", "Condition");
    let alarms_under = |condition: &str| {
        members(template, "Resources", "Type")
            .iter()
            .filter(|(_, kind)| *kind == "AWS::CloudWatch::Alarm")
            .filter(|(id, _)| conditions.get(*id).is_some_and(|found| found == condition))
            .count()
    };
    let pulls = alarms_under("Pulls");
    let (tuya, ckafka) = (alarms_under("PullsTuya"), alarms_under("PullsCkafka"));
    let pulled = seconds(template, "  TuyaFunction:", "Timeout: ")
        .zip(seconds(window, "const MARGIN: ", "from_secs("))
        .and_then(|(timeout, margin)| timeout.checked_sub(margin));
    let expected = [
        Some(format!(
            "{} alarms, {} more with a pull from Tuya, {} more with one from CKafka, {} with both, {} \
             more with the event source",
            alarms_under(""),
            pulls + tuya,
            pulls + ckafka,
            pulls + tuya + ckafka,
            alarms_under("MapsCkafka"),
        )),
        Some(format!("| alarms | {} at ", pulls + tuya)),
        pulled.map(|seconds| format!("up to {seconds} s")),
    ];
    expected
        .into_iter()
        .map(|text| text.unwrap_or_else(|| "how long a window is".to_owned()))
        .filter(|text| !prose.contains(text.as_str()))
        .map(|text| format!("{} do not tell {text:?}", TELLING.join(" and ")))
        .collect()
}

/// The number that follows `before` for the first time after `start`.
fn seconds(text: &str, start: &str, before: &str) -> Option<u64> {
    let (_, rest) = text.split_once(start)?;
    let (_, rest) = rest.split_once(before)?;
    let digits = rest.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

/// The functions of bash that the documents define, and the section of the template in which what
/// follows them stands.
const NAMING: &[(&str, &str)] = &[
    ("output", "Outputs"),
    ("resource", "Resources"),
    ("lines", "Resources"),
];

/// What commands name of the template that is not there.
fn unknown_names(template: &str, commands: &str) -> Vec<String> {
    let is_letter = |c: char| c.is_ascii_alphanumeric();
    let words: Vec<&str> = commands
        .split(|c: char| c.is_whitespace() || "()\"".contains(c))
        .collect();
    let mut unknown = Vec::new();
    for (command, section) in NAMING {
        let known = members(template, section, "none");
        for pair in words.windows(2) {
            if let [first, name] = pair
                && first == command
                && !name.is_empty()
                && name.chars().all(is_letter)
                && !known.contains_key(*name)
            {
                unknown.push((*name).to_owned());
            }
        }
    }
    unknown
}

/// The first two cells of each row, without backticks; the second is empty where it is `none`.
fn rows(table: &[Vec<String>]) -> BTreeMap<String, String> {
    let plain = |cell: Option<&String>| {
        cell.map(|cell| cell.replace('`', ""))
            .filter(|cell| cell != "none")
            .unwrap_or_default()
    };
    table
        .iter()
        .map(|row| (plain(row.first()), plain(row.get(1))))
        .collect()
}

/// The members of a section of the template, each with the value of a property of it.
fn members(template: &str, section: &str, property: &str) -> BTreeMap<String, String> {
    let mut members = BTreeMap::new();
    let mut is_inside = false;
    let mut current = None;
    for line in template.lines() {
        let text = line.trim_start();
        let indentation = line.len() - text.len();
        let pair = text.split_once(':');
        match (indentation, pair) {
            (0, Some((key, _))) => is_inside = key == section,
            (2, Some((key, _))) if is_inside && !key.starts_with('#') => {
                members.insert(key.to_owned(), String::new());
                current = Some(key.to_owned());
            }
            (4, Some((key, value))) if is_inside && key == property => {
                if let Some(name) = &current {
                    members.insert(name.clone(), value.trim().trim_matches('"').to_owned());
                }
            }
            _ => {}
        }
    }
    members
}

/// Outputs are compared by name only: their second column is for the reader.
fn differences(
    what: &str,
    template: &BTreeMap<String, String>,
    document: &BTreeMap<String, String>,
) -> Vec<String> {
    let mut problems = Vec::new();
    for (name, default) in template {
        match document.get(name) {
            None => problems.push(format!("docs/deploy.md lacks the {what} {name}")),
            Some(told) if what == "parameter" && told != default => problems.push(format!(
                "docs/deploy.md says {told:?} is the default of {name}, the template says {default:?}"
            )),
            Some(_) => {}
        }
    }
    for name in document.keys().filter(|name| !template.contains_key(*name)) {
        problems.push(format!(
            "docs/deploy.md has the {what} {name}, the template has not"
        ));
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = "Parameters:\n  A:\n    Type: String\n    Default: arm64\n  # a comment: here\n  \
        B:\n    Default: \"\"\n  C:\n    Default: 20\nOutputs:\n  D:\n    Value: !Ref X\n";

    #[test]
    fn names_that_the_template_has_not_are_found() {
        let template = "Resources:\n  Logs:\n    Type: X\nOutputs:\n  Url:\n    Value: X\n";
        let commands = "a \"$(output Url)\" && lines Logs 60 'x'\noutput Urls\nfor q in A; do output ${q}Url; done\n\
            lines $logs\nresource Log\n";
        assert_eq!(unknown_names(template, commands), ["Urls", "Log"]);
    }

    #[test]
    fn services_without_a_right_are_found() -> Result<()> {
        let template = "Resources:\n  A:\n    Type: AWS::SQS::Queue\n  B:\n    \
            Type: AWS::Serverless::Function\n  C:\n    Type: AWS::SNS::Topic\n";
        let text = "```json\n{\"a\": 1}\n```\n\n```json\n{\"Statement\": [{\"Action\": \"sqs:*\"}, \
            {\"Action\": [\"lambda:GetFunction\"]}]}\n```\n";
        let policy = policy(&Document::new("a.md", text))?;
        assert_eq!(Vec::from_iter(ungranted(template, &policy)), ["sns"]);
        Ok(())
    }

    #[test]
    fn numbers_that_have_changed_are_found() {
        let alarm = |id: &str, condition: &str| {
            format!("  {id}:\n    Type: AWS::CloudWatch::Alarm\n{condition}    Properties:\n")
        };
        let template = [
            "Resources:\n  TuyaFunction:\n    Properties:\n      Timeout: 300\n".to_owned(),
            alarm("A", ""),
            alarm("B", "    Condition: PullsTuya\n"),
            alarm("C", "    Condition: PullsCkafka\n"),
            alarm("D", "    Condition: WatchesSource1\n"),
            alarm("E", "    Condition: Pulls\n"),
            alarm("F", "    Condition: MapsCkafka\n"),
        ]
        .concat();
        let window = "const MARGIN: Duration = Duration::from_secs(5);";
        let prose = "pulls for up to 295 s; 1 alarms, 2 more with a pull from Tuya, 2 more with \
            one from CKafka, 3 with both, 1 more with the event source; | alarms | 2 at $0.10 |";
        assert!(untold(prose, &template, window).is_empty());
        assert_eq!(
            untold(prose, &template.replace("300", "240"), window).len(),
            1
        );
        assert_eq!(untold(prose, &template, "").len(), 1);
        assert_eq!(untold("2 alarms", &template, window).len(), 3);
    }

    #[test]
    fn differences_are_found_both_ways() {
        let parameters = members(TEMPLATE, "Parameters", "Default");
        let document = Document::new(
            "a.md",
            "| parameter | default | |\n|---|---|---|\n| `A` | `arm64` | |\n| `C` | 10 | |\n| `E` | | |\n",
        );
        let found = differences(
            "parameter",
            &parameters,
            &rows(&document.table("parameter")),
        );
        assert_eq!(found.len(), 3, "{found:?}");
        for (problem, word) in found
            .iter()
            .zip(["lacks the parameter B", "default of C", "E"])
        {
            assert!(problem.contains(word), "{problem}");
        }
        let outputs = members(TEMPLATE, "Outputs", "none");
        assert_eq!(outputs.keys().collect::<Vec<_>>(), ["D"]);
    }
}
