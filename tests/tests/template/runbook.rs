//! Each alarm says what it means and names a section of the runbook.

use std::sync::LazyLock;

use thingrelay_tests::template::{Stack, read};

use crate::lines::text;

/// The runbook's headings as the anchors that links use.
pub(crate) static SECTIONS: LazyLock<Vec<String>> = LazyLock::new(|| {
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
