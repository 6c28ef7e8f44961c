use std::collections::HashMap;

use anyhow::{Context, Result};
use serde_json::json;
use thingrelay_tests::kafka::{Kafka, Outgoing, PASSWORD, USER};
use thingrelay_tests::message::{PRODUCT, queue_envelope};

use super::service::{CHUNK, Project, Reports, Service};

/// The number of partitions of a topic.
const PARTITIONS: i32 = 6;

pub(super) struct Ckafka {
    kafka: Kafka,
    /// The number of messages of each topic.
    topics: HashMap<String, u64>,
}

impl Ckafka {
    pub(super) async fn start() -> Self {
        Self {
            kafka: Kafka::start().await,
            topics: HashMap::new(),
        }
    }
}

impl Service for Ckafka {
    fn address(&self) -> String {
        self.kafka.sasl().to_string()
    }

    async fn project(&mut self, reports: &Reports) -> Result<Project> {
        let name = format!("bench-{}", self.topics.len() + 1);
        self.kafka.create_topic(&name, PARTITIONS).await;
        let numbers: Vec<usize> = (0..reports.messages).collect();
        for chunk in numbers.chunks(CHUNK) {
            let records: Vec<Outgoing> = chunk.iter().map(|n| record(reports, *n)).collect();
            self.kafka.produce(&name, &records).await;
        }
        self.topics.insert(name.clone(), reports.messages as u64);
        Ok(Project {
            name,
            user: USER.to_owned(),
            password: PASSWORD.to_owned(),
        })
    }

    async fn backlog(&self, Project { name, .. }: &Project) -> Result<u64> {
        let messages = self.topics.get(name).context("no such topic")?;
        let committed = self.kafka.committed(name, name).await;
        // Each partition begins at 0.
        let committed: i64 = committed.values().sum();
        Ok(messages.saturating_sub(u64::try_from(committed)?))
    }

    /// A broker does not count deliveries.
    async fn handed_out(&self, _: &Project) -> Result<Option<u64>> {
        Ok(None)
    }
}

/// The report of a device, with as many properties as fill the envelope of IoT Explorer. The name
/// of the device is the key, so that all of its records are in one partition.
fn record(reports: &Reports, number: usize) -> Outgoing {
    let device = format!("dev{:06}", number % reports.devices);
    let topic = format!("$thing/up/property/{PRODUCT}/{device}");
    // The envelope has the payload in base64, and about 230 other bytes. The payload has about 90
    // bytes besides the properties.
    let enough = (reports.bytes.saturating_sub(230) * 3 / 4).saturating_sub(90);
    let mut parameters = serde_json::Map::new();
    let mut length = 0;
    while length < enough || parameters.is_empty() {
        let property = format!("humidity_{}", parameters.len() + 1);
        length += property.len() + 6;
        parameters.insert(property, json!(number % 90 + 10));
    }
    let payload = json!({
        "method": "report",
        "clientToken": format!("{PRODUCT}-{number:010}"),
        "timestamp": 1_795_233_600_000_u64 + number as u64,
        "params": parameters,
    });
    let (number, payload) = (number as u64, payload.to_string());
    let time = "2026-11-21 08:00:00";
    let value = queue_envelope(&device, &topic, number, time, payload.as_bytes());
    Outgoing::of(&device, value)
}
