//! The queries of docs/runbook.md look for lines that the code writes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::markdown::Document;

/// Where the code is that writes lines.
const CODE: &[&str] = &["shared/src", "functions"];

/// Messages that the runbook looks for and that nothing writes.
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
    if messages.is_empty() {
        problems.push("docs/runbook.md looks for no line".to_owned());
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
    fn messages_are_found_in_queries() {
        let query = "fields @timestamp\n| filter message = \"message rejected\" and reason = \"stale\"\n\
            | filter message in [\"a\", \"b\"]\n| filter message like /x/\n";
        assert_eq!(messages(query), ["message rejected", "a", "b"]);
    }
}
