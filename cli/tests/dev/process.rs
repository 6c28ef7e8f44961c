//! `thingrelay dev` as a child process, and its output lines.

use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};
use thingrelay_tests::searched;

/// The most time that a test waits.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thingrelay"));
    command
        .arg("dev")
        .args(arguments)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    searched::remember_command(&command);
    command
}

/// The command that `thingrelay curl` prints.
pub(crate) fn curl(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thingrelay"));
    let output = command.arg("curl").args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A process that serves; dropping it kills it.
pub(crate) struct Relay {
    pub(crate) child: Child,
    pub(crate) stdout: Option<Lines>,
    pub(crate) stderr: Lines,
    /// The lines of standard error until the process served.
    pub(crate) starting: Vec<String>,
}

impl Relay {
    /// Starts the process on a free port, and waits until it serves.
    pub(crate) fn start(arguments: &[&str]) -> (Relay, String) {
        Relay::spawn(&mut command(arguments))
    }

    pub(crate) fn spawn(command: &mut Command) -> (Relay, String) {
        let mut child = command.args(["--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut relay = Relay {
            stdout: child.stdout.take().map(Lines::read),
            stderr: Lines::read(child.stderr.take().unwrap()),
            starting: Vec::new(),
            child,
        };
        relay.starting = relay.stderr.until(|line| line.starts_with("ready "));
        let url = relay
            .starting
            .last()
            .unwrap()
            .strip_prefix("ready ")
            .unwrap()
            .to_owned();
        (relay, url)
    }

    pub(crate) fn stdout(&mut self) -> &mut Lines {
        self.stdout.as_mut().unwrap()
    }

    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(killed.unwrap().success());
    }

    /// The exit code, once the process has ended by itself.
    pub(crate) fn ended(&mut self) -> Option<i32> {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(Instant::now() < deadline, "it does not end");
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The lines of a pipe, as they arrive.
pub(crate) struct Lines(Receiver<String>);

impl Lines {
    pub(crate) fn read(pipe: impl Read + Send + 'static) -> Lines {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                searched::keep(line.as_bytes());
                let _ = sender.send(line);
            }
        });
        Lines(receiver)
    }

    /// The lines up to and including the first match.
    pub(crate) fn until(&mut self, meant: impl Fn(&str) -> bool) -> Vec<String> {
        let deadline = Instant::now() + LIMIT;
        let mut lines = Vec::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            match self.0.recv_timeout(left) {
                Ok(line) => {
                    let found = meant(&line);
                    lines.push(line);
                    if found {
                        return lines;
                    }
                }
                Err(RecvTimeoutError::Timeout) => panic!("too late: {lines:#?}"),
                Err(RecvTimeoutError::Disconnected) => panic!("it ended: {lines:#?}"),
            }
        }
    }

    /// All remaining lines, once the pipe is closed.
    pub(crate) fn rest(&mut self) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            match self.0.recv_timeout(LIMIT) {
                Ok(line) => lines.push(line),
                Err(RecvTimeoutError::Disconnected) => return lines,
                Err(RecvTimeoutError::Timeout) => panic!("the pipe stays open: {lines:#?}"),
            }
        }
    }
}
