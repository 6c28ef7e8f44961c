//! Templates, deployed in the emulator.

use serde_json::{Value, json};
use thingrelay_tests::template::{self, Job};

use crate::endpoint;

/// Deploys templates one after another, each with the name of its stack. Returns the `resources` and `outputs` of
/// each.
pub(crate) async fn deployed(stacks: Vec<(&str, Job)>) -> Vec<Value> {
    let named = stacks.into_iter().map(|(name, job)| (name.to_owned(), job));
    let (names, jobs): (Vec<_>, Vec<_>) = named.unzip();
    let deploying = tokio::task::spawn_blocking(move || {
        let expanded = template::expand(&jobs);
        let stacks = names.iter().zip(&jobs).zip(&expanded);
        let stacks: Vec<Value> = stacks
            .map(|((name, job), stack)| {
                json!({"name": name, "template": stack.expanded, "parameters": job.parameters})
            })
            .collect();
        let input = json!({"endpoint": endpoint(), "stacks": stacks});
        let answer = template::script("deploy.py", &input);
        let stacks = answer["stacks"].as_array().unwrap().clone();
        for stack in &stacks {
            assert_eq!(stack["status"], "CREATE_COMPLETE", "{stack:#}");
        }
        stacks
    });
    deploying.await.unwrap()
}
