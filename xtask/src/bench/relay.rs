use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// How long it may take until it serves, and until it ends.
const LIMIT: Duration = Duration::from_secs(20);

/// A running `thingrelay dev --json`; dropping it kills it.
pub(super) struct Relay {
    process: Child,
    endpoint: SocketAddr,
    events: Receiver<Line>,
}

/// A line, and when it had been read.
pub(super) struct Line {
    pub(super) at: Instant,
    pub(super) text: String,
}

impl Relay {
    /// Starts it on a free port and waits until it serves. With `data`, the queues are kept there.
    pub(super) fn start(program: &Path, config: &Path, data: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["dev", "--json", "--listen", "127.0.0.1:0", "--config"])
            .arg(config)
            .env_remove("RUST_LOG")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        if let Some(data) = data {
            command.arg("--data").arg(data);
        }
        let mut process = command
            .spawn()
            .with_context(|| format!("cannot start {}", program.display()))?;
        let events = lines(process.stdout.take().context("standard output")?);
        let told = lines(process.stderr.take().context("standard error")?);
        // From here on dropping it kills it.
        let mut relay = Self {
            process,
            endpoint: SocketAddr::from(([127, 0, 0, 1], 0)),
            events,
        };
        relay.endpoint = ready(&told)?;
        // Nobody may let the pipe run full.
        thread::spawn(move || told.iter().for_each(drop));
        Ok(relay)
    }

    pub(super) fn process(&self) -> u32 {
        self.process.id()
    }

    pub(super) fn endpoint(&self) -> SocketAddr {
        self.endpoint
    }

    /// The next event, if one comes within the limit.
    pub(super) fn next_event(&self, limit: Duration) -> Result<Line> {
        self.events
            .recv_timeout(limit)
            .with_context(|| match limit {
                Duration::ZERO => "no event".to_owned(),
                _ => format!("no event within {limit:?}"),
            })
    }

    /// Asks it to end, and waits until it has.
    pub(super) fn stop(mut self) -> Result<ExitStatus> {
        let asked = Command::new("sh")
            .args(["-c", r#"kill -s TERM "$1""#, "sh"])
            .arg(self.process.id().to_string())
            .status()?;
        ensure!(asked.success(), "thingrelay has ended before it was to");
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.process.try_wait()? {
                return Ok(status);
            }
            ensure!(Instant::now() < deadline, "thingrelay does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The address after `ready`, which is told when all serves.
fn ready(told: &Receiver<Line>) -> Result<SocketAddr> {
    let deadline = Instant::now() + LIMIT;
    let mut all = String::new();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match told.recv_timeout(left) {
            Ok(line) => match line.text.strip_prefix("ready http://") {
                Some(address) => return Ok(address.trim().parse()?),
                None => all.push_str(&line.text),
            },
            Err(RecvTimeoutError::Timeout) => bail!("not ready within {LIMIT:?}:\n{all}"),
            Err(RecvTimeoutError::Disconnected) => bail!("thingrelay ended:\n{all}"),
        }
    }
}

/// Reads lines as they come, in a thread of its own.
fn lines(pipe: impl Read + Send + 'static) -> Receiver<Line> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut pipe = BufReader::with_capacity(256 * 1024, pipe);
        loop {
            let mut text = String::new();
            match pipe.read_line(&mut text) {
                Ok(1..) => {}
                Ok(0) | Err(_) => return,
            }
            let at = Instant::now();
            if sender.send(Line { at, text }).is_err() {
                return;
            }
        }
    });
    receiver
}
