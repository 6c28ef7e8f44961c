//! Tuya's message service as a program of its own, played by Apache Pulsar.
//!
//! Prints the URL of its WebSocket service, then answers each line on standard input with a line,
//! and ends when there are no more:
//!
//! | line | answer |
//! |---|---|
//! | `project MESSAGES DEVICES BYTES` | access id and key of a new project that has messages of about so many bytes waiting |
//! | `backlog ID` | how many messages of a project are not acknowledged |
//! | `out ID` | how many were handed out; one that went out twice counts twice |

use std::collections::HashMap;
use std::io::{Write, stdin, stdout};

use anyhow::{Context, Result, bail};
use serde_json::json;
use thingrelay_tests::pulsar::{Outgoing, Project, Pulsar, Topic};
use thingrelay_tests::tuya::{Access, Message, Mode, PRODUCT};

/// How many messages are made before they are sent.
const CHUNK: usize = 5_000;

#[tokio::main]
async fn main() -> Result<()> {
    let pulsar = Pulsar::start().await;
    let mut projects = HashMap::new();
    writeln!(stdout(), "{}", pulsar.url())?;
    for line in stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words.as_slice() {
            ["project", messages, devices, bytes] => {
                let access = Access::fresh();
                let project = Project::create(&pulsar, &access.id, &access.password()).await;
                let kind = Reports {
                    devices: devices.parse()?,
                    bytes: bytes.parse()?,
                };
                kind.produce(&project, &access, messages.parse()?).await;
                projects.insert(access.id.clone(), project);
                format!("{} {}", access.id, access.key)
            }
            ["backlog", id] => {
                let project = projects.get(*id).context("no such project")?;
                project.backlog(Topic::Event).await.messages.to_string()
            }
            ["out", id] => {
                let project = projects.get(*id).context("no such project")?;
                project.handed_out(Topic::Event).await.to_string()
            }
            _ => bail!("not understood: {line}"),
        };
        writeln!(stdout(), "{answer}")?;
    }
    Ok(())
}

/// Reports of some devices by turns, encrypted as Tuya does today.
struct Reports {
    devices: usize,
    /// Of an envelope, about.
    bytes: usize,
}

impl Reports {
    async fn produce(&self, project: &Project<'_>, access: &Access, messages: usize) {
        let numbers: Vec<usize> = (0..messages).collect();
        for chunk in numbers.chunks(CHUNK) {
            let sealed: Vec<Outgoing> = chunk
                .iter()
                .map(|number| access.seal(Mode::Gcm, &self.report(*number)))
                .collect();
            project.produce(Topic::Event, &sealed).await;
        }
    }

    /// A device reports as many properties as fill the envelope.
    fn report(&self, number: usize) -> Message {
        let device = format!("qx7dev{:016}", number % self.devices.max(1));
        let t = 1_795_233_600_000 + number as i64;
        // The envelope has the plaintext in base64, and some 150 bytes of its own; the plaintext has
        // some 110 besides the properties.
        let enough = (self.bytes.saturating_sub(150) * 3 / 4).saturating_sub(110);
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
}
