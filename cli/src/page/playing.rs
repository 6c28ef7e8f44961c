//! Plays the platform: pushes messages to the endpoint, or stages them as the pull from a broker does.
//!
//! # Layout
//!
//! * [`pushed`]: requests to the endpoint.
//! * [`pulled`]: the messages of Tuya's message service and of CKafka.

mod pulled;
mod pushed;

use super::{
    desk::Desk,
    reply::{ReplyError, read},
};
use crate::platform::{
    Fields, Kind, Template, ckafka, kind,
    request::{random_letters, unix_seconds},
    tuya,
};
use bytes::Bytes;
use clap::ValueEnum;
use pulled::Pulled;
use pushed::Pushed;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use thingrelay_core::config::{EdgeSource, Ingress};

/// The most messages of an order.
const MOST: u32 = 10_000;

/// How a message is signed, or with which key it is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
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
struct Order {
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

/// What became of the messages of an order.
#[derive(Debug, Serialize)]
pub(crate) struct Sent {
    accepted: u32,
    refused: u32,
    /// The last answer.
    #[serde(flatten)]
    last: Reply,
}

/// What the endpoint, or the staging queue, answered.
#[derive(Debug, Default, Serialize)]
struct Reply {
    #[serde(skip)]
    is_accepted: bool,
    /// Of the endpoint.
    status: Option<u16>,
    body: String,
    micros: u128,
}

/// How the messages of a kind are composed for a source.
#[derive(Debug)]
enum Recipe {
    Pushed(kind::Recipe),
    Tuya(tuya::Recipe),
    Ckafka(ckafka::Recipe),
}

/// The way to a source.
enum Link<'a> {
    Pushed(Box<Pushed>),
    Pulled(Pulled<'a>),
}

impl Recipe {
    /// `None` if the source has no such messages.
    fn of(source: &EdgeSource, kind: Kind) -> Option<Recipe> {
        match source.ingress {
            Ingress::Http(_) => Some(Recipe::Pushed(kind.recipe())),
            Ingress::Tuya(_) => tuya::Recipe::of(kind).map(Recipe::Tuya),
            Ingress::Ckafka(_) => ckafka::Recipe::of(kind).map(Recipe::Ckafka),
        }
    }

    fn fill(&self, fields: &Fields<'_>) -> Bytes {
        match self {
            Recipe::Pushed(recipe) => recipe.fill(fields),
            Recipe::Tuya(recipe) => recipe.fill(fields),
            Recipe::Ckafka(recipe) => recipe.fill(fields),
        }
    }
}

/// What can be sent to a source: the kinds of message, and the ways to sign them.
pub(crate) fn choices(source: &EdgeSource) -> (Value, Value) {
    let is_sent = |kind: &&Kind| Recipe::of(source, **kind).is_some();
    let kinds = Kind::ALL.iter().filter(is_sent).filter_map(|kind| {
        let value = kind.to_possible_value()?;
        // What the help says beyond that is about HTTP.
        let help = value.get_help().map(ToString::to_string);
        let help = help.filter(|_| matches!(source.ingress, Ingress::Http(_)));
        Some(json!({ "name": value.get_name(), "about": help }))
    });
    use Signing::{Missing, Right, Stale, WrongToken};
    let signing: &[Signing] = match source.ingress {
        Ingress::Http(_) => &[Right, WrongToken, Stale, Missing],
        Ingress::Tuya(_) => &[Right, WrongToken],
        Ingress::Ckafka(_) => &[Right],
    };
    (kinds.collect(), json!(signing))
}

/// The body of a message of a kind, for a source.
///
/// # Errors
/// The source has no such kind.
pub(crate) fn sample(desk: &Desk, query: Option<&str>) -> Result<Value, ReplyError> {
    #[derive(Default)]
    struct Query {
        kind: String,
        source: String,
    }
    let mut query_of = Query::default();
    for (name, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        match &*name {
            "kind" => query_of.kind = value.into_owned(),
            "source" => query_of.source = value.into_owned(),
            _ => {}
        }
    }
    let source = desk
        .configured(&query_of.source)
        .ok_or(ReplyError::NoSource)?;
    let recipe = recipe(source, kind(&query_of.kind)?)?;
    let body = recipe.fill(&fields("device-1", 1));
    Ok(json!({ "body": String::from_utf8_lossy(&body) }))
}

/// Plays the platform.
///
/// # Errors
/// The order cannot be read, or the endpoint does not answer.
pub(crate) async fn send(desk: &Desk, body: &[u8]) -> Result<Sent, ReplyError> {
    let order: Order = read(body)?;
    let source = desk.configured(&order.source).ok_or(ReplyError::NoSource)?;
    let is_check = order.kind == "check";
    let kind = match is_check {
        true => Kind::Report,
        false => kind(&order.kind)?,
    };
    let recipe = recipe(source, kind)?;
    let mut link = match Pulled::of(desk, source, &recipe, order.sign) {
        Some(pulled) => Link::Pulled(pulled),
        None => {
            let pushed = Pushed::open(desk, source, kind, is_check, order.sign).await?;
            Link::Pushed(Box::new(pushed))
        }
    };
    let template = order.body.map(|body| Template::parse(body.as_bytes()));
    let mut sent = Sent {
        accepted: 0,
        refused: 0,
        last: Reply::default(),
    };
    for number in 0..order.count.clamp(1, MOST) {
        let devices = order.devices.max(1);
        let device = format!("device-{}", number % devices + 1);
        let fields = fields(&device, u64::from(number / devices + 1));
        let message = match &template {
            Some(template) => template.fill(&fields),
            None => recipe.fill(&fields),
        };
        sent.last = match &mut link {
            Link::Pushed(pushed) => pushed.send(message, &fields).await?,
            Link::Pulled(pulled) => pulled.send(&message, &fields).await?,
        };
        match sent.last.is_accepted {
            true => sent.accepted += 1,
            false => sent.refused += 1,
        }
    }
    Ok(sent)
}

fn recipe(source: &EdgeSource, kind: Kind) -> Result<Recipe, ReplyError> {
    let none = "no such message comes to this source";
    Recipe::of(source, kind).ok_or_else(|| ReplyError::Malformed(none.to_owned()))
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

impl Reply {
    fn after(took: Duration) -> Reply {
        Reply {
            micros: took.as_micros(),
            ..Reply::default()
        }
    }
}

/// A secret that no source has.
fn wrong_secret() -> String {
    random_letters(32)
}
