//! The commands of recovery, on the queues of `dev`.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use thingrelay_tests::deadline::within;
use thingrelay_tests::process::{Relay, program};
use thingrelay_tests::searched::output_soon;
use tokio::process::Command;
use tokio::time::sleep;

const LIMIT: Duration = Duration::from_secs(180);

/// The result of a command that has ended.
pub(crate) struct Told {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Told {
    pub(crate) fn all(&self) -> String {
        format!("{:?}\n{}{}", self.code, self.stdout, self.stderr)
    }

    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "{}", self.all());
        self
    }
}

/// The command in a directory, where its journals are.
pub(crate) struct Tool {
    sqs: String,
    directory: PathBuf,
}

impl Tool {
    pub(crate) fn new(relay: &Relay, directory: &Path) -> Self {
        Tool {
            sqs: relay.sqs.clone(),
            directory: directory.to_owned(),
        }
    }

    pub(crate) fn command(&self, action: &[&str], rest: &str) -> Command {
        let mut command = Command::new(program("thingrelay"));
        command.args(action).args(rest.split_whitespace());
        self.set(&mut command);
        command
    }

    /// In the directory, and without a terminal.
    fn set(&self, command: &mut Command) {
        command
            .env_clear()
            .env("THINGRELAY_QUEUE_SERVER", &self.sqs)
            .current_dir(&self.directory)
            .stdin(Stdio::null())
            .kill_on_drop(true);
    }

    pub(crate) async fn run(&self, action: &[&str], rest: &str) -> Told {
        told(self.command(action, rest)).await
    }

    pub(crate) async fn dead_letters(&self, action: &str, rest: &str) -> Told {
        self.run(&["dead-letters", action], rest).await
    }

    /// Runs a command of a document, which begins with `cargo thingrelay`.
    pub(crate) async fn as_written(&self, line: &str) -> Told {
        let mut command = Command::new("bash");
        let script = format!("cargo() {{ shift; \"$PROGRAM\" \"$@\"; }}; {line}");
        command.args(["-c", &script]);
        self.set(&mut command);
        command.env("PROGRAM", program("thingrelay"));
        told(command).await
    }

    /// Starts the command, and kills it after that time (SIGKILL).
    pub(crate) async fn kill_after(&self, action: &[&str], rest: &str, time: Duration) {
        let mut command = self.command(action, rest);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        sleep(time).await;
        child.kill().await.unwrap();
    }

    /// Takes all messages out of the queues, also those that a killed process had received.
    pub(crate) async fn take_all(&self) {
        let deadline = Instant::now() + LIMIT;
        loop {
            let told = self.dead_letters("list", "").await.succeeded();
            if !told.stderr.contains("another receiver") {
                return;
            }
            assert!(Instant::now() < deadline);
        }
    }
}

async fn told(mut command: Command) -> Told {
    let output = within(LIMIT, "a command", output_soon(&mut command));
    let output = output.await.unwrap();
    Told {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}
