//! The address and the credentials of a cluster, as librdkafka's settings.

use rdkafka::{
    ClientConfig,
    config::RDKafkaLogLevel,
    consumer::{BaseConsumer, Consumer},
    error::KafkaError,
};
use std::time::{Duration, Instant};
use thingrelay_core::config::{Authorities, KafkaEncryption, KafkaSecurity, KafkaTls};
use tokio::sync::oneshot;

/// The settings that all clients of a cluster share.
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
    if let KafkaEncryption::Tls(tls) = &security.encryption {
        set_tls(&mut settings, tls);
    }
    settings
}

fn set_tls(settings: &mut ClientConfig, tls: &KafkaTls) {
    if let Authorities::Own {
        certificates,
        check_hostname,
    } = &tls.authorities
    {
        settings.set("ssl.ca.pem", certificates.pem());
        if !check_hostname {
            settings.set("ssl.endpoint.identification.algorithm", "none");
        }
    }
    if let Some(client) = &tls.client {
        settings
            .set("ssl.certificate.pem", client.certificates.pem())
            .set("ssl.key.pem", client.key.expose());
        if let Some(password) = &client.key_password {
            settings.set("ssl.key.password", password.expose());
        }
    }
}

/// The client does not accept the settings. The text has none of their values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(String);

impl From<KafkaError> for SettingsError {
    fn from(error: KafkaError) -> Self {
        SettingsError(told(&error))
    }
}

/// An error in the client's words. The value of a setting that the client does not accept is left
/// out.
pub(crate) fn told(error: &KafkaError) -> String {
    match error {
        KafkaError::ClientConfig(_, description, key, _) => format!("{key}: {description}"),
        other => other.to_string(),
    }
}

/// Does blocking work on a thread that nothing waits for. If the system has no thread left, does it
/// on this thread.
pub(crate) fn aside(work: impl FnOnce() + Send + 'static) {
    let _ = std::thread::Builder::new().spawn(work);
}

/// The number of partitions of each topic; `None` for a topic that does not exist, or for which no
/// broker answers in time.
pub(crate) async fn partitions(
    brokers: &[String],
    security: &KafkaSecurity,
    topics: &[String],
    limit: Duration,
) -> Vec<Option<usize>> {
    let settings = settings(brokers, security);
    let (names, deadline) = (topics.to_vec(), Instant::now() + limit);
    let (answer, answered) = oneshot::channel();
    aside(move || {
        let Ok(client) = settings.create::<BaseConsumer>() else {
            return;
        };
        let count = |name: &String| {
            let left = deadline.saturating_duration_since(Instant::now());
            let metadata = client.fetch_metadata(Some(name), left).ok()?;
            let found = metadata.topics().iter().find(|one| one.name() == name)?;
            found.error().is_none().then(|| found.partitions().len())
        };
        let _ = answer.send(names.iter().map(count).collect());
    });
    let counted = tokio::time::timeout(limit, answered).await;
    match counted {
        Ok(Ok(counts)) => counts,
        _ => vec![None; topics.len()],
    }
}
