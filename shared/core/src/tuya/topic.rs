//! What can be pulled from the message service.
//!
//! Source: <https://developer.tuya.com/en/docs/iot/Pulsar-SDK-get-message?id=Kawfmtxntb9hz>.

use super::AccessId;

/// A topic of a cloud project.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Topic {
    /// What the devices in use do.
    Event,
    /// What the devices of tests do.
    EventTest,
    /// What the service has to say of itself.
    Notice,
}

/// Whose devices a source is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Environment {
    /// Those in use.
    Production,
    /// Those of tests.
    Test,
}

impl Topic {
    /// The last part of its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Topic::Event => "event",
            Topic::EventTest => "event-test",
            Topic::Notice => "notice",
        }
    }

    /// Its whole name, in the project of that Access ID.
    pub fn of(self, id: &AccessId) -> String {
        format!("persistent://{}/out/{}", id.as_str(), self.as_str())
    }
}

impl Environment {
    /// The topic of its devices.
    pub fn topic(self) -> Topic {
        match self {
            Environment::Production => Topic::Event,
            Environment::Test => Topic::EventTest,
        }
    }
}
