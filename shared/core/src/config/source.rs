//! The settings of a source that every program reads.

use super::{
    BrokenSource, Problems, ckafka, http,
    key::{Key, KeyGroup, Shape, words},
    table::{Table, must_be},
    tuya,
};
use crate::{
    signature::Token,
    source::{Channel, Decoding, PayloadFormat, Platform, SourceName},
};
use std::fmt::Debug;

/// A source as one of the programs reads it.
pub trait ReadSource: Clone + Debug {
    /// The secrets of a webhook; [`Infallible`](std::convert::Infallible) for a program that has no use for them.
    type Signing: Clone + Debug + Send + Sync + 'static;

    /// Whether the program sends to the targets, so that each must have a place to send to.
    const SENDS: bool = false;

    /// Reads the secrets of a webhook from its table; `None` if the documents have none.
    fn read_signing(_: &mut Table, _: &mut Problems) -> Option<Self::Signing> {
        None
    }

    /// Reads the source's table. Skips keys that are for other programs.
    ///
    /// # Errors
    /// All problems of the table, at once.
    fn read(name: &SourceName, table: Table) -> Result<Self, BrokenSource>;

    fn name(&self) -> &SourceName;

    /// The channel by which the messages come.
    fn channel(&self) -> Channel;

    /// The tokens; none for a program that checks no signature.
    fn tokens(&self) -> &[Token] {
        &[]
    }

    /// The subscriptions of Tuya's message service that the source pulls, each by its URL; none for
    /// a program that does not pull.
    fn subscriptions(&self) -> Vec<String> {
        Vec::new()
    }

    /// Whether the two sources cannot be in use together: they have the same token, or a token of
    /// one begins or ends with a token of the other, or both pull one subscription.
    fn conflicts_with(&self, other: &Self) -> bool {
        let mut tokens = self.tokens().iter();
        let pulled = other.subscriptions();
        tokens.any(|token| {
            let mut others = other.tokens().iter();
            others.any(|other| token.is_same(other) || token.overlaps(other))
        }) || self.subscriptions().iter().any(|url| pulled.contains(url))
    }
}

/// The longest silence that an alarm can detect, in minutes: a day.
///
/// Source:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html>,
/// `EvaluationPeriods`.
const MAX_SILENT_MINUTES: u64 = 1440;

/// The platforms, by their names.
fn platforms() -> [(&'static str, Platform); 4] {
    Platform::ALL.map(|platform| (platform.as_str(), platform))
}

/// The channels of Tencent Cloud, by their names.
fn channels() -> [(&'static str, Channel); 2] {
    [Channel::Http, Channel::Ckafka].map(|channel| (channel.as_str(), channel))
}

const PAYLOADS: [(&str, PayloadFormat); 2] = [
    ("json", PayloadFormat::Json),
    ("base64", PayloadFormat::Base64),
];

/// The keys of every source.
pub(super) const ALL: KeyGroup = KeyGroup {
    title: "A source: `[sources.NAME]`",
    keys: &[
        Key::new(
            "platform",
            Shape::Word(|| words(&platforms())),
            "required",
            "The platform.",
        ),
        Key::new(
            "silent_after_minutes",
            Shape::Number {
                from: 1,
                to: MAX_SILENT_MINUTES,
            },
            "none; 60 in a pull from Tuya",
            "The time without a message after which a source counts as silent. For a source that is pushed, `config check` prints the command that deploys the [alarm](deploy.md#alarms-on-silent-sources).",
        ),
    ],
};

/// The keys of every source of Tencent Cloud.
pub(super) const TENCENT: KeyGroup = KeyGroup {
    title: "Tencent Cloud, by HTTP or CKafka",
    keys: &[
        Key::new(
            "channel",
            Shape::Word(|| words(&channels())),
            "`\"http\"`",
            "How the messages come.",
        ),
        Key::new(
            "payload",
            Shape::Word(|| words(&PAYLOADS)),
            "`\"json\"`",
            "`\"base64\"` for a product with binary payloads.",
        ),
        Key::new(
            "utc_offset",
            Shape::Text {
                pattern: "^(Z|[+-](0[0-9]|1[0-4]):[0-5][0-9])$",
                what: "such as `\"+08:00\"`, or `\"Z\"`",
            },
            "`\"+08:00\"`",
            "The time zone of times that the platform writes without a zone.",
        ),
    ],
};

/// The keys that a source may have, by the channel of its messages.
pub fn keys(channel: Channel) -> &'static [KeyGroup] {
    match channel {
        Channel::Http => &[ALL, TENCENT, http::KEYS],
        Channel::Ckafka => &[ALL, TENCENT, ckafka::KEYS],
        Channel::Pulsar => &[ALL, tuya::KEYS],
    }
}

/// What every program reads of a source's table.
pub(super) struct Shared {
    pub(super) platform: Platform,
    pub(super) channel: Channel,
    pub(super) decoding: Decoding,
    pub(super) silent_after_minutes: Option<u32>,
    /// Those that `read_rest` has read.
    pub(super) tokens: Vec<Token>,
}

/// Reads a source's table. `read_rest` reads what one program alone needs; `None` if that is wrong.
pub(super) fn read<T>(
    mut table: Table,
    read_rest: impl FnOnce(Channel, &mut Table, &mut Vec<Token>, &mut Problems) -> Option<T>,
) -> Result<(Shared, T), BrokenSource> {
    let mut problems = Problems::default();
    let platform = read_platform(&mut table, &mut problems);
    let silent_after_minutes = read_silent_after_minutes(&mut table, &mut problems);
    let channel = read_channel(platform, &mut table, &mut problems);
    let decoding = read_decoding(channel, &mut table, &mut problems);
    let mut tokens = Vec::new();
    let rest = read_rest(channel, &mut table, &mut tokens, &mut problems);
    table.finish(keys(channel), &mut problems);
    match (platform, rest) {
        (Some(platform), Some(rest)) if problems.is_empty() => Ok((
            Shared {
                platform,
                channel,
                decoding,
                silent_after_minutes,
                tokens,
            },
            rest,
        )),
        _ => Err(BrokenSource {
            channel,
            problems,
            tokens,
        }),
    }
}

fn read_platform(table: &mut Table, problems: &mut Problems) -> Option<Platform> {
    let platforms = platforms();
    let words = must_be(platforms.iter().map(|(word, _)| *word));
    table.require("platform", &words, problems);
    table.choice("platform", &platforms, problems)
}

fn read_silent_after_minutes(table: &mut Table, problems: &mut Problems) -> Option<u32> {
    table.take("silent_after_minutes", problems, |value| {
        value
            .as_u64()
            .filter(|minutes| (1..=MAX_SILENT_MINUTES).contains(minutes))
            .and_then(|minutes| u32::try_from(minutes).ok())
            .ok_or_else(|| format!("must be a number of minutes from 1 to {MAX_SILENT_MINUTES}"))
    })
}

/// Reads the channel. Tuya has one channel, Tencent Cloud has two.
fn read_channel(platform: Option<Platform>, table: &mut Table, problems: &mut Problems) -> Channel {
    if platform == Some(Platform::Tuya) {
        return Channel::Pulsar;
    }
    let channel = table.choice("channel", &channels(), problems);
    channel.unwrap_or(Channel::Http)
}

/// Reads the settings for Tencent Cloud's payloads. Tuya's payloads need none.
fn read_decoding(channel: Channel, table: &mut Table, problems: &mut Problems) -> Decoding {
    if channel == Channel::Pulsar {
        return Decoding::default();
    }
    Decoding {
        payload: table
            .choice("payload", &PAYLOADS, problems)
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

/// The seconds east of UTC of an offset: `+08:00`, `-03:30` or `Z`.
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
