//! What messages are pulled from, as a program of its own: `tuya` is Tuya's message service, played
//! by Apache Pulsar, `ckafka` is CKafka, played by Apache Kafka.
//!
//! Prints its address, then answers each line on standard input with a line, and ends when there
//! are no more:
//!
//! | line | answer |
//! |---|---|
//! | `project MESSAGES DEVICES BYTES` | name of a new project that has messages of about so many bytes waiting, user and password |
//! | `backlog NAME` | how many messages of a project are not acknowledged |
//! | `out NAME` | how many were handed out, one that went out twice counts twice; `?` where that is not known |
//!
//! # Layout
//!
//! - `tuya`: a project is a Tuya project, its user the access id.
//! - `ckafka`: a project is a topic of six partitions and a consumer group of the same name.

mod ckafka;
mod tuya;

use std::env::args;
use std::io::{Write, stdin, stdout};

use anyhow::{Result, bail};

use self::ckafka::Ckafka;
use self::tuya::Tuya;

/// How many messages are made before they are sent.
const CHUNK: usize = 5_000;

/// Whose messages are pulled.
trait Service {
    /// Where it listens.
    fn address(&self) -> String;

    /// Makes a project with messages: its name, its user and the password.
    async fn project(&mut self, reports: &Reports) -> Result<[String; 3]>;

    /// How many messages of a project are not acknowledged.
    async fn backlog(&self, name: &str) -> Result<u64>;

    /// How many messages of a project were handed out, where that is known.
    async fn handed_out(&self, name: &str) -> Result<Option<u64>>;
}

/// Reports of some devices by turns.
struct Reports {
    messages: usize,
    devices: usize,
    /// Of an envelope, about.
    bytes: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    match args().nth(1).as_deref() {
        Some("tuya") => serve(Tuya::start().await).await,
        Some("ckafka") => serve(Ckafka::start().await).await,
        _ => bail!("usage: peer-service tuya|ckafka"),
    }
}

async fn serve(mut service: impl Service) -> Result<()> {
    writeln!(stdout(), "{}", service.address())?;
    for line in stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = match words.as_slice() {
            ["project", messages, devices, bytes] => {
                let reports = Reports {
                    messages: messages.parse()?,
                    devices: devices.parse::<usize>()?.max(1),
                    bytes: bytes.parse()?,
                };
                service.project(&reports).await?.join(" ")
            }
            ["backlog", name] => service.backlog(name).await?.to_string(),
            ["out", name] => match service.handed_out(name).await? {
                Some(messages) => messages.to_string(),
                None => "?".to_owned(),
            },
            _ => bail!("not understood: {line}"),
        };
        writeln!(stdout(), "{answer}")?;
    }
    Ok(())
}
