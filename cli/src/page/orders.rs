//! What a user does on the page: play the platform, break things, stage messages again. Secrets are
//! given only here.

use super::{desk::Desk, faults, reply::ReplyError};
use crate::platform::{
    Address, Connector, Fields, Kind, Signer, Template, curl,
    request::{random_letters, unix_seconds},
};
use anyhow::Context;
use bytes::Bytes;
use clap::ValueEnum;
use http::{Method, StatusCode};
use rand::RngExt;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use std::{
    process::Stdio,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use thingrelay_core::secret::Secret;
use tokio::process::Command;

/// How long to wait for an answer of the endpoint.
const LIMIT: Duration = Duration::from_secs(10);
/// The most messages of an order.
const MOST: u32 = 10_000;
/// How long a signature that is made to be stale is out of date, in seconds.
const STALE: u64 = 86_400;
/// How long it may take to stage messages again.
const STAGE_LIMIT: Duration = Duration::from_secs(120);

/// How a request is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Signing {
    #[default]
    Right,
    WrongToken,
    Stale,
    Missing,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Send {
    source: String,
    /// A kind of message, or `check`.
    kind: String,
    /// Replaces the body of the kind.
    body: Option<String>,
    #[serde(default)]
    sign: Signing,
    #[serde(default = "one")]
    count: u32,
    #[serde(default = "one")]
    devices: u32,
}

fn one() -> u32 {
    1
}

/// What the endpoint answered.
#[derive(Debug, Serialize)]
pub(crate) struct Sent {
    accepted: u32,
    refused: u32,
    /// The last answer.
    status: u16,
    body: String,
    micros: u128,
}

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

/// The body of a message of a kind.
///
/// # Errors
/// There is no such kind.
pub(crate) fn sample(query: Option<&str>) -> Result<Value, ReplyError> {
    let mut pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let name = pairs.find(|(name, _)| name == "kind");
    let kind = kind(&name.map(|(_, value)| value).unwrap_or_default())?;
    let body = kind.recipe().fill(&fields("device-1", 1));
    Ok(json!({ "body": String::from_utf8_lossy(&body) }))
}

/// Plays the platform.
///
/// # Errors
/// The order cannot be read, or the endpoint does not answer.
pub(crate) async fn send(desk: &Desk, body: &[u8]) -> Result<Sent, ReplyError> {
    let order: Send = read(body)?;
    let source = desk.source(&order.source).ok_or(ReplyError::NoSource)?;
    let is_check = order.kind == "check";
    let kind = match is_check {
        true => Kind::Report,
        false => kind(&order.kind)?,
    };
    let token = match (order.sign, &source.token) {
        (Signing::WrongToken, _) => Secret::new(random_letters(32)),
        (_, Some(token)) => token.clone(),
        (_, None) if source.channel == "http" => Secret::new(String::new()),
        (_, None) => return Err(ReplyError::NoSource),
    };
    let url = format!("{}/{}", desk.run.endpoint, source.name);
    let address: Address = url.parse().context("the push URL cannot be used")?;
    let connector = Connector::new(&address).context("the endpoint cannot be reached")?;
    let signer = Signer::new(address, token, kind.header_family());
    let mut connection = connector
        .open()
        .await
        .context("the endpoint cannot be reached")?;
    let template = order.body.map(|body| Template::parse(body.as_bytes()));
    let recipe = kind.recipe();
    let mut sent = Sent {
        accepted: 0,
        refused: 0,
        status: 0,
        body: String::new(),
        micros: 0,
    };
    for number in 0..order.count.clamp(1, MOST) {
        let devices = order.devices.max(1);
        let device = format!("device-{}", number % devices + 1);
        let fields = fields(&device, u64::from(number / devices + 1));
        let time = match order.sign {
            Signing::Stale => fields.timestamp.saturating_sub(STALE),
            _ => fields.timestamp,
        };
        let message = match &template {
            Some(template) => template.fill(&fields),
            None => recipe.fill(&fields),
        };
        let request = match (order.sign, is_check) {
            (Signing::Missing, true) => signer.unsigned(Method::GET, Bytes::new()),
            (Signing::Missing, false) => signer.unsigned(Method::POST, message),
            (_, true) => signer.url_check(&random_letters(16), time),
            (_, false) => signer.push(message, time),
        };
        let answer = connection.exchange(request, LIMIT).await;
        let answer = answer.context("the endpoint does not answer")?;
        match answer.status {
            StatusCode::OK => sent.accepted += 1,
            _ => sent.refused += 1,
        }
        sent.status = answer.status.as_u16();
        sent.body = String::from_utf8_lossy(&answer.body).into_owned();
        sent.micros = answer.took.as_micros();
    }
    Ok(sent)
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
    let token = source.token.as_ref().ok_or(ReplyError::NoSource)?;
    Ok((format!("{}/{}", desk.run.endpoint, source.name), token))
}

fn kind(name: &str) -> Result<Kind, ReplyError> {
    let unknown = |_| ReplyError::Malformed(format!("there is no kind {name}"));
    Kind::from_str(name, false).map_err(unknown)
}

/// The values of a message that differs from all others.
fn fields(device: &str, n: u64) -> Fields<'_> {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let timestamp = unix_seconds();
    Fields {
        device,
        product: "DEMO",
        seq: timestamp * 1000 + NUMBER.fetch_add(1, Ordering::Relaxed),
        timestamp,
        n,
        random: rand::rng().random_range(0..100),
    }
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ReplyError> {
    serde_json::from_slice(body).map_err(|error| ReplyError::Malformed(error.to_string()))
}
