//! What the template has to agree with: the code of the functions and the runbook.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// Files of the checkout, as far as the template speaks of what is in them.
pub(super) struct Checkout {
    /// The counters and gauges of the code, by their names in CloudWatch, with the dimensions that each has.
    pub(super) metrics: BTreeMap<String, Vec<String>>,
    /// The variables that the functions read, by the names of their constants.
    pub(super) variables: BTreeMap<String, String>,
    /// The constants that the `main.rs` of a function names, by function.
    pub(super) reads: BTreeMap<&'static str, Vec<String>>,
    /// The stable words of refusals.
    pub(super) refusals: String,
    /// The anchors of the runbook's sections.
    pub(super) sections: Vec<String>,
}

/// The functions, by the names of their binaries.
pub(super) const FUNCTIONS: [&str; 6] = [
    "verify",
    "push",
    "consumer",
    "tuya",
    "ckafka",
    "ckafka-pull",
];

impl Checkout {
    /// Reads the files.
    pub(super) fn read(workspace: &Workspace) -> Result<Self> {
        let read = |path: &str| {
            fs::read_to_string(workspace.root().join(path))
                .with_context(|| format!("cannot read {path}"))
        };
        let mut reads = BTreeMap::new();
        for function in FUNCTIONS {
            let main = read(&format!("functions/{function}/src/main.rs"))?;
            reads.insert(function, named_constants(&main));
        }
        Ok(Self {
            metrics: metrics(&read("shared/runtime/src/internal_event.rs")?),
            variables: constants(&read("shared/runtime/src/environment.rs")?),
            reads,
            refusals: read("shared/runtime/src/endpoint/error.rs")?,
            sections: sections(&read("docs/runbook.md").unwrap_or_default()),
        })
    }

    /// Whether the code counts under that name with these dimensions.
    pub(super) fn counts(&self, metric: &str, dimensions: &[&str]) -> bool {
        self.metrics
            .get(metric)
            .is_some_and(|labels| match dimensions {
                [] => true,
                [one] => labels.iter().any(|label| label == one),
                _ => false,
            })
    }
}

/// The calls of `counter!` and `gauge!`: `counter!("url_checks", "source" => ...)` is `UrlChecks` by
/// `Source`.
fn metrics(code: &str) -> BTreeMap<String, Vec<String>> {
    let counters = code.split("counter!(").skip(1);
    let counters = counters.filter_map(|call| call.split(".increment").next());
    let gauges = code.split("gauge!(").skip(1);
    let gauges = gauges.filter_map(|call| call.split(".set").next());
    counters
        .chain(gauges)
        .filter_map(|call| {
            let mut literals = call.split('"').skip(1).step_by(2);
            let name = pascal_case(literals.next()?);
            let labels = call
                .split("=>")
                .filter_map(|before| before.trim_end().strip_suffix('"')?.rsplit('"').next())
                .map(pascal_case)
                .collect();
            Some((name, labels))
        })
        .collect()
}

fn pascal_case(snake_case: &str) -> String {
    snake_case
        .split('_')
        .map(|word| match word.split_at_checked(1) {
            Some((first, rest)) => first.to_ascii_uppercase() + rest,
            None => String::new(),
        })
        .collect()
}

/// `pub const NAME: &str = "VALUE";`, by name.
fn constants(code: &str) -> BTreeMap<String, String> {
    code.lines()
        .filter_map(|line| {
            let (name, value) = line.strip_prefix("pub const ")?.split_once(": &str = \"")?;
            Some((name.to_owned(), value.strip_suffix("\";")?.to_owned()))
        })
        .collect()
}

/// The constants that the code names as `environment::NAME`.
fn named_constants(code: &str) -> Vec<String> {
    code.split("environment::")
        .skip(1)
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_ascii_uppercase() || *c == '_')
                .collect::<String>()
        })
        .filter(|name| !name.is_empty())
        .collect()
}

/// The anchors that GitHub gives to headings: lower case, blanks to dashes, no punctuation.
fn sections(markdown: &str) -> Vec<String> {
    markdown
        .lines()
        .filter_map(|line| line.strip_prefix('#'))
        .map(|line| {
            line.trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_are_found_with_their_labels() {
        let code = r#"
            counter!("received", "source" => source.to_owned()).increment(1);
            counter!("url_checks_refused", "source" => name, "reason" => refusal.word())
                .increment(1);
            counter!("settings_unavailable").increment(1);
            gauge!("lag", "source" => source.to_string()).set(records as f64);
            debug!("a => b");
        "#;
        let found = metrics(code);
        let expected = [
            ("Lag", vec!["Source"]),
            ("Received", vec!["Source"]),
            ("SettingsUnavailable", vec![]),
            ("UrlChecksRefused", vec!["Source", "Reason"]),
        ];
        let expected: BTreeMap<String, Vec<String>> = expected
            .map(|(name, labels)| {
                let labels = labels.into_iter().map(str::to_owned).collect();
                (name.to_owned(), labels)
            })
            .into();
        assert_eq!(found, expected);
    }

    #[test]
    fn constants_are_found_where_they_are_defined_and_named() {
        let code = "/// A.\npub const QUEUE_URL: &str = \"X_QUEUE_URL\";\nconst B: &str = \"B\";";
        let expected = BTreeMap::from([("QUEUE_URL".to_owned(), "X_QUEUE_URL".to_owned())]);
        assert_eq!(constants(code), expected);
        let code = "use environment;\nurl(environment::QUEUE_URL)?; environment::level();";
        assert_eq!(named_constants(code), ["QUEUE_URL"]);
    }

    #[test]
    fn headings_have_the_anchors_that_links_use() {
        let text = "# Runbook\ntext # no heading\n## Dead letters\n### Push: errors, throttles\n";
        assert_eq!(
            sections(text),
            ["runbook", "dead-letters", "push-errors-throttles"]
        );
    }
}
