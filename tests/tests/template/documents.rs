//! The statements of the documents about the templates: each parameter with its default, each
//! output, the number of alarms, and the names of resources and outputs in commands. The policy of
//! the deployer must have rights for each service.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use thingrelay_tests::template::{Stack, read};

use crate::code::SHARED;
use crate::lines::{elements, text};
use crate::variants::stack;

/// The table of parameters of each template: its document, and the index of the table in it.
const PARAMETERS: [(&str, &str, usize); 6] = [
    ("main", "docs/deploy.md", 0),
    ("tuya", "docs/tuya.md", 0),
    ("ckafka-pull", "docs/ckafka.md", 0),
    ("ckafka", "docs/ckafka.md", 1),
    ("archive", "docs/deploy.md", 1),
    ("webhook", "docs/deploy.md", 2),
];

#[test]
fn parameters_and_outputs_are_told() {
    for (name, document, index) in PARAMETERS {
        let table = tables(document, "parameter").into_iter().nth(index);
        let told: BTreeMap<String, String> = table
            .unwrap_or_default()
            .into_iter()
            .map(|row| match row.as_slice() {
                [name, default, ..] if default == "none" => (name.clone(), String::new()),
                [name, default, ..] => (name.clone(), default.clone()),
                _ => panic!("{document}: {row:?}"),
            })
            .collect();
        let parameters = stack(name).source["Parameters"].as_object();
        let expected: BTreeMap<String, String> = parameters
            .into_iter()
            .flatten()
            .map(|(name, parameter)| (name.clone(), text(&parameter["Default"])))
            .collect();
        assert_eq!(told, expected, "{document}, of {name}");
    }
    let told = tables("docs/deploy.md", "output").swap_remove(0);
    let told: BTreeSet<String> = told.into_iter().map(|row| row[0].clone()).collect();
    let outputs = &stack("main-with-everything").outputs;
    assert_eq!(
        told,
        outputs.keys().cloned().collect(),
        "outputs in docs/deploy.md"
    );
}

#[test]
fn every_stack_with_a_function_names_the_version() {
    for name in ["main", "tuya", "ckafka-pull", "ckafka", "webhook"] {
        let told = text(&stack(name).outputs["Version"]["Value"]);
        assert_eq!(told, env!("CARGO_PKG_VERSION"), "{name}");
    }
}

#[test]
fn numbers_are_told() {
    let alarms = |name| stack(name).of_type("AWS::CloudWatch::Alarm").count();
    let words = |path| read(path).split_whitespace().collect::<Vec<_>>().join(" ");
    let told = format!(
        "{} alarms, {} more with a pull from Tuya, {} more with one from CKafka, {} more with the event source, {} more with a webhook",
        alarms("main"),
        alarms("tuya"),
        alarms("ckafka-pull"),
        alarms("ckafka"),
        alarms("webhook"),
    );
    assert!(
        words("docs/capacity.md").contains(&told),
        "docs/capacity.md: {told}"
    );
    let told = format!("| alarms | {} at ", alarms("tuya"));
    assert!(
        words("docs/tuya.md").contains(&told),
        "docs/tuya.md: {told}"
    );
    let timeout = stack("tuya").resources["TuyaFunction"]["Properties"]["Timeout"].as_u64();
    let (_, margin) = SHARED
        .split_once("const MARGIN: Duration = Duration::from_secs(")
        .expect("a margin");
    let margin: u64 = margin
        .split(')')
        .next()
        .unwrap_or_default()
        .parse()
        .expect("seconds");
    let told = format!("up to {} s", timeout.expect("a number") - margin);
    assert!(
        words("docs/tuya.md").contains(&told),
        "docs/tuya.md: {told}"
    );
}

/// `output NAME`, `resource NAME` and `lines NAME` in commands name parts of a stack.
#[test]
fn commands_name_what_there_is() {
    let stacks = [
        "main-with-everything",
        "tuya",
        "ckafka-pull",
        "ckafka",
        "webhook",
        "archive",
    ]
    .map(stack);
    let has = |of: fn(&Stack) -> &serde_json::Map<String, Value>, name: &str| {
        stacks.iter().any(|stack| of(stack).contains_key(name))
    };
    for document in [
        "docs/deploy.md",
        "docs/runbook.md",
        "docs/tuya.md",
        "docs/ckafka.md",
    ] {
        for block in blocks(document, "sh") {
            let words: Vec<&str> = block
                .split(|c: char| c.is_whitespace() || "()\"".contains(c))
                .collect();
            for pair in words.windows(2) {
                let name = pair[1];
                if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric()) {
                    continue;
                }
                let is_there = match pair[0] {
                    "output" => has(|stack| &stack.outputs, name),
                    "resource" | "lines" | "--logical-resource-id" => {
                        has(|stack| &stack.resources, name)
                    }
                    _ => true,
                };
                assert!(is_there, "{document}: {} {name}", pair[0]);
            }
        }
    }
}

#[test]
fn the_deployer_has_a_right_for_each_service() {
    let policy = blocks("docs/deploy.md", "json")
        .into_iter()
        .find(|block| block.contains("\"Statement\""))
        .expect("a policy");
    let policy: Value = serde_json::from_str(&policy).expect("JSON");
    let granted: BTreeSet<String> = elements(&policy["Statement"])
        .into_iter()
        .flat_map(|statement| elements(&statement["Action"]))
        .filter_map(|action| Some(action.as_str()?.split_once(':')?.0.to_owned()))
        .collect();
    for name in [
        "main-with-everything",
        "tuya",
        "ckafka-pull-with-everything",
        "ckafka-with-everything",
        "webhook-with-everything",
        "archive",
    ] {
        for (id, resource) in &stack(name).resources {
            let kind = text(&resource["Type"]).to_lowercase();
            let service = kind.split("::").nth(1).unwrap_or_default();
            let service = service.trim_end_matches("v2").trim_start_matches("kinesis");
            assert!(granted.contains(service), "{name}: no right for {id}");
        }
    }
}

/// The tables of a document whose first column has this name; the cells are without backticks.
fn tables(document: &str, column: &str) -> Vec<Vec<Vec<String>>> {
    let mut tables = Vec::new();
    let text = read(document);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with(&format!("| {column} |")) {
            let rows = lines
                .by_ref()
                .skip(1)
                .take_while(|line| line.starts_with('|'));
            let cells = |row: &str| {
                let cells = row.trim_matches('|').split(" | ");
                cells.map(|cell| cell.trim().replace('`', "")).collect()
            };
            tables.push(rows.map(cells).collect());
        }
    }
    tables
}

/// The fenced blocks in a language, including indented blocks.
fn blocks(document: &str, language: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let text = read(document);
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.trim() == format!("```{language}") {
            let block: Vec<&str> = lines
                .by_ref()
                .take_while(|line| line.trim() != "```")
                .collect();
            blocks.push(block.join("\n"));
        }
    }
    blocks
}
