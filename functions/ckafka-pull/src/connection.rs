//! How a cluster is reached and who we are there, as librdkafka's settings have it.

use rdkafka::{ClientConfig, config::RDKafkaLogLevel};
use thingrelay::config::{KafkaEncryption, KafkaSecurity};

/// The settings that every client of a cluster begins with.
///
/// Source: <https://github.com/confluentinc/librdkafka/blob/v2.12.1/CONFIGURATION.md>.
pub(crate) fn settings(brokers: &[String], security: &KafkaSecurity) -> ClientConfig {
    let mut settings = ClientConfig::new();
    settings
        .set("bootstrap.servers", brokers.join(","))
        .set("client.id", "thingrelay")
        .set("reconnect.backoff.ms", "100")
        .set("security.protocol", security.protocol())
        .set_log_level(RDKafkaLogLevel::Warning);
    if let Some(login) = &security.login {
        settings
            .set("sasl.mechanism", login.mechanism.as_str())
            .set("sasl.username", &login.username)
            .set("sasl.password", login.password.expose());
    }
    if let KafkaEncryption::Tls(Some(ca)) = &security.encryption {
        settings.set("ssl.ca.pem", ca.pem());
    }
    settings
}
