//! What a user does on the page besides playing the platform: break things, stage messages again. Secrets
//! are given only here.

use super::{
    desk::Desk,
    faults,
    reply::{ReplyError, read},
};
use crate::platform::curl;
use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{process::Stdio, time::Duration};
use thingrelay_core::secret::Secret;
use tokio::process::Command;

/// How long it may take to stage messages again.
const STAGE_LIMIT: Duration = Duration::from_secs(120);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct OfSource {
    source: String,
    /// The call whose message is wanted.
    call: Option<u64>,
}

/// Which messages to stage again.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct StageAgain {
    from: Origin,
    /// The id of one message.
    id: Option<String>,
    source: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Origin {
    /// Quarantine and dead letters.
    DeadLetters,
    /// The archive of `--data`.
    Archive,
}

/// The push URL and the token of a source.
///
/// # Errors
/// There is no such source, or it has no token.
pub(crate) fn reveal(desk: &Desk, body: &[u8]) -> Result<Value, ReplyError> {
    let order: OfSource = read(body)?;
    let (url, token) = url_and_token(desk, &order.source)?;
    Ok(json!({ "url": url, "token": token.expose() }))
}

/// A command that signs itself and pushes: the message of a call, or one of a device that is made up.
///
/// # Errors
/// There is no such source or call.
pub(crate) fn curl(desk: &Desk, body: &[u8]) -> Result<Value, ReplyError> {
    let order: OfSource = read(body)?;
    let (url, token) = url_and_token(desk, &order.source)?;
    let command = match order.call {
        None => curl::push(&url, token.expose()),
        Some(number) => {
            let original = desk.original(number)?;
            let text = String::from_utf8(original).map_err(|_| {
                ReplyError::Malformed("the message is not text, so no shell can hold it".to_owned())
            })?;
            curl::push_body(&url, token.expose(), &text)
        }
    };
    Ok(json!({ "curl": command }))
}

/// Breaks things on purpose, and repairs them.
///
/// # Errors
/// The order cannot be read.
pub(crate) fn set_faults(desk: &Desk, body: &[u8]) -> Result<faults::State, ReplyError> {
    desk.watch.faults.set(read(body)?);
    Ok(desk.watch.faults.state())
}

/// Stages messages again, by the commands that do so: they keep the order, and lose nothing.
///
/// # Errors
/// The command cannot be run.
pub(crate) async fn stage_again(desk: &Desk, body: &[u8]) -> Result<Value, ReplyError> {
    let order: StageAgain = read(body)?;
    let run = &desk.run;
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let mut arguments: Vec<String> = match (order.from, &run.data) {
        (Origin::DeadLetters, _) => vec!["dead-letters".to_owned(), "redrive".to_owned()],
        (Origin::Archive, Some(data)) => {
            vec![
                "replay".to_owned(),
                data.join("archive").display().to_string(),
            ]
        }
        (Origin::Archive, None) => {
            let problem = "there is no archive: run thingrelay dev with --data DIR";
            return Err(ReplyError::Malformed(problem.to_owned()));
        }
    };
    arguments.extend(["--endpoint".to_owned(), run.sqs.clone()]);
    if order.from == Origin::DeadLetters {
        // A user sees on the page what comes back.
        arguments.push("--no-probe".to_owned());
    }
    for (name, value) in [("--id", order.id), ("--source", order.source)] {
        arguments.extend(value.map(|value| format!("{name}={value}")));
    }
    let journal = desk.journal()?;
    arguments.extend(["--journal".to_owned(), journal.display().to_string()]);
    let shown = ["thingrelay".to_owned()]
        .into_iter()
        .chain(arguments.iter().cloned());
    let shown: Vec<String> = shown.collect();
    let shown = shlex::try_join(shown.iter().map(String::as_str)).unwrap_or_default();
    let ended = Command::new(program)
        .args(arguments)
        .arg("--yes")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(STAGE_LIMIT, ended)
        .await
        .context("the command did not end in time")?
        .context("the command cannot be started")?;
    let text = [output.stdout, output.stderr].concat();
    Ok(json!({
        "command": shown,
        "is_done": output.status.success(),
        "output": String::from_utf8_lossy(&text),
    }))
}

fn url_and_token<'a>(desk: &'a Desk, name: &str) -> Result<(String, &'a Secret), ReplyError> {
    let source = desk.source(name).ok_or(ReplyError::NoSource)?;
    let token = source.token.as_ref().ok_or(ReplyError::NoToken)?;
    Ok((format!("{}/{}", desk.run.endpoint, source.name), token))
}
