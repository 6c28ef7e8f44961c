//! `thingrelay dev` as a child process, without a terminal and with an empty environment.

use std::env;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::time::timeout;

use crate::deadline::within;
use crate::searched::{keep, remember_command};

/// How long a start may take. A debug build on a busy machine starts well within a second; this
/// allows for the slowest machines.
const START_LIMIT: Duration = Duration::from_secs(30);

/// How long a start may take with functions in an emulator, which cargo may have to build first.
const EMULATED_START_LIMIT: Duration = Duration::from_secs(300);

/// How the process is started.
#[derive(Clone, Debug, Default)]
pub struct Launch {
    config: Option<PathBuf>,
    listen: Option<SocketAddr>,
    around: Option<(SocketAddr, PathBuf)>,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    program: Option<PathBuf>,
}

impl Launch {
    /// Starts with `--json`, on a free port, with sources that the process makes up.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the configuration `file`.
    #[must_use]
    pub fn config(mut self, file: &Path) -> Self {
        self.config = Some(file.to_owned());
        self
    }

    /// With another program than `thingrelay` of this workspace.
    #[must_use]
    pub fn program(mut self, program: &Path) -> Self {
        self.program = Some(program.to_owned());
        self
    }

    /// With this address instead of a free port.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = Some(address);
        self
    }

    /// With the functions of an emulator at this address and in its directory, from which they read
    /// the URLs of the queues.
    #[must_use]
    pub fn around(mut self, emulator: SocketAddr, directory: &Path) -> Self {
        self.around = Some((emulator, directory.to_owned()));
        self
    }

    /// With queues that are kept in `directory`.
    #[must_use]
    pub fn data(self, directory: &Path) -> Self {
        self.argument("--data")
            .argument(&directory.to_string_lossy())
    }

    /// With another visibility timeout of the staging queue, and hence another pause before a
    /// failed record is tried again.
    #[must_use]
    pub fn visibility_timeout(self, seconds: u32) -> Self {
        self.argument("--visibility-timeout")
            .argument(&seconds.to_string())
    }

    /// With an additional argument.
    #[must_use]
    pub fn argument(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// With a variable in the environment, which is empty otherwise.
    #[must_use]
    pub fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Starts the process and waits until it serves.
    ///
    /// # Panics
    ///
    /// If the process ends or stays silent; the message shows its standard error.
    pub async fn start(self) -> Relay {
        self.spawn().serving().await
    }

    /// Starts the process without waiting.
    pub fn spawn(&self) -> Process {
        let program = self.program.clone();
        let program = program.unwrap_or_else(|| self::program("thingrelay"));
        let mut command = Command::new(program);
        command
            .arg("dev")
            .arg("--json")
            .args(&self.arguments)
            .env_clear()
            .env("RUST_BACKTRACE", "1")
            .envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(config) = &self.config {
            command.arg("--config").arg(config);
        }
        match &self.around {
            Some((emulator, directory)) => {
                let url = format!("http://{emulator}");
                command.args(["--lambda", &url]).current_dir(directory);
            }
            None => {
                let free = SocketAddr::from(([127, 0, 0, 1], 0));
                let listen = self.listen.unwrap_or(free);
                command.args(["--listen", &listen.to_string()]);
            }
        }
        Process {
            start_limit: match self.around {
                Some(_) => EMULATED_START_LIMIT,
                None => START_LIMIT,
            },
            ..Process::start(command)
        }
    }
}

/// The path of the program `name` of this workspace: in the directory that `THINGRELAY_BIN` names,
/// or where the cargo that built the test puts it.
pub fn program(name: &str) -> PathBuf {
    let directory = env::var_os("THINGRELAY_BIN").map_or_else(
        || {
            let test = env::current_exe().expect("a test has a path");
            let built = test.ancestors().nth(2).expect("target/PROFILE/deps/TEST");
            built.to_owned()
        },
        PathBuf::from,
    );
    directory.join(name)
}

/// A started process; dropping it kills it.
#[derive(Debug)]
pub struct Process {
    child: Child,
    stdout: Lines,
    stderr: Lines,
    start_limit: Duration,
}

impl Process {
    /// Starts a command that reads nothing.
    ///
    /// # Panics
    ///
    /// If the command cannot be started.
    pub fn start(mut command: Command) -> Process {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        remember_command(command.as_std());
        let mut child = command
            .spawn()
            .unwrap_or_else(|error| panic!("cannot start {command:?}: {error}"));
        let stdout = child.stdout.take().expect("standard output is a pipe");
        let stderr = child.stderr.take().expect("standard error is a pipe");
        Process {
            stdout: Lines::collect(stdout),
            stderr: Lines::collect(stderr),
            child,
            start_limit: START_LIMIT,
        }
    }

    /// Waits until the process serves.
    ///
    /// # Panics
    ///
    /// If the process ends or stays silent; the message shows its standard error.
    pub async fn serving(mut self) -> Relay {
        let (sqs, url) = self.addresses().await;
        let address = url
            .strip_prefix("http://")
            .and_then(|address| address.parse().ok())
            .unwrap_or_else(|| panic!("`ready {url}` names no address"));
        Relay {
            process: self,
            address,
            sqs,
        }
    }

    /// Waits until the process has written a line with `words` to standard error.
    ///
    /// # Panics
    ///
    /// If there is no such line within `limit`.
    pub async fn until_told(&mut self, words: &str, limit: Duration) {
        self.stderr.until(words, limit).await;
    }

    /// Waits until the process has written a line with `words` to standard output.
    ///
    /// # Panics
    ///
    /// If there is no such line within `limit`.
    pub async fn until_printed(&mut self, words: &str, limit: Duration) {
        self.stdout.until(words, limit).await;
    }

    /// The id of the process.
    ///
    /// # Panics
    ///
    /// If the process has ended.
    pub fn id(&self) -> u32 {
        self.child
            .id()
            .expect("the process has not been waited for")
    }

    /// Asks the process to end, like Ctrl-C on a terminal or a service manager. `signal` is a name
    /// such as `TERM`.
    pub async fn signal(&self, signal: &str) {
        let id = self.id();
        let status = Command::new("sh")
            .args(["-c", r#"kill -s "$1" "$2""#, "sh", signal])
            .arg(id.to_string())
            .status()
            .await
            .expect("a shell");
        assert!(status.success(), "the process {id} is gone");
    }

    /// Kills the process at once (SIGKILL) and waits for its end. Returns its output.
    pub async fn kill(mut self) -> Written {
        self.child.kill().await.expect("a child can be killed");
        self.ended(Duration::from_secs(10)).await.1
    }

    /// Waits until the process ends by itself. Returns its status and its output.
    pub async fn ended(mut self, limit: Duration) -> (ExitStatus, Written) {
        let status = within(limit, "the end of thingrelay", self.child.wait())
            .await
            .expect("a child can be waited for");
        let written = Written {
            stdout: self.stdout.all().await,
            stderr: self.stderr.all().await,
        };
        (status, written)
    }

    /// The URLs in the lines `sqs URL` and `ready URL` on standard error.
    async fn addresses(&mut self) -> (String, String) {
        let found = |lines: &State| {
            let url_after = |word: &str| {
                let mut urls = lines
                    .lines
                    .iter()
                    .filter_map(|line| line.strip_prefix(word));
                urls.next().map(|url| url.trim().to_owned())
            };
            Some((url_after("sqs ")?, url_after("ready ")?))
        };
        let served = self
            .stderr
            .wait_for(self.start_limit, |lines| {
                lines.ended || found(lines).is_some()
            })
            .await;
        let lines = self.stderr.now();
        match found(&lines) {
            Some(addresses) => addresses,
            None if served => panic!("thingrelay ended:\n{}", lines.lines.join("\n")),
            None => panic!(
                "not ready in {:?}:\n{}",
                self.start_limit,
                lines.lines.join("\n")
            ),
        }
    }
}

/// The output of a process that has ended.
#[derive(Debug)]
pub struct Written {
    /// The lines of standard output.
    pub stdout: Vec<String>,
    /// The lines of standard error.
    pub stderr: Vec<String>,
}

impl Written {
    /// Standard output, then standard error.
    pub fn all(&self) -> String {
        [self.stdout.join("\n"), self.stderr.join("\n")].join("\n")
    }

    /// The events on standard output. A last line that was cut short by a kill is left out.
    ///
    /// # Panics
    ///
    /// If another line is not JSON.
    pub fn events(&self) -> Vec<Value> {
        let whole = self.stdout.iter().filter(|line| line.ends_with('}'));
        whole.map(|line| parse_event(line)).collect()
    }
}

/// A process that serves.
#[derive(Debug)]
pub struct Relay {
    pub process: Process,
    /// The address on which the endpoint listens.
    pub address: SocketAddr,
    /// The URL of the queue server.
    pub sqs: String,
}

impl Relay {
    /// The events on standard output so far.
    ///
    /// # Panics
    ///
    /// If a line is not JSON.
    pub fn events(&self) -> Vec<Value> {
        self.lines().iter().map(|line| parse_event(line)).collect()
    }

    /// The lines of standard output so far, unchanged.
    pub fn lines(&self) -> Vec<String> {
        self.process.stdout.now().lines
    }

    /// The events on standard output so far, each with the time of its arrival.
    ///
    /// # Panics
    ///
    /// If a line is not JSON.
    pub fn arrivals(&self) -> Vec<(Instant, Value)> {
        let State { lines, times, .. } = self.process.stdout.now();
        let events = lines.iter().map(|line| parse_event(line));
        times.into_iter().zip(events).collect()
    }

    /// Waits until at least `count` events have been forwarded. Returns all events so far.
    ///
    /// # Panics
    ///
    /// If the events do not come within `limit`.
    pub async fn events_until(&mut self, count: usize, limit: Duration) -> Vec<Value> {
        let lines = self.lines_until(count, limit).await;
        lines.iter().map(|line| parse_event(line)).collect()
    }

    /// Like [`events_until`](Self::events_until), as lines of standard output.
    ///
    /// # Panics
    ///
    /// If the events do not come within `limit`.
    pub async fn lines_until(&mut self, count: usize, limit: Duration) -> Vec<String> {
        let stdout = &mut self.process.stdout;
        stdout
            .wait_for(limit, |lines| lines.ended || lines.lines.len() >= count)
            .await;
        let lines = stdout.now().lines;
        if lines.len() < count {
            let told = self.told();
            let last = &told[told.len().saturating_sub(40)..];
            panic!(
                "{} of {count} events within {limit:?}; standard error ends:\n{}",
                lines.len(),
                last.join("\n")
            );
        }
        lines
    }

    /// The lines of standard error so far.
    pub fn told(&self) -> Vec<String> {
        self.process.stderr.now().lines
    }
}

fn parse_event(line: &str) -> Value {
    serde_json::from_str(line)
        .unwrap_or_else(|error| panic!("standard output holds events alone: {error} in {line}"))
}

/// The lines that a process writes, as they arrive.
#[derive(Debug)]
pub(crate) struct Lines(watch::Receiver<State>);

#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    lines: Vec<String>,
    /// The time at which each line was read.
    times: Vec<Instant>,
    ended: bool,
}

impl Lines {
    pub(crate) fn collect(pipe: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let (sender, receiver) = watch::channel(State::default());
        tokio::spawn(async move {
            let mut lines = BufReader::new(pipe).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let now = Instant::now();
                keep(line.as_bytes());
                sender.send_modify(|state| {
                    state.lines.push(line);
                    state.times.push(now);
                });
            }
            sender.send_modify(|state| state.ended = true);
        });
        Lines(receiver)
    }

    /// The lines so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.borrow().lines.clone()
    }

    /// Whether the stream has ended.
    pub(crate) fn have_ended(&self) -> bool {
        self.0.borrow().ended
    }

    fn now(&self) -> State {
        self.0.borrow().clone()
    }

    /// Waits for a line with `words`.
    async fn until(&mut self, words: &str, limit: Duration) {
        let said = |state: &State| state.lines.iter().any(|line| line.contains(words));
        self.wait_for(limit, |state| state.ended || said(state))
            .await;
        let state = self.now();
        assert!(said(&state), "nothing of {words:?} in {:#?}", state.lines);
    }

    /// Waits for the condition. Returns whether it came true within the limit.
    async fn wait_for(&mut self, limit: Duration, condition: impl Fn(&State) -> bool) -> bool {
        let waited = timeout(limit, self.0.wait_for(|state| condition(state))).await;
        waited.is_ok_and(|state| state.is_ok())
    }

    async fn all(mut self) -> Vec<String> {
        let limit = Duration::from_secs(10);
        assert!(
            self.wait_for(limit, |state| state.ended).await,
            "the process ended, its pipes stay open: a child of its own holds them"
        );
        self.now().lines
    }
}
