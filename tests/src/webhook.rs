//! Receivers of webhooks as child processes, and the settings of a webhook for them.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tempfile::TempDir;
use tokio::process::{Child, Command};

use crate::deadline::until;
use crate::process::Lines;
use crate::searched::{remember, remember_command};
use crate::template::root;

/// The variable that names a Python with the libraries of a receiver; `cargo xtask test` sets it.
pub const PYTHON: &str = "THINGRELAY_WEBHOOK_PYTHON";

/// The secret that signs the requests of the target `crm`.
pub const SECRET: &str = "whsec_Zk8yQ3JXb1B0N2xMd0E5eEhnVnNKZDRLYk11VXoxRmU=";

const START_LIMIT: Duration = Duration::from_secs(60);

/// The table of the target `crm` for a receiver on this machine, secret included.
pub fn target(receiver: SocketAddr, more: &str) -> String {
    format!(
        "[targets.crm]\ntype = \"webhook\"\nurl = \"http://{receiver}/events\"\nallow_http = true\n\
         allow_networks = [\"127.0.0.0/8\"]\nsigning_secrets = [\"{SECRET}\"]\n{more}\n"
    )
}

/// A receiver; dropping it kills it.
#[derive(Debug)]
pub struct Receiver {
    pub address: SocketAddr,
    stdout: Lines,
    stderr: Lines,
    mode: PathBuf,
    _directory: TempDir,
    _process: Child,
}

impl Receiver {
    /// The receiver of `examples/webhook.py`, which also has the CloudEvents SDK parse each request.
    ///
    /// # Panics
    ///
    /// If it does not start, or [`PYTHON`] is not set.
    pub async fn python(mode: &str) -> Receiver {
        let python = std::env::var(PYTHON)
            .unwrap_or_else(|_| panic!("{PYTHON} is not set: run cargo xtask test e2e"));
        let mut command = Command::new(python);
        command
            .arg(root().join("tests/src/webhook_receiver.py"))
            .arg(root().join("examples"))
            .arg("0")
            .env("PYTHONDONTWRITEBYTECODE", "1");
        Receiver::start(command, mode).await
    }

    /// The receiver of `examples/webhook.mjs`, which is in this directory with its packages.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn node(directory: &Path, mode: &str) -> Receiver {
        let mut command = Command::new("node");
        command
            .arg(root().join("tests/src/webhook_receiver.mjs"))
            .arg(directory);
        Receiver::start(command, mode).await
    }

    /// The program of `examples/webhook.rs`.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn rust(program: &str) -> Receiver {
        let mut command = Command::new(program);
        command.arg("127.0.0.1:0");
        Receiver::start(command, "up").await
    }

    async fn start(mut command: Command, mode: &str) -> Receiver {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let file = directory.path().join("mode");
        std::fs::write(&file, mode).expect("a file in it");
        remember(SECRET);
        command
            .arg(&file)
            .env("SIGNING_SECRET", SECRET)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        remember_command(command.as_std());
        let mut process = command.spawn().expect("a receiver that starts");
        let stdout = Lines::collect(process.stdout.take().expect("a pipe"));
        let stderr = Lines::collect(process.stderr.take().expect("a pipe"));
        let listening = until(START_LIMIT, "the receiver to listen", async || {
            assert!(!stdout.have_ended(), "{:#?}", stderr.lines());
            let first = stdout.lines().into_iter().next()?;
            first.rsplit([' ', ':']).next()?.parse().ok()
        });
        let port: u16 = listening.await;
        Receiver {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
            stdout,
            stderr,
            mode: file,
            _directory: directory,
            _process: process,
        }
    }

    /// Changes the mode: see `webhook_receiver.py`.
    ///
    /// # Panics
    ///
    /// If the file cannot be written.
    pub fn set(&self, mode: &str) {
        let new = self.mode.with_extension("new");
        std::fs::write(&new, mode).expect("a file");
        // A receiver reads the file at any time.
        std::fs::rename(new, &self.mode).expect("a file in its place");
    }

    /// The device and the number of each event that was handled, in their order.
    pub fn handled(&self) -> Vec<(String, u64)> {
        let lines = self.stdout.lines().into_iter().skip(1);
        lines.map(|line| device_and_number(&line)).collect()
    }

    /// Waits until so many events were handled. Returns them.
    ///
    /// # Panics
    ///
    /// If they do not come in time.
    pub async fn handled_until(&self, count: usize, limit: Duration) -> Vec<(String, u64)> {
        let what = format!("{count} events at the receiver");
        until(limit, &what, async || {
            assert!(!self.stdout.have_ended(), "{:#?}", self.stderr.lines());
            (self.stdout.lines().len() > count).then(|| self.handled())
        })
        .await
    }

    /// The lines of standard error so far.
    pub fn told(&self) -> Vec<String> {
        self.stderr.lines()
    }
}

/// `DEVICE NUMBER`, or what the examples print: `PRODUCT/DEVICE TIME CODE NUMBER`, as text or JSON.
fn device_and_number(line: &str) -> (String, u64) {
    let words: Vec<&str> = line.split(' ').map(|word| word.trim_matches('"')).collect();
    let device = words[0].rsplit('/').next().unwrap_or_default();
    let number = words.last().and_then(|word| word.parse().ok());
    (
        device.to_owned(),
        number.unwrap_or_else(|| panic!("no number in {line}")),
    )
}

/// Checks that each device's events came once and in order.
///
/// # Panics
///
/// If the numbers of a device are not.
pub fn assert_in_order(handled: &[(String, u64)], devices: usize, each: u64) {
    let mut of_devices: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for (device, number) in handled {
        of_devices.entry(device).or_default().push(*number);
    }
    assert_eq!(of_devices.len(), devices, "devices at the receiver");
    for (device, numbers) in of_devices {
        assert_eq!(numbers, (0..each).collect::<Vec<_>>(), "{device}");
    }
}
