//! The source of a message: a platform, a channel, and the name that the user gave.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An IoT platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Platform {
    #[serde(rename = "tencent-iot-hub")]
    TencentIotHub,
    #[serde(rename = "tencent-iot-explorer")]
    TencentIotExplorer,
    #[serde(rename = "tencent-iot-video")]
    TencentIotVideo,
    #[serde(rename = "tuya")]
    Tuya,
}

impl Platform {
    /// Every platform, in the order of the documentation.
    pub const ALL: [Platform; 4] = [
        Platform::TencentIotHub,
        Platform::TencentIotExplorer,
        Platform::TencentIotVideo,
        Platform::Tuya,
    ];

    /// The platforms that push to the endpoint.
    pub const PUSHING: [Platform; 3] = [
        Platform::TencentIotHub,
        Platform::TencentIotExplorer,
        Platform::TencentIotVideo,
    ];

    /// The platform's name in configuration and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Platform::TencentIotHub => "tencent-iot-hub",
            Platform::TencentIotExplorer => "tencent-iot-explorer",
            Platform::TencentIotVideo => "tencent-iot-video",
            Platform::Tuya => "tuya",
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The channel by which a platform's messages arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// Signed HTTP calls to the endpoint.
    Http,
    /// Tencent Cloud's CKafka, which is Apache Kafka.
    Ckafka,
    /// Tuya's message service, which is Apache Pulsar.
    Pulsar,
}

impl Channel {
    /// The channel's name in configuration and events.
    pub fn as_str(self) -> &'static str {
        match self {
            Channel::Http => "http",
            Channel::Ckafka => "ckafka",
            Channel::Pulsar => "pulsar",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name of a source: 1 to 64 of `a-z`, `0-9`, `-` and `_`, beginning with a letter or digit.
///
/// It is the last part of the push URL and of an event's `source`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SourceName(String);

impl SourceName {
    /// The most characters that a name may have.
    pub const MAX_LEN: usize = 64;

    /// The name, if it keeps to the grammar.
    pub fn parse(text: &str) -> Option<SourceName> {
        let mut bytes = text.bytes();
        let first = bytes.next()?;
        let begins_well = first.is_ascii_lowercase() || first.is_ascii_digit();
        let goes_on_well =
            bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_');
        (begins_well && goes_on_well && text.len() <= Self::MAX_LEN)
            .then(|| SourceName(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SourceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How the consumer decodes the payloads of a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoding {
    /// The meaning of a string in the `payload` of the HTTP envelope.
    pub payload: PayloadFormat,
    /// The time zone of times that the platform writes without one, in seconds east of UTC.
    pub utc_offset_seconds: i32,
}

impl Default for Decoding {
    /// JSON payloads, and China Standard Time.
    fn default() -> Self {
        Decoding {
            payload: PayloadFormat::Json,
            utc_offset_seconds: 8 * 3600,
        }
    }
}

/// The data format of a source's products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadFormat {
    /// JSON: a string is a string.
    Json,
    /// Binary: a string is base64 of what the device sent.
    Base64,
}
