//! `thingrelay dev` under load: started, signalled, and started again.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// The process under load, and how it is started.
pub(super) struct Relay {
    program: PathBuf,
    directory: PathBuf,
    pub(super) address: SocketAddr,
    process: Child,
    pub(super) starts: u32,
}

impl Relay {
    pub(super) async fn start(programs: &Path, directory: &Path) -> Result<Self> {
        // Nobody else takes a port that was free a moment ago, as a rule.
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let program = programs.join("thingrelay");
        let process = launch(&program, directory, address)?;
        let mut relay = Relay {
            program,
            directory: directory.to_owned(),
            address,
            process,
            starts: 1,
        };
        relay.ready().await?;
        Ok(relay)
    }

    /// Ends the process by a signal, and starts it again at once.
    pub(super) async fn restart(&mut self, signal: &str) -> Result<()> {
        self.signal(signal).await?;
        self.process.wait().await?;
        self.process = launch(&self.program, &self.directory, self.address)?;
        self.starts += 1;
        self.ready().await
    }

    /// Waits until the endpoint can be reached.
    async fn ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(self.address).await.is_err() {
            let ended = self.process.try_wait()?;
            let log = self.directory.join("dev.log");
            let told = || std::fs::read_to_string(&log).unwrap_or_default();
            ensure!(ended.is_none(), "thingrelay dev has ended:\n{}", told());
            ensure!(Instant::now() < deadline, "not ready:\n{}", told());
            sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    pub(super) fn id(&self) -> Result<u32> {
        self.process.id().context("thingrelay dev has ended")
    }

    pub(super) async fn signal(&self, name: &str) -> Result<()> {
        let id = self.id()?.to_string();
        let mut kill = Command::new("sh");
        kill.args(["-c", r#"kill -s "$1" "$2""#, "sh", name, &id]);
        ensure!(kill.status().await?.success(), "no process {id}");
        Ok(())
    }

    pub(super) async fn end(mut self, signal: &str) -> Result<()> {
        self.signal(signal).await?;
        let status = self.process.wait().await?;
        ensure!(status.success(), "thingrelay dev ended with {status}");
        Ok(())
    }
}

/// Starts `dev` without waiting. What it tells is in the file `dev.log`.
fn launch(program: &Path, directory: &Path, address: SocketAddr) -> Result<Child> {
    let log = File::options()
        .create(true)
        .append(true)
        .open(directory.join("dev.log"))?;
    let process = Command::new(program)
        .args([
            "dev",
            "--json",
            "--listen",
            &address.to_string(),
            "--config",
        ])
        .arg(directory.join("thingrelay.toml"))
        .arg("--data")
        .arg(directory.join("data"))
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log)
        .kill_on_drop(true)
        .spawn()?;
    Ok(process)
}
