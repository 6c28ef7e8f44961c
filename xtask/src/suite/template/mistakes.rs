//! Mistakes that the checks must not let pass: each is an edit of the template, and is found by
//! a rule of the linter or by one of our checks.

mod ckafka;
mod functions;
mod pulls;
mod storage;
mod watching;

use anyhow::{Result, anyhow, bail};

use super::stack::Stack;
use super::translation::{self, Job, Lint};
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
pub(super) struct Mistake {
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

/// Mistakes, a list for each thing that they are about.
pub(super) type Mistakes = [&'static [Mistake]];

/// Those that a stack with a pull shows, by what they are about, in the order of the template.
pub(super) const GENERAL: &Mistakes = &[
    functions::MISTAKES,
    pulls::MISTAKES,
    storage::MISTAKES,
    watching::MISTAKES,
];

/// Those that a stack with Lambda's own event source shows.
pub(super) const MAPPED: &Mistakes = &[ckafka::MISTAKES];

/// Makes each mistake in the template and says of each, by its name, whether it was found with these
/// parameters. `problems` are what a check of ours, by name, says of a stack; problems that the stack
/// has without the mistake count for nothing.
pub(super) fn check(
    workspace: &Workspace,
    sam: &Sam,
    (template, parameters, mistakes): (&str, &[(&str, &str)], &Mistakes),
    problems: impl Fn(&str, &Stack) -> Vec<String>,
) -> Result<Vec<(&'static str, Result<()>)>> {
    let all = || mistakes.iter().copied().flatten();
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
                By::Check(name) => {
                    let of = |translation| problems(name, &Stack::new(translation, parameters));
                    (of(right), of(wrong))
                }
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
