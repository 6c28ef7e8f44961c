//! The body that `--file` or `--template` gives.

use super::args::Messages;
use crate::platform::Template;
use anyhow::Context;
use std::{
    io::{self, Read},
    path::Path,
    thread,
};
use tokio::sync::oneshot;

/// The body of every message, if the user gives a body.
///
/// # Errors
/// The file cannot be read.
pub(super) async fn given(messages: &Messages) -> anyhow::Result<Option<Template>> {
    let body = match (&messages.file, &messages.template) {
        (Some(path), _) if path == Path::new("-") => standard_input().await?,
        (Some(path), _) => {
            std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?
        }
        (None, Some(template)) => template.clone().into_bytes(),
        (None, None) => return Ok(None),
    };
    Ok(Some(Template::parse(&body)))
}

/// Reads standard input to its end, in a thread that does not delay the end after a signal.
async fn standard_input() -> anyhow::Result<Vec<u8>> {
    let (sender, received) = oneshot::channel();
    thread::Builder::new()
        .name("standard input".to_owned())
        .spawn(move || {
            let mut body = Vec::new();
            let read = io::stdin().lock().read_to_end(&mut body);
            // After a signal, the body is not received.
            let _ = sender.send(read.map(|_| body));
        })?;
    let read = received.await.unwrap_or_else(|_| Ok(Vec::new()));
    read.context("standard input cannot be read")
}
