//! Every template, deployed side by side with its own conditions. This does not prove that AWS
//! deploys them. But the emulator creates every resource, and refuses what the services' calls
//! would refuse.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use thingrelay_tests::template::variants::VARIANTS;
use thingrelay_tests::template::{self, Job, MAIN};

use crate::endpoint;

/// The stack from which the templates import by default.
const IMPORTED: &str = "thingrelay";

#[test]
fn every_template_is_deployed() {
    let jobs = VARIANTS.map(|(_, _, template, parameters)| Job::of(template, parameters));
    let expected = template::expand(&jobs);
    let mut stacks: Vec<Value> = VARIANTS
        .iter()
        .zip(&jobs)
        .zip(&expected)
        .map(|(((name, ..), job), stack)| {
            json!({
                "name": if *name == "main" { IMPORTED } else { name },
                // The emulator expands the loop itself.
                "template": if *name == "silence" { &stack.source } else { &stack.expanded },
                "parameters": job.parameters,
            })
        })
        .collect();
    let silence = expected.last().expect("a template");
    for (name, parameters) in [
        ("of-nobody", json!({"Sources": "meters", "Stack": "nobody"})),
        ("of-nothing", json!({"Sources": ""})),
        ("of-twins", json!({"Sources": "a-b,ab"})),
    ] {
        stacks.push(json!({"name": name, "template": silence.source, "parameters": parameters}));
    }
    let input = json!({"endpoint": endpoint(), "stacks": stacks, "deleted": IMPORTED});
    let answer = template::script("deploy.py", &input);

    let deployed = answer["stacks"].as_array().expect("a list");
    let mut names = BTreeSet::new();
    for (((variant, _, template, _), stack), deployed) in
        VARIANTS.iter().zip(&expected).zip(deployed)
    {
        assert_eq!(
            deployed["status"], "CREATE_COMPLETE",
            "{variant}: {deployed:#}"
        );
        assert_eq!(
            keys(&deployed["resources"]),
            members(&stack.resources),
            "{variant}"
        );
        assert_eq!(
            keys(&deployed["outputs"]),
            members(&stack.outputs),
            "{variant}"
        );
        for (id, name) in deployed["resources"].as_object().expect("an object") {
            // The name of a stage is unique only within its API.
            let is_stage = stack.resources[id]["Type"] == "AWS::ApiGatewayV2::Stage";
            assert!(
                is_stage || names.insert(name.to_string()),
                "{template}: {id} has the name {name} of another"
            );
        }
    }
    let refused: Vec<String> = deployed[VARIANTS.len()..]
        .iter()
        .map(|stack| format!("{} {}", stack["status"], stack["reasons"]))
        .collect();
    for (refused, word) in refused
        .iter()
        .zip(["nobody-AlarmTopicArn", "Sources", "SilentabAlarm"])
    {
        assert!(
            !refused.contains("CREATE_COMPLETE") && refused.contains(word),
            "{word}: {refused}"
        );
    }
    let deletion = answer["deletion"].as_str().expect("a text");
    assert!(
        deletion.contains(&format!("{IMPORTED}-AlarmTopicArn")),
        "{MAIN} is in use: {deletion}"
    );
}

fn keys(object: &Value) -> BTreeSet<String> {
    members(object.as_object().expect("an object"))
}

fn members(object: &Map<String, Value>) -> BTreeSet<String> {
    object.keys().cloned().collect()
}
