use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::document::Document;

/// Fails unless the tables of docs/errors.md have the codes of the program, all of them and no others.
pub(super) fn check(root: &Path) -> Result<()> {
    let document = Document::read(root, "docs/errors.md")?;
    let refusals = results_of_code(&read(root, "shared/runtime/src/endpoint/error.rs")?)?;
    compare(
        "refusals",
        &document.first_column("| code | status |"),
        &refusals,
    )?;

    let mut reasons = results_of_code(&read(root, "shared/core/src/normalize.rs")?)?;
    reasons.extend(results_of_code(&read(root, "shared/core/src/staged.rs")?)?);
    let consumer = root.join("functions/consumer/src");
    let mut named = Vec::new();
    let mut handed_back = Vec::new();
    for entry in fs::read_dir(&consumer)? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(file)?;
            named.extend(quarantine_reasons(&source));
            handed_back.extend(hand_back_reasons(&source));
        }
    }
    ensure!(
        !named.is_empty() && !handed_back.is_empty(),
        "no reason found in {}",
        consumer.display()
    );
    reasons.extend(named);
    compare(
        "quarantine reasons",
        &document.first_column("| reason |"),
        &reasons,
    )?;
    compare(
        "hand-backs",
        &document.first_column("| hand-back reason |"),
        &handed_back,
    )
}

fn read(root: &Path, file: &str) -> Result<String> {
    fs::read_to_string(root.join(file)).with_context(|| format!("cannot read {file}"))
}

fn compare(what: &str, listed: &[&str], words: &[String]) -> Result<()> {
    for word in words {
        ensure!(
            listed.contains(&word.as_str()),
            "docs/errors.md's table of {what} lacks `{word}`"
        );
    }
    for word in listed {
        ensure!(
            words.iter().any(|known| known == word),
            "docs/errors.md's table of {what} has `{word}`, which the code does not have"
        );
    }
    Ok(())
}

/// The texts that the function `word` of a source file may give: the right sides of its arms.
fn results_of_code(source: &str) -> Result<Vec<String>> {
    let (_, function) = source
        .split_once("fn code(self)")
        .context("a source file has no function `word` any more")?;
    let body = function
        .split_once("\n    }")
        .map_or(function, |(body, _)| body);
    let words: Vec<String> = body.split("=>").skip(1).filter_map(first_text).collect();
    ensure!(
        !words.is_empty(),
        "a function `word` has no arms with texts"
    );
    Ok(words)
}

/// The reasons in `Verdict::Quarantine { reason: "...", .. }` of a source file.
fn quarantine_reasons(source: &str) -> Vec<String> {
    source
        .split("Verdict::Quarantine {")
        .skip(1)
        .filter_map(|after| {
            let value = after.trim_start().strip_prefix("reason:")?.trim_start();
            value.starts_with('"').then(|| first_text(value))?
        })
        .collect()
}

/// The reasons in `Verdict::HandBack { reason: "...", .. }` of a source file, and in its calls of
/// functions that hand back: `batch.hand_back_all("...")`.
fn hand_back_reasons(source: &str) -> Vec<String> {
    let verdicts = source.split("Verdict::HandBack {").skip(1);
    let verdicts = verdicts.filter_map(|after| {
        let value = after.trim_start().strip_prefix("reason:")?.trim_start();
        value.starts_with('"').then(|| first_text(value))?
    });
    let calls = source.split(".hand_back").skip(1);
    let calls = calls.filter_map(|after| first_text(after.split(')').next()?));
    let codes = verdicts.chain(calls);
    codes.filter(|code| !code.is_empty()).collect()
}

/// The first literal text.
fn first_text(source: &str) -> Option<String> {
    source.split('"').nth(1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_of_errors_have_the_codes_of_the_program() -> Result<()> {
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
    }

    #[test]
    fn words_are_found_where_the_code_has_them() -> Result<()> {
        let source = "
    fn code(self) -> &'static str {
        match self {
            A::One { .. } => \"one\",
            A::Two | A::Three => {
                \"two\"
            }
        }
    }
    fn other(self) { match self { A::One => \"no\" } }";
        assert_eq!(results_of_code(source)?, ["one", "two"]);
        assert!(results_of_code("fn code(self) {}").is_err());
        assert!(results_of_code("").is_err());
        let source = "Verdict::Quarantine {\n reason: \"a\", detail } Verdict::HandBack { reason: \"b\" }
            Verdict::Quarantine { reason: error.word(), detail: \"c\" } Verdict::Quarantine { reason, .. }";
        assert_eq!(quarantine_reasons(source), ["a"]);
        assert_eq!(hand_back_reasons(source), ["b"]);
        let source = "batch.hand_back_all(\"c\"); batch.hand_back_rest(group, &id, \"d\"); fn hand_back(\"e\")
            self.hand_back_rest(group, reason); x = \"f\";";
        assert_eq!(hand_back_reasons(source), ["c", "d"]);
        Ok(())
    }

    #[test]
    fn a_word_too_few_and_a_word_too_many_are_told() {
        let words = ["a".to_owned(), "b".to_owned()];
        assert!(compare("x", &["b", "a"], &words).is_ok());
        assert!(compare("x", &["a"], &words).is_err());
        assert!(compare("x", &["a", "b", "c"], &words).is_err());
    }
}
