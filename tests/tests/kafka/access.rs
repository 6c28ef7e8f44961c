//! The ways to log in to a broker, as the configuration describes them.

use std::net::SocketAddr;

use thingrelay_tests::kafka::{Kafka, PASSWORD, USER};

/// How a source connects to the broker.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Access {
    /// Without a login.
    Open,
    /// Without a login, encrypted.
    Ssl,
    /// With a SASL mechanism, without encryption.
    Sasl(&'static str),
    /// With a SASL mechanism, encrypted.
    SaslSsl(&'static str),
    /// With a client certificate. The broker's own certificate names no host.
    Mutual,
}

impl Access {
    /// The lines in a table of the configuration, with the broker.
    pub(crate) fn lines(self, kafka: &Kafka) -> String {
        let (address, security) = match self {
            Access::Open => (kafka.internal(), "plaintext"),
            Access::Ssl => (kafka.ssl(), "ssl"),
            Access::Sasl(_) => (kafka.sasl(), "sasl_plaintext"),
            Access::SaslSsl(_) => (kafka.sasl_ssl(), "sasl_ssl"),
            Access::Mutual => (kafka.mutual(), "ssl"),
        };
        let mut lines = format!("{}security = \"{security}\"\n", brokers(address));
        if let Access::Sasl(mechanism) | Access::SaslSsl(mechanism) = self {
            lines.push_str(&login(mechanism, PASSWORD));
        }
        if let Access::Ssl | Access::SaslSsl(_) | Access::Mutual = self {
            lines.push_str(&pem("ca", kafka.authority()));
        }
        if let Access::Mutual = self {
            lines.push_str(UNCHECKED);
            lines.push_str(&identity(kafka));
        }
        lines
    }
}

/// A line of the configuration.
pub(crate) const UNCHECKED: &str = "check_hostname = false\n";

/// Lines of the configuration for a text in PEM.
pub(crate) fn pem(key: &str, text: &str) -> String {
    format!("{key} = '''\n{text}'''\n")
}

/// Lines of the configuration for a client's certificate.
pub(crate) fn identity(kafka: &Kafka) -> String {
    let (certificate, key) = kafka.client_certificate();
    pem("client_certificate", certificate) + &pem("client_key", key)
}

/// A line of the configuration for the brokers.
pub(crate) fn brokers(address: SocketAddr) -> String {
    format!("brokers = [\"{address}\"]\n")
}

/// Lines of the configuration for the user's login.
pub(crate) fn login(mechanism: &str, password: &str) -> String {
    format!("mechanism = \"{mechanism}\"\nusername = \"{USER}\"\npassword = \"{password}\"\n")
}

/// A source's table of the configuration.
pub(crate) fn table(name: &str, topics: &[&str], group: &str, lines: &str) -> String {
    format!(
        "[sources.{name}]\nplatform = \"tencent-iot-explorer\"\nchannel = \"ckafka\"\n\
         topics = {topics:?}\ngroup = \"{group}\"\n{lines}\n"
    )
}
