//! Finds stacks by their names, and the stacks that belong to them.

use super::{Stack, clients::Clients, error::StackError};
use aws_sdk_cloudformation::error::ProvideErrorMetadata;
use futures::future::try_join_all;
use std::collections::BTreeSet;
use thingrelay::aws::CallError;

const DESCRIBE: &str = "cloudformation:DescribeStacks";
const RESOURCES: &str = "cloudformation:ListStackResources";
const IMPORTS: &str = "cloudformation:ListImports";

/// The stacks with these names, each followed by the stacks of thingrelay that import from it: pulls,
/// webhooks, and alarms on silent sources.
///
/// # Errors
/// There is no stack of a name, or CloudFormation does not say.
pub(crate) async fn stacks(clients: &Clients, names: &[String]) -> Result<Vec<Stack>, StackError> {
    let mut found: Vec<Stack> = Vec::new();
    let mut known = BTreeSet::new();
    for name in names {
        if !known.insert(name.clone()) {
            continue;
        }
        let stack = stack(clients, name).await?;
        let importers = importers(clients, &stack).await?;
        found.push(stack);
        let new: Vec<String> = importers
            .into_iter()
            .filter(|name| !names.contains(name) && known.insert(name.clone()))
            .collect();
        let importers = try_join_all(new.iter().map(|name| self::stack(clients, name))).await?;
        found.extend(importers.into_iter().filter(|stack| stack.is_ours));
    }
    Ok(found)
}

async fn stack(clients: &Clients, name: &str) -> Result<Stack, StackError> {
    let asked = clients.cloudformation.describe_stacks().stack_name(name);
    let answer = asked.send().await.map_err(|error| {
        let service = error.as_service_error();
        let is_missing = service.is_some_and(|error| is_missing(error.meta().message()));
        match is_missing {
            true => no_stack(clients, name),
            false => StackError::of(DESCRIBE, CallError::from(error)),
        }
    })?;
    let described = answer.stacks().first();
    let described = described.ok_or_else(|| no_stack(clients, name))?;
    let pages = clients.cloudformation.list_stack_resources();
    let pages = pages.stack_name(name).into_paginator().items().send();
    let summaries = pages.collect::<Result<Vec<_>, _>>().await;
    let summaries = summaries.map_err(|error| StackError::of(RESOURCES, CallError::from(error)))?;
    Ok(Stack::new(described, &summaries))
}

/// CloudFormation has one code for all that is wrong with a call.
fn is_missing(message: Option<&str>) -> bool {
    message.is_some_and(|message| message.contains("does not exist"))
}

fn no_stack(clients: &Clients, name: &str) -> StackError {
    StackError::NoStack {
        name: name.to_owned(),
        region: clients.region.clone(),
    }
}

/// The names of the stacks that import from this one.
async fn importers(clients: &Clients, stack: &Stack) -> Result<BTreeSet<String>, StackError> {
    let exports = stack.exports.iter();
    let asked = exports.map(|export| importers_of(clients, export));
    let names = try_join_all(asked).await?;
    Ok(names.into_iter().flatten().collect())
}

async fn importers_of(clients: &Clients, export: &str) -> Result<Vec<String>, StackError> {
    let pages = clients.cloudformation.list_imports().export_name(export);
    let pages = pages.into_paginator().items().send();
    match pages.collect::<Result<Vec<_>, _>>().await {
        Ok(names) => Ok(names),
        // CloudFormation refuses the question if the answer is "none".
        Err(error) => match error.as_service_error().and_then(|error| error.message()) {
            Some(message) if message.contains("is not imported by any stack") => Ok(Vec::new()),
            _ => Err(StackError::of(IMPORTS, CallError::from(error))),
        },
    }
}
