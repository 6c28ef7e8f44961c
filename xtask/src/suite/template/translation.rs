//! Templates in, what CloudFormation would deploy out: the work of `xtask/template/translate.py`.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

use crate::provision::sam::Sam;
use crate::workspace::Workspace;

/// A template to be translated with certain parameters.
pub(super) struct Job<'a> {
    pub(super) template: &'a str,
    pub(super) parameters: &'a [(&'a str, &'a str)],
    pub(super) lint: Lint,
}

/// What the linter is asked about.
#[derive(Clone, Copy)]
pub(super) enum Lint {
    /// The translated template and the one before translation.
    Both,
    /// The translated template.
    Translated,
    /// Nothing.
    Nothing,
}

/// What came of a job.
#[derive(Debug)]
pub(super) struct Translation {
    /// The template before translation, as data.
    pub(super) source: Value,
    /// The template after it; `null` where it cannot be translated.
    pub(super) translated: Value,
    /// What the translator or the linter finds wrong.
    pub(super) findings: Vec<String>,
}

/// Translates and lints, several templates at a time. The results are in the order of the jobs.
pub(super) fn translate(
    workspace: &Workspace,
    sam: &Sam,
    jobs: &[Job<'_>],
) -> Result<Vec<Translation>> {
    let jobs = jobs
        .iter()
        .map(|job| {
            let parameters: serde_json::Map<String, Value> = job
                .parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
                .collect();
            json!({
                "template": job.template,
                "parameters": parameters,
                "lint": match job.lint {
                    Lint::Both => json!(["source", "translated"]),
                    Lint::Translated => json!(["translated"]),
                    Lint::Nothing => json!([]),
                },
            })
        })
        .collect();
    let results = script(workspace, sam, "translate.py", &jobs)?;
    results
        .as_array()
        .context("translate.py answered no list")?
        .iter()
        .map(|result| {
            Ok(Translation {
                source: result["source"].clone(),
                translated: result["translated"].clone(),
                findings: serde_json::from_value(result["findings"].clone())
                    .context("translate.py answered without findings")?,
            })
        })
        .collect()
}

/// Whether each text matches its pattern as a whole, as CloudFormation asks of `AllowedPattern`.
pub(super) fn matches(
    workspace: &Workspace,
    sam: &Sam,
    pairs: &[(String, String)],
) -> Result<Vec<bool>> {
    let answer = script(workspace, sam, "match.py", &json!(pairs))?;
    serde_json::from_value(answer).context("match.py answered no list of booleans")
}

/// Runs a script of `xtask/template` that reads JSON and writes JSON.
pub(super) fn script(workspace: &Workspace, sam: &Sam, name: &str, input: &Value) -> Result<Value> {
    let mut command: Command = sam.python();
    command
        .arg(workspace.root().join("xtask/template").join(name))
        .current_dir(workspace.root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped());
    let mut child = command
        .spawn()
        .with_context(|| format!("cannot run {name}"))?;
    let stdin = child.stdin.take().context("the script has no input")?;
    // The scripts read everything before they write anything.
    serde_json::to_writer(stdin, input).with_context(|| format!("{name} does not read"))?;
    let output = child.wait_with_output()?;
    if !output.status.success() {
        bail!("{name} failed: {}", output.status);
    }
    serde_json::from_slice(&output.stdout).with_context(|| format!("{name} answered no JSON"))
}
