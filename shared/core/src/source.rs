//! Where a message comes from: a platform, a channel, and the name that the user gave the source.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An IoT platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Platform {
    /// Tencent Cloud IoT Hub.
    #[serde(rename = "tencent-iot-hub")]
    TencentIotHub,
    /// Tencent Cloud IoT Explorer.
    #[serde(rename = "tencent-iot-explorer")]
    TencentIotExplorer,
    /// Tencent Cloud IoT Video.
    #[serde(rename = "tencent-iot-video")]
    TencentIotVideo,
    /// Tuya.
    #[serde(rename = "tuya")]
    Tuya,
}

impl Platform {
    /// Every platform, in the order of the documents.
    pub const ALL: [Platform; 4] = [
        Platform::TencentIotHub,
        Platform::TencentIotExplorer,
        Platform::TencentIotVideo,
        Platform::Tuya,
    ];

    /// Those that push to the endpoint.
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

/// The way by which a platform's messages reach us.
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

/// How the consumer reads the payloads of a source: the part of a source's settings that
/// normalisation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decoding {
    /// What a string in the `payload` of the HTTP envelope is.
    pub payload: PayloadFormat,
    /// The zone of times that the platform writes without one, in seconds east of UTC.
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
