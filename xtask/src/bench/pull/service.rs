use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::bench::resources::descendants_cpu_time;

/// The variable that names the program that starts a broker.
const BROKER: &str = "THINGRELAY_PULSAR";

/// Tuya's message service as a process; dropping it ends it.
pub(super) struct Service {
    process: Child,
    /// Until it is dropped.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Of its WebSocket service.
    pub(super) url: String,
}

/// Messages of devices.
pub(super) struct Reports {
    pub(super) messages: u32,
    pub(super) devices: u32,
    /// Of each envelope, about.
    pub(super) bytes: u32,
}

/// A project at the service.
pub(super) struct Project {
    pub(super) id: String,
    pub(super) key: String,
}

impl Service {
    pub(super) fn start(program: &Path, broker: &Path) -> Result<Self> {
        let mut process = Command::new(program)
            .env(BROKER, broker)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let orders = process.stdin.take();
        let answers = process.stdout.take().context("standard output")?;
        // From here on dropping it ends it.
        let mut service = Self {
            process,
            orders,
            answers: BufReader::new(answers),
            url: String::new(),
        };
        service.url = service.answer()?;
        Ok(service)
    }

    /// Makes a project that has messages waiting.
    pub(super) fn project(&mut self, reports: &Reports) -> Result<Project> {
        let Reports {
            messages,
            devices,
            bytes,
        } = reports;
        let answer = self.ask(&format!("project {messages} {devices} {bytes}"))?;
        let (id, key) = answer.split_once(' ').context("a project has a key")?;
        Ok(Project {
            id: id.to_owned(),
            key: key.to_owned(),
        })
    }

    /// How many messages of a project are not acknowledged.
    pub(super) fn backlog(&mut self, project: &Project) -> Result<u64> {
        Ok(self.ask(&format!("backlog {}", project.id))?.parse()?)
    }

    /// How many messages of a project were handed out; one that went out twice counts twice.
    pub(super) fn handed_out(&mut self, project: &Project) -> Result<u64> {
        Ok(self.ask(&format!("out {}", project.id))?.parse()?)
    }

    /// The CPU time that the broker has taken so far.
    pub(super) fn cpu_time(&self) -> Result<Duration> {
        descendants_cpu_time(self.process.id())
    }

    fn ask(&mut self, order: &str) -> Result<String> {
        let orders = self.orders.as_mut().context("it is being dropped")?;
        writeln!(orders, "{order}").context("the message service has ended")?;
        self.answer()
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(line.ends_with('\n'), "the message service has ended");
        Ok(line.trim_end().to_owned())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It ends the broker, and removes what that has kept.
        drop(self.orders.take());
        let _ = self.process.wait();
    }
}
