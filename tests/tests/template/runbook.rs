//! The description of each alarm explains it and names a section of the runbook.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use thingrelay_tests::template::{Stack, read};

use crate::lines::text;
use crate::variants::{names, stack};

/// The runbook's headings as the anchors that links use.
static SECTIONS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let runbook = read("docs/runbook.md");
    let headings = runbook.lines().filter_map(|line| line.strip_prefix("## "));
    headings
        .map(|heading| {
            let text = heading.to_lowercase().replace(' ', "-");
            text.chars()
                .filter(|c| c.is_alphanumeric() || "-_".contains(*c))
                .collect()
        })
        .collect()
});

pub(crate) fn problems(stack: &Stack) -> Vec<String> {
    let mut problems = Vec::new();
    for (id, alarm) in stack.of_type("AWS::CloudWatch::Alarm") {
        let description = text(&alarm["AlarmDescription"]);
        let link = description.rsplit_once(" docs/runbook.md#");
        match link {
            Some((meaning, section))
                if SECTIONS.iter().any(|known| known == section.trim_end()) =>
            {
                if meaning.split(' ').count() < 5 {
                    problems.push(format!("{id} does not say what it means: {meaning}"));
                }
            }
            _ => problems.push(format!(
                "{id} names no section of the runbook: {description}"
            )),
        }
    }
    problems
}

/// The table at the top of the runbook has exactly the existing alarms.
#[test]
fn the_runbooks_table_has_every_alarm() {
    let sections: BTreeSet<String> = names()
        .flat_map(|name| stack(name).of_type("AWS::CloudWatch::Alarm"))
        .map(|(_, alarm)| text(&alarm["AlarmDescription"]))
        .filter_map(|description| Some(description.rsplit_once('#')?.1.trim_end().to_owned()))
        .collect();
    let runbook = read("docs/runbook.md");
    let rows = runbook
        .lines()
        .filter_map(|line| line.strip_prefix("| [")?.split_once("](#"))
        .filter_map(|(_, rest)| Some(rest.split_once(')')?.0.to_owned()));
    assert_eq!(rows.collect::<BTreeSet<_>>(), sections);
}
