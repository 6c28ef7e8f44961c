use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::bench::resources::descendants_cpu_time;

/// What messages are pulled from, as a process; dropping it ends it.
pub(super) struct Service {
    process: Child,
    /// Until it is dropped.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    /// Where it listens.
    pub(super) address: String,
}

/// The program that starts a broker.
pub(super) struct Broker {
    /// The variable that names it.
    pub(super) variable: &'static str,
    pub(super) program: PathBuf,
}

/// Messages of devices.
pub(super) struct Reports {
    pub(super) messages: u32,
    pub(super) devices: u32,
    /// Of each envelope, about.
    pub(super) bytes: u32,
}

/// Messages of their own at the service, and who may pull them.
pub(super) struct Project {
    pub(super) name: String,
    pub(super) user: String,
    pub(super) password: String,
}

impl Service {
    /// Starts `program` to play what the word says.
    pub(super) fn start(program: &Path, word: &str, broker: &Broker) -> Result<Self> {
        let mut process = Command::new(program)
            .arg(word)
            .env(broker.variable, &broker.program)
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
            address: String::new(),
        };
        service.address = service.answer()?;
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
        let mut words = answer.split(' ').map(str::to_owned);
        let mut word = || words.next().context("a project has a user and a password");
        Ok(Project {
            name: word()?,
            user: word()?,
            password: word()?,
        })
    }

    /// How many messages of a project are not acknowledged.
    pub(super) fn backlog(&mut self, project: &Project) -> Result<u64> {
        Ok(self.ask(&format!("backlog {}", project.name))?.parse()?)
    }

    /// How many messages of a project were handed out, one that went out twice counts twice;
    /// `None` of a broker that does not count them.
    pub(super) fn handed_out(&mut self, project: &Project) -> Result<Option<u64>> {
        let answer = self.ask(&format!("out {}", project.name))?;
        Ok(match answer.as_str() {
            "?" => None,
            count => Some(count.parse()?),
        })
    }

    /// The CPU time that the broker has taken so far.
    pub(super) fn cpu_time(&self) -> Result<Duration> {
        descendants_cpu_time(self.process.id())
    }

    fn ask(&mut self, order: &str) -> Result<String> {
        let orders = self.orders.as_mut().context("it is being dropped")?;
        writeln!(orders, "{order}").context("the service has ended")?;
        self.answer()
    }

    fn answer(&mut self) -> Result<String> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(line.ends_with('\n'), "the service has ended");
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
