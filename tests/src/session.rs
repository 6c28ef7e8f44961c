//! Runs a command as on a terminal: typed into a shell, in its own process group.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::deadline::{until, within};
use crate::process::{Lines, Written};
use crate::searched::remember_command;

/// Kills a process group when the pipe on standard input closes. The pipe closes when this program
/// ends in any way.
const GUARD: &str = r#"cat > /dev/null; kill -s KILL -- "-$1" 2> /dev/null"#;

/// The terminal in which commands are typed.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The working directory.
    pub directory: PathBuf,
    /// The value of the variable `TOKEN`.
    pub token: String,
    /// The directory in which programs are looked for first.
    pub path: PathBuf,
}

/// A running command; dropping it kills the command and all processes that it started.
#[derive(Debug)]
pub struct Session {
    command: String,
    child: Child,
    stdout: Lines,
    stderr: Lines,
    _guard: Child,
}

impl Shell {
    /// The same terminal in another directory.
    #[must_use]
    pub fn at(&self, directory: &Path) -> Self {
        Shell {
            directory: directory.to_owned(),
            ..self.clone()
        }
    }

    /// The same terminal with another token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Shell {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    /// Types a command.
    pub fn start(&self, command: &str) -> Session {
        let inherited = std::env::var("PATH").unwrap_or_default();
        let mut shell = Command::new("bash");
        shell
            .args(["-c", command])
            .current_dir(&self.directory)
            .env("PATH", format!("{}:{inherited}", self.path.display()))
            .env("TOKEN", &self.token)
            .env_remove("THINGRELAY_TOKEN")
            .env_remove("BASH_ENV")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        remember_command(shell.as_std());
        let mut child = shell.spawn().expect("bash can be started");
        let group = child.id().expect("it was not waited for").to_string();
        let guard = Command::new("sh")
            .args(["-c", GUARD, "sh", &group])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn()
            .expect("sh can be started");
        Session {
            command: command.to_owned(),
            stdout: Lines::collect(child.stdout.take().expect("a pipe")),
            stderr: Lines::collect(child.stderr.take().expect("a pipe")),
            child,
            _guard: guard,
        }
    }

    /// Types a command, which must succeed. Returns its output.
    ///
    /// # Panics
    ///
    /// If the command fails, or does not end in time.
    pub async fn run(&self, command: &str, limit: Duration) -> Written {
        let (status, written) = self.start(command).ended(limit).await;
        assert!(status.success(), "`{command}`: {status}\n{}", written.all());
        written
    }
}

impl Session {
    /// The output so far.
    pub fn written(&self) -> Written {
        Written {
            stdout: self.stdout.lines(),
            stderr: self.stderr.lines(),
        }
    }

    /// Waits until `look` finds a result in the output.
    ///
    /// # Panics
    ///
    /// If there is no result in time, or the command has ended without a result; the message shows
    /// the output.
    pub async fn find<T>(
        &self,
        what: &str,
        limit: Duration,
        look: impl Fn(&Written) -> Option<T>,
    ) -> T {
        until(limit, &format!("{what} of `{}`", self.command), || async {
            // The order matters: a command that has ended has printed all its output.
            let ended = self.stdout.have_ended() && self.stderr.have_ended();
            let written = self.written();
            let found = look(&written);
            assert!(found.is_some() || !ended, "no {what}:\n{}", written.all());
            found
        })
        .await
    }

    /// Presses Ctrl-C, and waits until the command ends.
    ///
    /// # Panics
    ///
    /// If the command has ended before, or does not end in time.
    pub async fn interrupt(self, limit: Duration) -> (ExitStatus, Written) {
        let group = self.child.id().expect("it was not waited for");
        let status = Command::new("sh")
            .args(["-c", r#"kill -s INT -- "-$1""#, "sh", &group.to_string()])
            .status();
        let sent = status.await.is_ok_and(|status| status.success());
        assert!(sent, "it is gone:\n{}", self.written().all());
        self.ended(limit).await
    }

    /// Waits until the command and all processes that it started have ended.
    ///
    /// # Panics
    ///
    /// If they do not end in time.
    pub async fn ended(mut self, limit: Duration) -> (ExitStatus, Written) {
        let status = within(limit, &self.command, self.child.wait()).await;
        self.find("end", limit, |_| {
            let ended = self.stdout.have_ended() && self.stderr.have_ended();
            ended.then_some(())
        })
        .await;
        (status.expect("a child can be waited for"), self.written())
    }
}
