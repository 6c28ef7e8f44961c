//! `thingrelay explain`: says what `verify` or `push` answers to a captured request, and why, or where a
//! message is.
//!
//! The functions themselves answer, at the time of the capture and without a queue.
//!
//! # Layout
//!
//! * [`args`]: the arguments.
//! * [`capture`]: a captured request.
//! * [`signature`]: which token signed a request, and when.
//! * [`answer`]: what the function answers.
//! * [`fate`]: what becomes of an accepted message.
//! * [`advice`]: what to do about an answer.
//! * [`explanation`]: all of it, as text and as JSON.
//! * [`whereabouts`]: where a message is.

mod advice;
mod answer;
mod args;
mod capture;
mod explanation;
mod fate;
mod signature;
mod whereabouts;

pub(crate) use args::Args;
pub(crate) use capture::{Capture, TimeFrom};
pub(crate) use explanation::Explanation;

use crate::documents::Documents;
use std::{
    io::{self, Write},
    process::ExitCode,
};
use whereabouts::{Where, Whereabouts};

/// Explains the request, or says where the message is.
///
/// # Errors
/// The request, the configuration or a place cannot be read.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let documents = Documents::read(&args.config)?;
    let is_json = args.json;
    let (text, json, code) = match &args.id {
        Some(id) => {
            let is_configured = !args.config.is_empty();
            let consumer = is_configured.then(|| documents.consumer(&documents.usable()?));
            let consumer = consumer.transpose()?;
            let found = Whereabouts::find(id, &args.places, consumer.as_ref()).await?;
            let code = match found.place() {
                Where::Unknown => ExitCode::FAILURE,
                _ => ExitCode::SUCCESS,
            };
            (found.to_string(), found.to_json(), code)
        }
        None => {
            let edge = documents.usable()?;
            let consumer = documents.consumer(&documents.usable()?)?;
            let capture = args.capture()?;
            let explanation = Explanation::of(&capture, &edge, &consumer).await;
            let (text, json) = (explanation.to_string(), explanation.to_json());
            (text, json, ExitCode::SUCCESS)
        }
    };
    let printed = if is_json { format!("{json}\n") } else { text };
    io::stdout().lock().write_all(printed.as_bytes())?;
    Ok(code)
}

#[cfg(test)]
mod tests;
