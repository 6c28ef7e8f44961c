//! What a source's table may say.

use super::{
    Authentication, BrokenSource, Ckafka, Problems, Reader, Tuya, ckafka, http,
    table::{Table, must_be},
    tuya,
};
use crate::{
    signature::Token,
    source::{Channel, Decoding, PayloadFormat, Platform, SourceName},
};

/// A source, and what is known of what comes from it.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its name, and the last part of its push URL if it has one.
    pub name: SourceName,
    /// Whose messages they are.
    pub platform: Platform,
    /// By which way they come.
    pub ingress: Ingress,
    /// How the consumer reads its payloads.
    pub decoding: Decoding,
    /// After how many minutes without a message somebody should look, if the user has said so.
    pub silent_after_minutes: Option<u32>,
    pub(super) tokens: Vec<Token>,
}

/// The way by which a source's messages come.
#[derive(Debug, Clone)]
pub enum Ingress {
    /// They are pushed to the endpoint. How they are checked; `None` for a reader that does not
    /// check.
    Http(Option<Authentication>),
    /// They are records of CKafka. Which; `None` for a reader that takes none.
    Ckafka(Option<Box<Ckafka>>),
    /// They are pulled from Tuya's message service. How; `None` for a reader that does not pull.
    Tuya(Option<Box<Tuya>>),
}

impl Ingress {
    /// The way's name.
    pub fn channel(&self) -> Channel {
        match self {
            Ingress::Http(_) => Channel::Http,
            Ingress::Ckafka(_) => Channel::Ckafka,
            Ingress::Tuya(_) => Channel::Pulsar,
        }
    }
}

impl Source {
    /// By which way its messages come.
    pub fn channel(&self) -> Channel {
        self.ingress.channel()
    }

    /// Whether the two cannot be in use together: a token of one is a token of the other, or begins
    /// or ends with one, or both pull one subscription.
    pub(super) fn conflicts_with(&self, other: &Source) -> bool {
        let others = || other.tokens.iter();
        let mut tokens = self.tokens.iter();
        let pulled = other.subscriptions();
        tokens.any(|token| others().any(|other| token.is_same(other) || token.overlaps(other)))
            || self.subscriptions().iter().any(|url| pulled.contains(url))
    }

    /// The subscriptions of Tuya's message service that it pulls, each by its URL.
    pub(super) fn subscriptions(&self) -> Vec<String> {
        let Ingress::Tuya(Some(tuya)) = &self.ingress else {
            return Vec::new();
        };
        tuya.topics()
            .map(|topic| tuya.endpoint.consumer_url(&tuya.access.id, topic))
            .collect()
    }
}

/// The longest silence that an alarm can be set on, in minutes: a day.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>,
/// `EvaluationPeriods`.
const MAX_SILENT_MINUTES: u64 = 1440;

pub(super) fn read(
    name: &SourceName,
    mut table: Table,
    reader: Reader,
) -> Result<Source, BrokenSource> {
    let problems = &mut Problems::default();
    let platforms = Platform::ALL.map(|platform| (platform.as_str(), platform));
    let words = must_be(platforms.iter().map(|(word, _)| *word));
    table.require("platform", &words, problems);
    let platform = table.choice("platform", &platforms, problems);
    let silent_after_minutes = table.take("silent_after_minutes", problems, |value| {
        value
            .as_u64()
            .filter(|minutes| (1..=MAX_SILENT_MINUTES).contains(minutes))
            .and_then(|minutes| u32::try_from(minutes).ok())
            .ok_or_else(|| format!("must be a number of minutes from 1 to {MAX_SILENT_MINUTES}"))
    });
    let (ingress, decoding, tokens) = match platform {
        Some(Platform::Tuya) => (
            Ingress::Tuya(tuya::read(&mut table, reader, problems).map(Box::new)),
            Decoding::default(),
            Vec::new(),
        ),
        _ => {
            let channel = read_channel(&mut table, problems);
            let decoding = read_decoding(&mut table, problems);
            match channel {
                Channel::Ckafka => {
                    let ckafka = ckafka::read(&mut table, reader, problems);
                    (Ingress::Ckafka(ckafka.map(Box::new)), decoding, Vec::new())
                }
                _ => {
                    let (authentication, tokens) = http::read(&mut table, reader, problems);
                    (Ingress::Http(authentication), decoding, tokens)
                }
            }
        }
    };
    table.finish(problems);
    match platform {
        Some(platform) if problems.is_empty() => Ok(Source {
            name: name.clone(),
            platform,
            ingress,
            decoding,
            silent_after_minutes,
            tokens,
        }),
        _ => Err(BrokenSource {
            channel: ingress.channel(),
            problems: std::mem::take(problems),
            tokens,
        }),
    }
}

/// Reads by which of its channels Tencent Cloud sends.
fn read_channel(table: &mut Table, problems: &mut Problems) -> Channel {
    let channels = [Channel::Http, Channel::Ckafka].map(|channel| (channel.as_str(), channel));
    let channel = table.choice("channel", &channels, problems);
    channel.unwrap_or(Channel::Http)
}

/// Reads what is said of Tencent Cloud's payloads.
fn read_decoding(table: &mut Table, problems: &mut Problems) -> Decoding {
    Decoding {
        payload: table
            .choice(
                "payload",
                &[
                    ("json", PayloadFormat::Json),
                    ("base64", PayloadFormat::Base64),
                ],
                problems,
            )
            .unwrap_or(PayloadFormat::Json),
        utc_offset_seconds: table
            .take("utc_offset", problems, |value| {
                value.as_str().and_then(parse_utc_offset).ok_or_else(|| {
                    "must be an offset from UTC such as \"+08:00\", or \"Z\"".to_owned()
                })
            })
            .unwrap_or(Decoding::default().utc_offset_seconds),
    }
}

/// Seconds east of UTC of `+08:00`, `-03:30` or `Z`.
fn parse_utc_offset(text: &str) -> Option<i32> {
    if text == "Z" {
        return Some(0);
    }
    let (sign, digits) = match text.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    let number = |text: &str, most: i32| -> Option<i32> {
        let well_formed = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        if well_formed {
            text.parse().ok().filter(|number| *number <= most)
        } else {
            None
        }
    };
    let seconds = number(hours, 14)? * 3600 + number(minutes, 59)? * 60;
    Some(sign * seconds)
}
