use std::collections::BTreeSet;
use std::fs;

use thingrelay_tests::document::Document;
use thingrelay_tests::template::{read, root};

#[test]
fn the_tables_of_errors_have_the_codes_of_the_program() {
    let errors = Document::read("docs/errors.md");
    let code = |file: &str| results_of_code(&read(file));
    let mut consumer = String::new();
    for entry in fs::read_dir(root().join("functions/consumer/src")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|extension| extension == "rs") {
            consumer.push_str(&fs::read_to_string(file).unwrap());
        }
    }
    let of_webhook = |file: &str| [code(&format!("functions/webhook/src/{file}.rs"))];
    let (dead, waiting) = (of_webhook("dead_letter"), of_webhook("waiting"));
    let failures = of_webhook("failure");
    let quarantined = [
        code("shared/core/src/normalize.rs"),
        code("shared/core/src/staged.rs"),
        code("shared/core/src/tuya/open.rs"),
        reasons(&consumer, "Verdict::Quarantine {"),
    ];
    let handed_back = [
        reasons(&consumer, "Verdict::HandBack {"),
        calls(&consumer, ".hand_back"),
    ];
    for (titles, sources) in [
        (
            "| code | status |",
            &[code("shared/runtime/src/endpoint/error.rs")][..],
        ),
        ("| reason |", &quarantined),
        ("| hand-back reason |", &handed_back),
        ("| dead-letter reason |", &dead),
        ("| waiting reason |", &waiting),
        ("| failure |", &failures),
    ] {
        let told: BTreeSet<&str> = errors.first_column(titles).into_iter().collect();
        assert!(
            sources.iter().all(|codes| !codes.is_empty()),
            "{titles}: {sources:?}"
        );
        let expected = sources.iter().flatten().map(String::as_str).collect();
        assert_eq!(told, expected, "docs/errors.md, {titles}");
    }
}

/// The texts that the function `code` of a source file may return: the right sides of its arms.
fn results_of_code(source: &str) -> Vec<String> {
    let (_, function) = source.split_once("fn code(self)").unwrap();
    let body = function.split("\n    }").next().unwrap_or_default();
    body.split("=>").skip(1).filter_map(first_text).collect()
}

/// The reasons in `BEGINNING reason: "...", .. }` of a source file.
fn reasons(source: &str, beginning: &str) -> Vec<String> {
    let verdicts = source.split(beginning).skip(1);
    let values = verdicts.filter_map(|after| {
        let value = after.trim_start().strip_prefix("reason:")?.trim_start();
        value.starts_with('"').then(|| first_text(value))?
    });
    values.collect()
}

/// The texts in calls of functions: `batch.hand_back_all("...")`.
fn calls(source: &str, beginning: &str) -> Vec<String> {
    let calls = source.split(beginning).skip(1);
    let texts = calls.filter_map(|after| first_text(after.split(')').next()?));
    texts.filter(|text| !text.is_empty()).collect()
}

/// The first literal text.
fn first_text(source: &str) -> Option<String> {
    source.split('"').nth(1).map(str::to_owned)
}

#[test]
fn codes_are_found_where_the_code_has_them() {
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
    assert_eq!(results_of_code(source), ["one", "two"]);
    let source =
        "V {\n reason: \"a\", detail } V { reason: error.code(), detail: \"c\" } V { reason, .. }";
    assert_eq!(reasons(source, "V {"), ["a"]);
    let source =
        "batch.hand_back_all(\"c\"); batch.hand_back_rest(group, &id, \"d\"); fn hand_back(\"e\")
        self.hand_back_rest(group, reason); x = \"f\";";
    assert_eq!(calls(source, ".hand_back"), ["c", "d"]);
}
