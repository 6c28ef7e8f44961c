use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use thingrelay_tests::document::Document;
use thingrelay_tests::template::root;

/// The services of which `account`, `status` and `tail` call actions.
const SERVICES: [&str; 4] = ["cloudformation:", "cloudwatch:", "logs:", "sqs:"];

/// The section of docs/deploy.md has a policy with the actions that errors of the commands name.
#[test]
fn the_policy_to_look_at_a_stack_has_what_the_commands_call() {
    let section = Document::read("docs/deploy.md").text;
    let (_, section) = section.split_once("\n## Look at a stack\n").unwrap();
    let (_, policy) = section.split_once("```json\n").unwrap();
    let (policy, _) = policy.split_once("```").unwrap();
    let policy: Value = serde_json::from_str(policy).unwrap();
    let statements = policy["Statement"].as_array().unwrap().iter();
    let granted: BTreeSet<String> = statements
        .flat_map(|statement| match &statement["Action"] {
            Value::Array(actions) => actions.clone(),
            action => vec![action.clone()],
        })
        .map(|action| action.as_str().unwrap().to_owned())
        .collect();

    let mut code = String::new();
    for module in ["account", "stack", "status", "tail"] {
        let directory = root().join("cli/src").join(module);
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(path).unwrap();
                code += text.split("mod tests").next().unwrap();
            }
        }
    }
    let mut called = BTreeSet::new();
    for service in SERVICES {
        let beginning = format!("\"{service}");
        let found = code.split(&beginning).skip(1);
        let names = found.filter_map(|rest| rest.split('"').next());
        called.extend(names.map(|name| format!("{service}{name}")));
    }
    assert_eq!(granted, called);
}
