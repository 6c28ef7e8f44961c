//! Mistakes that the checks must not let pass: each is an edit of the template, and is found by
//! a rule of the linter or by one of our checks.

mod functions;
mod storage;
mod tuya;
mod watching;

use anyhow::{Result, anyhow, bail};

use super::translation::{self, Job, Lint, Translation};
use crate::provision::sam::Sam;
use crate::workspace::Workspace;

/// What has to find a mistake.
#[derive(Clone, Copy, Debug)]
enum By {
    /// The rule of that id, or the translator itself (`translation`).
    Linter(&'static str),
    /// Our check of that name.
    Check(&'static str),
}

/// A mistake.
struct Mistake {
    name: &'static str,
    /// A text that stands in the template, possibly more than once: the first is meant.
    right: &'static str,
    /// What stands there instead.
    wrong: &'static str,
    found: By,
}

const fn mistake(
    name: &'static str,
    right: &'static str,
    wrong: &'static str,
    found: By,
) -> Mistake {
    Mistake {
        name,
        right,
        wrong,
        found,
    }
}

/// All of them, in the order of the template.
fn all() -> impl Iterator<Item = &'static Mistake> {
    [
        functions::MISTAKES,
        tuya::MISTAKES,
        storage::MISTAKES,
        watching::MISTAKES,
    ]
    .into_iter()
    .flatten()
}

/// Makes each mistake in the template and says of each, by its name, whether it was found.
/// `problems` are what a check of ours, by name, says of a template; problems that the template
/// has without the mistake count for nothing.
pub(super) fn check(
    workspace: &Workspace,
    sam: &Sam,
    (template, parameters): (&str, &[(&str, &str)]),
    problems: impl Fn(&str, &Translation) -> Vec<String>,
) -> Result<Vec<(&'static str, Result<()>)>> {
    let mut edited = vec![template.to_owned()];
    for mistake in all() {
        if !template.contains(mistake.right) {
            bail!("{}: the template lacks {:?}", mistake.name, mistake.right);
        }
        edited.push(template.replacen(mistake.right, mistake.wrong, 1));
    }
    let lints = std::iter::once(Lint::Translated).chain(all().map(|mistake| match mistake.found {
        By::Linter(_) => Lint::Translated,
        By::Check(_) => Lint::Nothing,
    }));
    let jobs: Vec<Job<'_>> = edited
        .iter()
        .zip(lints)
        .map(|(template, lint)| Job {
            template,
            parameters,
            lint,
        })
        .collect();
    let translations = translation::translate(workspace, sam, &jobs)?;
    let Some((right, wrong)) = translations.split_first() else {
        bail!("no translation");
    };
    Ok(all()
        .zip(wrong)
        .map(|(mistake, wrong)| {
            let (before, after) = match mistake.found {
                By::Linter(rule) => (of(rule, &right.findings), of(rule, &wrong.findings)),
                By::Check(name) => (problems(name, right), problems(name, wrong)),
            };
            let is_found = after.iter().any(|problem| !before.contains(problem));
            let result = is_found.then_some(()).ok_or_else(|| {
                let findings = &wrong.findings;
                anyhow!(
                    "{:?} has not found it; found is {findings:?}",
                    mistake.found
                )
            });
            (mistake.name, result)
        })
        .collect())
}

/// The findings of a rule.
fn of(rule: &str, findings: &[String]) -> Vec<String> {
    findings
        .iter()
        .filter(|finding| finding.starts_with(rule))
        .cloned()
        .collect()
}
