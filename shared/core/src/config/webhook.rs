//! The settings and secrets of a webhook.

use super::{
    BrokenSource, Certificates, Problem, Problems, ReadSource,
    key::{Key, KeyGroup, Shape, words},
    table::Table,
};
use crate::{
    queue_url::QueueUrl,
    source::{Channel, SourceName},
    webhook::{
        Host, Network, SigningSecret, SigningSecrets, WebhookUrl, network::special_use,
        url::parse_name,
    },
};
use serde_json::Value;
use std::{net::IpAddr, time::Duration};

/// A receiver of events over HTTP. The order of each device is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WebhookTarget {
    pub url: WebhookUrl,
    /// The FIFO queue from which the function `webhook` takes the events. The consumer needs it.
    pub queue_url: Option<QueueUrl>,
    pub content: Content,
    /// From this age on, an event that fails is given up.
    pub give_up_after: Duration,
    /// How long connecting may take, TLS included.
    pub connect_timeout: Duration,
    /// How long an attempt may take, connecting included.
    pub timeout: Duration,
    pub allowed: Allowed,
    /// The authorities of the receiver's certificate, if not those of the system.
    pub ca: Option<Certificates>,
}

/// How a CloudEvent is put into a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// The whole event is the body.
    Structured,
    /// The attributes are headers, the data is the body.
    Binary,
}

/// The receivers that are not public, and may be connected to all the same.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowed {
    pub networks: Vec<Network>,
    /// DNS names, in lower case.
    pub hosts: Vec<String>,
}

impl Allowed {
    /// Why the address must not be connected to: "private"; `None` if it may be.
    pub fn refusal(&self, address: IpAddr) -> Option<&'static str> {
        let kind = special_use(address)?;
        let is_allowed = self
            .networks
            .iter()
            .any(|network| network.contains(address));
        (!is_allowed).then_some(kind)
    }

    /// Whether any address of the host may be connected to.
    pub fn allows_host(&self, name: &str) -> bool {
        self.hosts
            .iter()
            .any(|host| host.eq_ignore_ascii_case(name))
    }
}

/// The longest time for which an event is tried, in seconds: 7 days. ARCHITECTURE.md has the
/// calculation.
const MAX_GIVE_UP_SECONDS: u64 = 7 * 24 * 60 * 60;
const MAX_TIMEOUT_SECONDS: u64 = 30;
const DEFAULT_GIVE_UP_SECONDS: u64 = 24 * 60 * 60;
const DEFAULT_CONNECT_TIMEOUT_SECONDS: u64 = 3;
const DEFAULT_TIMEOUT_SECONDS: u64 = 10;

const CONTENTS: [(&str, Content); 2] = [
    ("structured", Content::Structured),
    ("binary", Content::Binary),
];

/// The keys of a webhook.
pub(super) const KEYS: KeyGroup = KeyGroup {
    title: "A webhook: `type = \"webhook\"`",
    keys: &[
        Key::new(
            "url",
            Shape::Text {
                pattern: "^https?://.+",
                what: "`\"https://HOST/PATH\"`",
            },
            "required",
            "The receiver's URL.",
        ),
        Key::new(
            "queue_url",
            Shape::Text {
                pattern: "^https?://.+/.+\\.fifo$",
                what: "the URL of an SQS FIFO queue",
            },
            "required in AWS",
            "The queue of the [webhook's stack](targets.md#webhooks), to which the consumer sends. `dev` makes one.",
        ),
        Key::new(
            "signing_secrets",
            Shape::List {
                pattern: "^whsec_[A-Za-z0-9+/]{32,86}={0,2}$",
                most: Some(2),
                what: "one or two texts: `whsec_` and 24 to 64 bytes in base64",
            },
            "required",
            "The secrets that sign each request: the current one and, during a rotation, the previous one. `cargo thingrelay token --webhook` makes one. In AWS, they are in the secret of the webhook's own stack.",
        )
        .secret(),
        Key::new(
            "content",
            Shape::Word(|| words(&CONTENTS)),
            "`\"structured\"`",
            "Whether the body is the [whole event, or its data](targets.md#what-a-receiver-gets).",
        ),
        Key::new(
            "give_up_after_seconds",
            Shape::Number {
                from: 60,
                to: MAX_GIVE_UP_SECONDS,
            },
            "86400",
            "The age from which an event that fails is no longer tried. It goes to the webhook's dead letters.",
        ),
        Key::new(
            "connect_timeout_seconds",
            Shape::Number {
                from: 1,
                to: MAX_TIMEOUT_SECONDS,
            },
            "3",
            "How long connecting may take, TLS included.",
        ),
        Key::new(
            "timeout_seconds",
            Shape::Number {
                from: 1,
                to: MAX_TIMEOUT_SECONDS,
            },
            "10",
            "How long a request may take until the answer begins, connecting included.",
        ),
        Key::new(
            "allow_http",
            Shape::Boolean,
            "`false`",
            "Allows a `url` that begins with `http://`: anybody on the way can read the events.",
        ),
        Key::new(
            "allow_networks",
            Shape::List {
                pattern: "^[0-9a-fA-F.:]+(/[0-9]+)?$",
                most: None,
                what: "list of networks such as `\"10.0.0.0/8\"`",
            },
            "none",
            "Networks that are not public, and in which the receiver may be. [Any other](targets.md#where-a-webhook-may-connect) is refused.",
        ),
        Key::new(
            "allow_hosts",
            Shape::List {
                pattern: "^[A-Za-z0-9._-]+$",
                most: None,
                what: "list of DNS names",
            },
            "none",
            "Receivers that may have any address, by the name in `url`.",
        ),
        Key::new(
            "ca",
            Shape::pem("certificates in PEM"),
            "the system's",
            "The authorities of the receiver's certificate, if they are your own.",
        ),
    ],
};

pub(super) fn read(table: &mut Table, problems: &mut Problems) -> Option<WebhookTarget> {
    let allow_http = table.boolean("allow_http", problems).unwrap_or(false);
    let networks = list(table, "allow_networks", problems, |text| {
        Network::parse(text).ok_or("must be networks such as \"10.0.0.0/8\" or \"fd00::/8\"")
    });
    let hosts = list(table, "allow_hosts", problems, |text| {
        parse_name(text)
            .ok_or("must be DNS names such as \"crm.internal\": for addresses, use allow_networks")
    });
    let allowed = Allowed { networks, hosts };
    let url = read_url(table, allow_http, &allowed, problems);
    let queue_url = table.take("queue_url", problems, |value| {
        let url = value.as_str().and_then(QueueUrl::parse);
        url.filter(QueueUrl::is_fifo)
            .ok_or_else(|| "must be the URL of an SQS FIFO queue, which ends in .fifo".to_owned())
    });
    let content = table.choice("content", &CONTENTS, problems);
    let give_up_after = seconds(
        table,
        "give_up_after_seconds",
        60..=MAX_GIVE_UP_SECONDS,
        problems,
    );
    let place = table.place("connect_timeout_seconds");
    let connect_timeout = seconds(
        table,
        "connect_timeout_seconds",
        1..=MAX_TIMEOUT_SECONDS,
        problems,
    );
    let timeout = seconds(table, "timeout_seconds", 1..=MAX_TIMEOUT_SECONDS, problems)
        .unwrap_or(Duration::from_secs(DEFAULT_TIMEOUT_SECONDS));
    if connect_timeout.is_some_and(|connect| connect > timeout) {
        problems.push(Problem::new(place, "must not be more than timeout_seconds"));
    }
    let ca = table.take("ca", problems, |value| {
        let ca = value.as_str().and_then(Certificates::parse);
        ca.ok_or_else(|| "must be the text of one or more certificates in PEM".to_owned())
    });
    let default = Duration::from_secs(DEFAULT_CONNECT_TIMEOUT_SECONDS);
    Some(WebhookTarget {
        url: url?,
        queue_url,
        content: content.unwrap_or(Content::Structured),
        give_up_after: give_up_after.unwrap_or(Duration::from_secs(DEFAULT_GIVE_UP_SECONDS)),
        connect_timeout: connect_timeout.unwrap_or(default.min(timeout)),
        timeout,
        allowed,
        ca,
    })
}

/// The URL is not quoted in problems: its path may be a secret of the receiver.
fn read_url(
    table: &mut Table,
    allow_http: bool,
    allowed: &Allowed,
    problems: &mut Problems,
) -> Option<WebhookUrl> {
    table.require("url", "the URL of the receiver", problems);
    let place = table.place("url");
    let value = table.value("url")?;
    let url = match WebhookUrl::parse(value.as_str().unwrap_or_default()) {
        Ok(url) => url,
        Err(error) => {
            problems.push(Problem::new(place, error.to_string()));
            return None;
        }
    };
    if !url.is_encrypted() && !allow_http {
        problems.push(Problem::new(
            place,
            "must begin with https:// (allow_http = true allows http://, over which anybody on the way can read the events)",
        ));
        return None;
    }
    if let Host::Address(address) = url.host()
        && let Some(kind) = allowed.refusal(*address)
    {
        let message = format!(
            "has the address {address}, which is {kind}: add its network to allow_networks if the receiver is there"
        );
        problems.push(Problem::new(place, message));
        return None;
    }
    Some(url)
}

fn list<T>(
    table: &mut Table,
    key: &'static str,
    problems: &mut Problems,
    read: impl Fn(&str) -> Result<T, &'static str>,
) -> Vec<T> {
    let items = table.take(key, problems, |value| {
        let items = value.as_array().filter(|items| !items.is_empty());
        let items = items.ok_or_else(|| "must be a list that is not empty".to_owned())?;
        let read = |item: &Value| read(item.as_str().unwrap_or_default()).map_err(str::to_owned);
        items.iter().map(read).collect::<Result<Vec<T>, String>>()
    });
    items.unwrap_or_default()
}

fn seconds(
    table: &mut Table,
    key: &'static str,
    range: std::ops::RangeInclusive<u64>,
    problems: &mut Problems,
) -> Option<Duration> {
    table.take(key, problems, |value| {
        let seconds = value.as_u64().filter(|seconds| range.contains(seconds));
        seconds.map(Duration::from_secs).ok_or_else(|| {
            format!(
                "must be a number of seconds from {} to {}",
                range.start(),
                range.end()
            )
        })
    })
}

/// A source, for the function `webhook`, which needs nothing of it.
#[derive(Debug, Clone)]
pub struct WebhookSource {
    name: SourceName,
}

impl ReadSource for WebhookSource {
    type Signing = SigningSecrets;

    fn read(name: &SourceName, _: Table) -> Result<Self, BrokenSource> {
        Ok(WebhookSource { name: name.clone() })
    }

    fn name(&self) -> &SourceName {
        &self.name
    }

    fn channel(&self) -> Channel {
        Channel::Http
    }

    /// The secrets of other webhooks are in other documents.
    fn read_signing(table: &mut Table, problems: &mut Problems) -> Option<SigningSecrets> {
        const SHAPE: &str = "must be a list of one or two texts that begin with whsec_: the current secret and the previous one";
        let place = table.place("signing_secrets");
        let texts = table.take("signing_secrets", problems, |value| {
            let items = value.as_array().map(Vec::as_slice).unwrap_or_default();
            let texts: Option<Vec<String>> = items
                .iter()
                .map(|item| item.as_str().map(str::to_owned))
                .collect();
            let texts = texts.filter(|texts| (1..=2).contains(&texts.len()));
            texts.ok_or_else(|| SHAPE.to_owned())
        })?;
        if let [current, previous] = texts.as_slice()
            && current == previous
        {
            let message = "is the same as the current secret";
            problems.push(Problem::new(format!("{place}[1]"), message));
        }
        let mut secrets = Vec::with_capacity(2);
        for (index, text) in texts.iter().enumerate() {
            match SigningSecret::parse(text) {
                Ok(secret) => secrets.push(secret),
                Err(error) => {
                    problems.push(Problem::new(format!("{place}[{index}]"), error.to_string()));
                }
            }
        }
        let mut secrets = secrets.into_iter();
        Some(SigningSecrets {
            current: secrets.next()?,
            previous: secrets.next(),
        })
    }
}

#[cfg(test)]
mod tests;
