//! The documents: links that lead somewhere, commands that exist, and what docs/runbook.md says
//! of the log lines. What documents say of the templates, tests/tests/template looks at.
//!
//! # Layout
//!
//! - `markdown`: headings, links and blocks of a document.
//! - `links`: relative links and anchors.
//! - `commands`: our own commands in blocks for the shell.
//! - `fields`: the tables of docs/events.md, and the schemas.
//! - `queries`: the log lines that docs/runbook.md looks for.

mod commands;
mod fields;
mod links;
mod markdown;
mod queries;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use self::markdown::Document;
use super::report::Report;
use super::{Failure, Outcome, Suite};
use crate::workspace::Workspace;

/// Every document, against the files and programs of the checkout.
pub(super) const SUITE: Suite = Suite {
    name: "documents",
    about: "links, commands, fields and log lines in the documents",
    needs_binaries: true,
    run,
};

/// Directories that hold documents of others.
const FOREIGN: &[&str] = &["target", "node_modules"];

fn run(workspace: &Workspace) -> Result<Outcome, Failure> {
    let documents = read_all(workspace.root())?;
    let mut report = Report::default();
    report.none("links", links::check(workspace.root(), &documents));
    report.none("commands", commands::check(workspace, &documents));
    report.none("fields", fields::check(workspace.root()));
    report.none("queries", queries::check(workspace.root()));
    Ok(report.outcome())
}

/// Every Markdown file of the checkout, by its path in it.
fn read_all(root: &Path) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    let mut directories = vec![PathBuf::new()];
    while let Some(directory) = directories.pop() {
        let whole = root.join(&directory);
        let entries =
            fs::read_dir(&whole).with_context(|| format!("cannot read {}", whole.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let path = directory.join(name.as_ref());
            if entry.file_type()?.is_dir() {
                if !name.starts_with('.') && !FOREIGN.contains(&name.as_ref()) {
                    directories.push(path);
                }
            } else if name.ends_with(".md") {
                documents.push(Document::read(root, path)?);
            }
        }
    }
    documents.sort_by(|one, other| one.path().cmp(other.path()));
    Ok(documents)
}
