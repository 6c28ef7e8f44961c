use std::collections::HashMap;

use anyhow::{Context, Result};
use serde_json::json;
use thingrelay_tests::pulsar::{self, Outgoing, Pulsar, Topic};
use thingrelay_tests::tuya::{Access, Message, Mode, PRODUCT};

use super::service::{CHUNK, Project, Reports, Service};

pub(super) struct Tuya {
    pulsar: &'static Pulsar,
    projects: HashMap<String, pulsar::Project<'static>>,
}

impl Tuya {
    pub(super) async fn start() -> Self {
        Self {
            pulsar: Pulsar::shared().await,
            projects: HashMap::new(),
        }
    }

    fn get(&self, Project { name, .. }: &Project) -> Result<&pulsar::Project<'static>> {
        self.projects.get(name).context("no such project")
    }
}

impl Service for Tuya {
    fn address(&self) -> String {
        self.pulsar.url()
    }

    async fn project(&mut self, reports: &Reports) -> Result<Project> {
        let access = Access::fresh();
        let project = pulsar::Project::create(self.pulsar, &access.id, &access.password()).await;
        let numbers: Vec<usize> = (0..reports.messages).collect();
        for chunk in numbers.chunks(CHUNK) {
            // Tuya encrypts like this today.
            let seal = |number: &usize| access.seal(Mode::Gcm, &report(reports, *number));
            let sealed: Vec<Outgoing> = chunk.iter().map(seal).collect();
            project.produce(Topic::Event, &sealed).await;
        }
        let Access { id, key, .. } = access;
        self.projects.insert(id.clone(), project);
        Ok(Project {
            name: id.clone(),
            user: id,
            password: key,
        })
    }

    async fn backlog(&self, project: &Project) -> Result<u64> {
        Ok(self.get(project)?.backlog(Topic::Event).await.messages)
    }

    async fn handed_out(&self, project: &Project) -> Result<Option<u64>> {
        Ok(Some(self.get(project)?.handed_out(Topic::Event).await))
    }
}

/// The report of a device, with as many properties as fill the envelope.
fn report(reports: &Reports, number: usize) -> Message {
    let device = format!("qx7dev{:016}", number % reports.devices);
    let t = 1_795_233_600_000 + number as i64;
    // The envelope has the plaintext in base64, and about 150 other bytes. The plaintext has about
    // 110 bytes besides the properties.
    let enough = (reports.bytes.saturating_sub(150) * 3 / 4).saturating_sub(110);
    let mut status = Vec::new();
    let mut length = 0;
    while length < enough || status.is_empty() {
        let item = status.len() + 1;
        let value = number % 100;
        let property = json!({
            "code": format!("va_humidity_{item}"),
            "t": t,
            "value": value,
            item.to_string(): value.to_string(),
        });
        length += property.to_string().len() + 1;
        status.push(property);
    }
    let report = json!({
        "dataId": format!("QX7D4F8E1B0C{number:010}"),
        "devId": device,
        "productKey": PRODUCT,
        "status": status,
    });
    Message {
        device,
        protocol: 4,
        t: t + 400,
        plaintext: report.to_string(),
    }
}
