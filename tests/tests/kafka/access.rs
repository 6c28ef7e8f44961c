//! Ways in to a broker, as the configuration tells of them.

use std::net::SocketAddr;

use thingrelay_tests::kafka::{Kafka, PASSWORD, USER};

/// How a source comes in.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    /// As everybody does.
    Open,
    /// As everybody does, encrypted.
    Ssl,
    /// By a mechanism, without encryption.
    Sasl(&'static str),
    /// By a mechanism, encrypted.
    SaslSsl(&'static str),
}

impl Access {
    /// What a table of the configuration says of it, the broker included.
    pub(crate) fn lines(self, kafka: &Kafka) -> String {
        let (address, security) = match self {
            Access::Open => (kafka.internal(), "plaintext"),
            Access::Ssl => (kafka.ssl(), "ssl"),
            Access::Sasl(_) => (kafka.sasl(), "sasl_plaintext"),
            Access::SaslSsl(_) => (kafka.sasl_ssl(), "sasl_ssl"),
        };
        let mut lines = format!("{}security = \"{security}\"\n", brokers(address));
        if let Access::Sasl(mechanism) | Access::SaslSsl(mechanism) = self {
            lines.push_str(&login(mechanism, PASSWORD));
        }
        if let Access::Ssl | Access::SaslSsl(_) = self {
            let authority = kafka.authority();
            lines.push_str(&format!("ca = '''\n{authority}'''\n"));
        }
        lines
    }
}

/// A line of the configuration.
pub(crate) fn brokers(address: SocketAddr) -> String {
    format!("brokers = [\"{address}\"]\n")
}

/// Lines of the configuration, for the user.
pub(crate) fn login(mechanism: &str, password: &str) -> String {
    format!("mechanism = \"{mechanism}\"\nusername = \"{USER}\"\npassword = \"{password}\"\n")
}

/// A table of the configuration.
pub(crate) fn table(name: &str, topics: &[&str], group: &str, lines: &str) -> String {
    format!(
        "[sources.{name}]\nplatform = \"tencent-iot-explorer\"\nchannel = \"ckafka\"\n\
         topics = {topics:?}\ngroup = \"{group}\"\n{lines}\n"
    )
}
