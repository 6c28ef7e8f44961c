//! The metrics and variables of the code that the templates name.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use thingrelay_tests::template::{read, root};

/// The code that the functions share.
pub(crate) static SHARED: LazyLock<String> = LazyLock::new(|| {
    let mut code = String::new();
    gather(&root().join("shared"), &mut code);
    code
});

/// The counters, gauges and histograms of the code by their names in CloudWatch, with their dimensions.
pub(crate) static METRICS: LazyLock<BTreeMap<String, Vec<String>>> =
    LazyLock::new(|| metrics(&SHARED));

/// The variables that the functions read, by the names of their constants.
pub(crate) static VARIABLES: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| constants(&SHARED));

fn gather(directory: &Path, code: &mut String) {
    for entry in fs::read_dir(directory).expect("a directory") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            gather(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&fs::read_to_string(&path).expect("text"));
        }
    }
}

/// The calls of `counter!`, `gauge!` and `histogram!`: `counter!("url_checks", "source" => ...)` is `UrlChecks`
/// by `Source`.
fn metrics(code: &str) -> BTreeMap<String, Vec<String>> {
    let calls = |what, end| {
        let calls = code.split(what).skip(1);
        calls.filter_map(move |call: &str| call.split(end).next())
    };
    calls("counter!(", ".increment")
        .chain(calls("gauge!(", ".set"))
        .chain(calls("histogram!(", ".record"))
        .filter_map(|call| {
            let name = call.split('"').nth(1)?;
            let labels = call
                .split("=>")
                .filter_map(|before| before.trim_end().strip_suffix('"')?.rsplit('"').next());
            Some((pascal_case(name), labels.map(pascal_case).collect()))
        })
        .collect()
}

fn pascal_case(snake_case: &str) -> String {
    let words = snake_case.split('_');
    let words = words.filter_map(|word| {
        let (first, rest) = word.split_at_checked(1)?;
        Some(first.to_ascii_uppercase() + rest)
    });
    words.collect()
}

/// `pub const NAME: &str = "VALUE";`, by name.
fn constants(code: &str) -> BTreeMap<String, String> {
    code.lines()
        .filter_map(|line| {
            let (name, value) = line.strip_prefix("pub const ")?.split_once(": &str = \"")?;
            let value = value.strip_suffix("\";")?;
            let is_a_variable = value.starts_with("THINGRELAY_");
            is_a_variable.then(|| (name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// The variables that the program of a function names as `environment::NAME`, directly or in
/// `start`.
pub(crate) fn named(function: &str) -> Vec<&'static str> {
    let mut code = read(&format!("functions/{function}/src/main.rs"));
    if [" staging(", "serve_pull("]
        .iter()
        .any(|start| code.contains(start))
    {
        code += &read("shared/runtime/src/start.rs");
    }
    let named = code.split("environment::").skip(1).filter_map(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_uppercase() || c == '_'));
        VARIABLES.get(&rest[..end.unwrap_or(rest.len())])
    });
    named.map(String::as_str).collect()
}

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
    let expected: BTreeMap<String, Vec<String>> = [
        ("Lag", vec!["Source"]),
        ("Received", vec!["Source"]),
        ("SettingsUnavailable", vec![]),
        ("UrlChecksRefused", vec!["Source", "Reason"]),
    ]
    .map(|(name, labels)| {
        (
            name.to_owned(),
            labels.into_iter().map(str::to_owned).collect(),
        )
    })
    .into();
    assert_eq!(metrics(code), expected);
}
