//! A rehearsal: an emulator of CloudFormation deploys two stacks side by side. It is no proof that
//! AWS does, but it makes every resource, and refuses what the services' calls would refuse.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use serde_json::{Map, Value, json};

use super::Variant;
use super::stack::Stack;
use super::translation::{self, Translation};
use crate::provision;
use crate::provision::sam::Sam;
use crate::server::Server;
use crate::suite::Failure;
use crate::workspace::Workspace;

/// Each stack gets all its resources and outputs, and no two have one in common.
pub(super) fn check(
    workspace: &Workspace,
    sam: &Sam,
    stacks: &[(Variant, &Translation)],
) -> Result<Result<()>, Failure> {
    let ministack = provision::ministack::provision(workspace)?;
    let mut plan = ministack.server()?;
    // All of its services.
    plan.command.env_remove("SERVICES");
    plan.log = workspace
        .provision()
        .join("ministack")
        .join("rehearsal.log");
    let server = Server::start(plan)?;
    let jobs: Vec<Value> = stacks
        .iter()
        .enumerate()
        .map(|(index, ((_, parameters), translation))| {
            let given: Map<String, Value> = parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), Value::from(*value)))
                .collect();
            json!({
                "name": format!("rehearsal-{index}"),
                "template": with_plain_conditions(&translation.translated, parameters),
                "parameters": given,
            })
        })
        .collect();
    let input = json!({ "endpoint": server.endpoint(), "stacks": jobs });
    let results = translation::script(workspace, sam, "deploy.py", &input)?;
    server.stop()?;
    Ok(compare(stacks, &results))
}

/// The emulator knows few functions in conditions: it is told which hold.
fn with_plain_conditions(translated: &Value, given: &[(&str, &str)]) -> Value {
    let mut template = translated.clone();
    if let Some(conditions) = template["Conditions"].as_object_mut() {
        for (name, condition) in conditions {
            let holds = Stack::holds(translated, given, name);
            *condition = json!({ "Fn::Equals": ["true", holds.to_string()] });
        }
    }
    template
}

fn compare(stacks: &[(Variant, &Translation)], results: &Value) -> Result<()> {
    let mut all_names = BTreeSet::new();
    for (index, ((variant, parameters), translation)) in stacks.iter().enumerate() {
        let result = &results[index];
        ensure!(
            result["status"] == "CREATE_COMPLETE",
            "{variant}: {} {}",
            result["status"],
            result["reasons"]
        );
        let expected = Stack::new(translation, parameters);
        ensure!(
            keys(&result["resources"]) == expected.resources.keys().cloned().collect(),
            "{variant}: {}",
            result["resources"]
        );
        ensure!(
            keys(&result["outputs"]) == expected.outputs.keys().cloned().collect(),
            "{variant}: {}",
            result["outputs"]
        );
        for (id, resource) in &expected.resources {
            // A stage's name is one within its API.
            if resource["Type"] == "AWS::ApiGatewayV2::Stage" {
                continue;
            }
            let name = result["resources"][id].as_str().unwrap_or_default();
            ensure!(
                all_names.insert(name.to_owned()),
                "{variant}: {id} has the name {name}, which another has, too"
            );
        }
    }
    Ok(())
}

fn keys(object: &Value) -> BTreeSet<String> {
    super::stack::object(object).keys().cloned().collect()
}
