//! The queries of docs/runbook.md look for lines that the code writes, and its commands for metrics
//! that the code counts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::markdown::Document;

/// Where the code is that writes lines.
const CODE: &[&str] = &["shared", "functions"];

/// Messages and metrics that the runbook looks for and that nothing writes or counts.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let document = Document::read(root, "docs/runbook.md".into())?;
    let mut code = String::new();
    for directory in CODE {
        read_code(&root.join(directory), &mut code)?;
    }
    let messages: Vec<String> = document
        .blocks()
        .iter()
        .flat_map(|block| messages(&block.text))
        .collect();
    let mut problems: Vec<String> = messages
        .iter()
        .filter(|message| !code.contains(&format!("\"{message}\"")))
        .map(|message| format!("docs/runbook.md looks for {message:?}, which nothing writes"))
        .collect();
    let metrics: Vec<String> = document
        .blocks()
        .iter()
        .flat_map(|block| metrics(&block.text))
        .collect();
    problems.extend(
        metrics
            .iter()
            .filter(|metric| !code.contains(&format!("counter!(\"{}\"", snake_case(metric))))
            .map(|metric| format!("docs/runbook.md looks for {metric}, which nothing counts")),
    );
    if messages.is_empty() || metrics.is_empty() {
        problems.push("docs/runbook.md looks for no line or no metric".to_owned());
    }
    Ok(problems)
}

/// The messages in a query: `message = "..."`, `message in ["...", "..."]`.
fn messages(query: &str) -> Vec<String> {
    let one = query
        .split("message = \"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next());
    let some = query
        .split("message in [")
        .skip(1)
        .filter_map(|rest| rest.split(']').next())
        .flat_map(|list| list.split('"').skip(1).step_by(2));
    one.chain(some).map(str::to_owned).collect()
}

/// The metrics that commands ask for: `count Accepted Source=meters`, at the beginning of a line.
fn metrics(commands: &str) -> Vec<String> {
    commands
        .lines()
        .filter_map(|line| line.strip_prefix("count ")?.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// The name of the counter that is a metric of CloudWatch: `UrlChecks` is `url_checks`.
fn snake_case(metric: &str) -> String {
    let mut name = String::new();
    for (index, letter) in metric.chars().enumerate() {
        if letter.is_ascii_uppercase() && index > 0 {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
    }
    name
}

fn read_code(path: &Path, code: &mut String) -> Result<()> {
    let entries = fs::read_dir(path).with_context(|| format!("cannot read {}", path.display()))?;
    for entry in entries {
        let path: PathBuf = entry?.path();
        if path.is_dir() {
            read_code(&path, code)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_found_by_the_names_of_their_counters() {
        let found = metrics("count UrlChecks\ncount Accepted Source=a\nlines A 60 'count(*)'\n");
        assert_eq!(found, ["UrlChecks", "Accepted"]);
        assert_eq!(snake_case("UrlChecks"), "url_checks");
    }

    #[test]
    fn messages_are_found_in_queries() {
        let query = "fields @timestamp\n| filter message = \"message rejected\" and reason = \"stale\"\n\
            | filter message in [\"a\", \"b\"]\n| filter message like /x/\n";
        assert_eq!(messages(query), ["message rejected", "a", "b"]);
    }
}
