//! `thingrelay explain`: says what `verify` or `push` answers to a captured request, and why.
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

mod advice;
mod answer;
mod args;
mod capture;
mod explanation;
mod fate;
mod signature;

pub(crate) use args::Args;

use crate::documents::Documents;
use explanation::Explanation;
use std::{
    io::{self, Write},
    process::ExitCode,
};

/// Explains the request.
///
/// # Errors
/// The request or the configuration cannot be read.
pub(crate) async fn run(args: Args) -> anyhow::Result<ExitCode> {
    let documents = Documents::read(&args.config)?;
    let edge = documents.usable()?;
    let consumer = documents.consumer(&documents.usable()?)?;
    let is_json = args.json;
    let capture = args.capture()?;
    let explanation = Explanation::of(&capture, &edge, &consumer).await;
    let text = match is_json {
        true => format!("{}\n", explanation.to_json()),
        false => explanation.to_string(),
    };
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
