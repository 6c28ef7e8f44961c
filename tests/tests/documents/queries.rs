use std::fs;
use std::path::Path;

use thingrelay_tests::document::Document;
use thingrelay_tests::template::root;

/// The queries in docs/runbook.md look for log lines that the code writes, and its commands for
/// metrics that the code counts.
#[test]
fn the_runbook_looks_for_what_the_code_writes_and_counts() {
    let mut code = String::new();
    for directory in ["shared", "functions"] {
        read_code(&root().join(directory), &mut code);
    }
    let lines: Vec<String> = Document::read("docs/runbook.md")
        .blocks()
        .into_iter()
        .map(|block| block.lines.join("\n"))
        .collect();
    let messages: Vec<String> = lines.iter().flat_map(|block| messages(block)).collect();
    let metrics: Vec<String> = lines.iter().flat_map(|block| metrics(block)).collect();
    assert!(!messages.is_empty() && !metrics.is_empty());
    for message in messages {
        assert!(
            code.contains(&format!("\"{message}\"")),
            "nothing writes {message:?}"
        );
    }
    for metric in metrics {
        let counter = format!("counter!(\"{}\"", snake_case(&metric));
        assert!(code.contains(&counter), "nothing counts {metric}");
    }
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

/// The metrics that commands query: `count Accepted Source=meters`, at the start of a line.
fn metrics(commands: &str) -> Vec<String> {
    commands
        .lines()
        .filter_map(|line| line.strip_prefix("count ")?.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

/// The counter that becomes this metric in CloudWatch: `UrlChecks` is `url_checks`.
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

fn read_code(directory: &Path, code: &mut String) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_code(&path, code);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            code.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

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
