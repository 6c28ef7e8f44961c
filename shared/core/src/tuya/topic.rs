//! The topics that can be pulled from the message service.
//!
//! Source: <https://developer.tuya.com/en/docs/iot/Pulsar-SDK-get-message?id=Kawfmtxntb9hz>.

use super::AccessId;

/// A topic of a cloud project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// Events of devices in production.
    Event,
    /// Events of test devices.
    EventTest,
    /// Notices of the service itself.
    Notice,
}

/// Which devices a source is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Devices in production.
    Production,
    /// Test devices.
    Test,
}

impl Topic {
    /// The last part of the topic's name.
    pub fn as_str(self) -> &'static str {
        match self {
            Topic::Event => "event",
            Topic::EventTest => "event-test",
            Topic::Notice => "notice",
        }
    }

    /// The whole name, in the project with that Access ID.
    pub fn of(self, id: &AccessId) -> String {
        format!("persistent://{}/out/{}", id.as_str(), self.as_str())
    }
}

impl Environment {
    /// The topic of the environment's devices.
    pub fn topic(self) -> Topic {
        match self {
            Environment::Production => Topic::Event,
            Environment::Test => Topic::EventTest,
        }
    }
}
