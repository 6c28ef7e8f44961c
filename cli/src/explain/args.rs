//! The arguments of `thingrelay explain`.
//!
//! # Layout
//!
//! * [`places`]: where to look for a message.

mod places;

pub(super) use places::Places;

use super::capture::{self, Capture, TimeFrom};
use crate::arguments::time::{Time, time};
use anyhow::Context;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use std::{fs, io::Read, path::PathBuf};
use thingrelay_core::timestamp::Timestamp;

const EXAMPLES: &str = "\
Examples:
  curl -v ... 2> call.txt; thingrelay explain call.txt --body @body.json --config relay.toml
  thingrelay explain session.har --entry 3 --config settings.toml --config secrets.json
  thingrelay explain --path /meters -H 'Timestamp: 1750000000' -H 'Nonce: abc' \\
      -H 'Signature: ...' --body '{\"seq\":1}' --config relay.toml
  thingrelay explain --id ID --archive relay-data/archive --endpoint http://127.0.0.1:9324
  thingrelay explain --id ID --archive s3://BUCKET/archive/meters --from 3h --queue QUARANTINE_URL \\
      --queue DEAD_LETTER_URL --config settings.toml

The request is the output of `curl -v`, a HAR file or an entry of one, or a request as HTTP/1.1 writes
it. `curl -v` does not print the body: give it with --body. Nothing is sent anywhere.

The answer depends on the time of the call. It is that of --at, or of the header Date of the answer in the
capture, which is the clock of the answering side, or HAR's startedDateTime. Without any, the request is
taken as if it came at the time of its own timestamp, and the clocks are not judged.

No token and no signature is printed, and events have no secrets in them. A message without an identity
of its own has another id each time if its source allows unsigned requests.

With --id, the command says where the message or event of that id is: in quarantine, among the dead
letters, in a journal, forwarded (an archive has it, and nothing else), or unknown. It takes no message
away. A message that is looked at is visible again at the end, or after a minute if the command is killed;
until then no other command can receive it. A queue shows ten messages of a group at most, and none that
another receiver has: the command says how many it did not see. It looks at a queue for 30 s. The staging
queue is only counted. With --config, the command says which
targets take the events by these settings. The exit code is 1 if the message is unknown.";

/// Arguments of `thingrelay explain`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// The file with the request; `-` is standard input.
    #[arg(value_name = "FILE", required_unless_present_any = ["path", "id"], conflicts_with_all = ["path", "method", "headers"])]
    file: Option<PathBuf>,

    /// Which request of the file, counted from 1, if it has several.
    #[arg(long, value_name = "N", requires = "file")]
    entry: Option<usize>,

    /// Settings, secrets or both, in TOML or JSON. It may be given several times: a later document
    /// wins.
    #[arg(long, value_name = "FILE", required_unless_present = "id")]
    pub(super) config: Vec<PathBuf>,

    /// The path or the URL that was called.
    #[arg(long, value_name = "PATH")]
    path: Option<String>,

    /// The method. Without it, GET if there is an Echostr, else POST.
    #[arg(long, value_name = "METHOD")]
    method: Option<Method>,

    /// A header, such as 'Nonce: abc'. It may be given several times.
    #[arg(short = 'H', long = "header", value_name = "HEADER", value_parser = header)]
    headers: Vec<(HeaderName, HeaderValue)>,

    /// The body, or @FILE.
    #[arg(long, value_name = "TEXT")]
    body: Option<String>,

    /// When the request came: 2026-11-30T08:00:00Z, or 90m, 3h or 2d ago.
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Time>,

    /// Print one line of JSON.
    #[arg(long)]
    pub(super) json: bool,

    /// The id of a message or of an event, to say where it is.
    #[arg(long, value_name = "ID", conflicts_with_all = ["file", "path", "method", "headers", "body", "at"])]
    pub(super) id: Option<String>,

    #[command(flatten)]
    pub(super) places: Places,
}

impl Args {
    /// The request.
    ///
    /// # Errors
    /// A file cannot be read, or has no request.
    pub(super) fn capture(self) -> anyhow::Result<Capture> {
        let mut capture = match &self.file {
            Some(file) => {
                let read = match file.as_os_str() == "-" {
                    true => {
                        let mut text = Vec::new();
                        std::io::stdin().lock().read_to_end(&mut text).map(|_| text)
                    }
                    false => fs::read(file),
                };
                let name = || format!("cannot read {}", file.display());
                let text = read.with_context(name)?;
                capture::read(&text, self.entry).with_context(name)?
            }
            None => Capture {
                method: self.method.unwrap_or_else(|| method(&self.headers)),
                path: capture::path_of(self.path.as_deref().unwrap_or_default()),
                headers: HeaderMap::new(),
                body: Some(Vec::new()),
                time: None,
                status: None,
            },
        };
        for (name, value) in self.headers {
            capture.headers.append(name, value);
        }
        if let Some(body) = self.body {
            capture.body = Some(match body.strip_prefix('@') {
                Some(file) => fs::read(file).with_context(|| format!("cannot read {file}"))?,
                None => body.into_bytes(),
            });
        }
        if let Some(at) = self.at {
            let at = Timestamp::from_unix_millis(at.millis());
            capture.time = Some((at, TimeFrom::Given));
        }
        Ok(capture)
    }
}

fn method(headers: &[(HeaderName, HeaderValue)]) -> Method {
    match headers.iter().any(|(name, _)| name == "echostr") {
        true => Method::GET,
        false => Method::POST,
    }
}

/// Reads a header. The error does not quote it, as it may hold a signature.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    capture::header(text).ok_or_else(|| "expected a header, such as 'Nonce: abc'".to_owned())
}
