//! `thingrelay pull tuya` as a child process.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::task::JoinHandle;

use crate::deadline::within;
use crate::process::program;
use crate::searched::{keep, remember_command};

/// How long the pull may take to end once requested.
const END_LIMIT: Duration = Duration::from_secs(15);

/// A running pull; dropping it kills it.
#[derive(Debug)]
pub struct Puller {
    child: Child,
    stderr: JoinHandle<String>,
}

impl Puller {
    /// Starts the pull with a configuration file and the URL of a staging queue.
    ///
    /// # Panics
    ///
    /// If the program cannot be started.
    pub fn start(config: &Path, staging_url: &str) -> Self {
        let mut command = Command::new(program("thingrelay"));
        command
            .args(["pull", "tuya", "--staging-queue", staging_url, "--config"])
            .arg(config)
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "us-east-1")
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        remember_command(command.as_std());
        let mut child = command.spawn().expect("thingrelay can be started");
        let mut pipe = child.stderr.take().expect("standard error is a pipe");
        let stderr = tokio::spawn(async move {
            let mut text = String::new();
            let _ = pipe.read_to_string(&mut text).await;
            keep(text.as_bytes());
            text
        });
        Puller { child, stderr }
    }

    /// Asks the pull to end, as a service manager does. Returns its status and its standard error.
    ///
    /// # Panics
    ///
    /// If the pull does not end soon.
    pub async fn end(mut self) -> (ExitStatus, String) {
        let id = self.child.id().expect("it has not been waited for");
        let asked = Command::new("sh")
            .args(["-c", r#"kill -s TERM "$1""#, "sh", &id.to_string()])
            .status()
            .await;
        assert!(asked.is_ok_and(|status| status.success()), "{id} is gone");
        let status = within(END_LIMIT, "the end of a pull", self.child.wait()).await;
        let status = status.expect("a child can be waited for");
        (status, self.stderr.await.expect("a reader that ends well"))
    }
}
