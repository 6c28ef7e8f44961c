use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How long a server may take to end by itself before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// How often a condition is checked during a wait.
const POLL: Duration = Duration::from_millis(50);

/// Runs the server until the pipe on standard input closes. The pipe closes when this program ends
/// in any way. The shell leads a process group, so that 0 names the server and all its children. A
/// server that ends by itself ends the shell as well.
const GUARD: &str = r#"{ "$@"; kill -s KILL 0; } & cat > /dev/null; kill -s TERM 0"#;

/// How to start a server.
pub(crate) struct Plan {
    /// The server's program with its arguments and environment.
    pub(crate) command: Command,
    /// The port of 127.0.0.1 on which the server will listen.
    pub(crate) port: u16,
    /// A path that answers 200 as soon as the server is ready.
    pub(crate) ready_path: &'static str,
    /// The file for the output of the server.
    pub(crate) log: PathBuf,
}

/// A running server; dropping it stops it.
pub(crate) struct Server {
    guard: Child,
    port: u16,
}

impl Server {
    /// Starts a server and waits until it is ready.
    pub(crate) fn start(plan: Plan) -> Result<Self> {
        let log = File::create(&plan.log)
            .with_context(|| format!("cannot write {}", plan.log.display()))?;
        let mut command = Command::new("sh");
        command
            .args(["-c", GUARD, "sh"])
            .arg(plan.command.get_program())
            .args(plan.command.get_args())
            .envs(
                plan.command
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::piped())
            .stdout(log.try_clone()?)
            .stderr(log)
            .process_group(0);
        if let Some(directory) = plan.command.get_current_dir() {
            command.current_dir(directory);
        }
        let guard = command.spawn().context("cannot start a shell")?;
        let mut server = Self {
            guard,
            port: plan.port,
        };
        if let Err(error) = server.wait_until_ready(plan.ready_path) {
            let printed = fs::read_to_string(&plan.log).unwrap_or_default();
            return Err(error.context(format!("the server printed:\n{printed}")));
        }
        Ok(server)
    }

    /// The server's address as a URL.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops the server and all its children.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.end()
    }

    fn wait_until_ready(&mut self, path: &str) -> Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if let Some(status) = self.guard.try_wait()? {
                bail!("the server ended before it was ready: {status}");
            }
            if answers(self.port, path).unwrap_or(false) {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        bail!("the server was not ready within {START_LIMIT:?}")
    }

    fn end(&mut self) -> Result<()> {
        drop(self.guard.stdin.take());
        let deadline = Instant::now() + STOP_LIMIT;
        while self.signal_group("0")? {
            // The shell belongs to the group until it is waited for.
            self.guard.try_wait()?;
            if Instant::now() > deadline {
                self.signal_group("KILL")?;
                break;
            }
            thread::sleep(POLL);
        }
        self.guard.wait()?;
        Ok(())
    }

    /// Sends a signal to the whole process group. Returns false if the group has ended.
    fn signal_group(&self, signal: &str) -> Result<bool> {
        let status = Command::new("sh")
            .args(["-c", r#"kill -s "$1" -- "-$2""#, "sh", signal])
            .arg(self.guard.id().to_string())
            .stderr(Stdio::null())
            .status()?;
        Ok(status.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            println!("a server could not be stopped: {error:#}");
        }
    }
}

/// A port that was free a moment ago, for a server that does not accept port 0. Another program may
/// take the port first. The server then ends at once with an error.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    Ok(listener.local_addr()?.port())
}

/// Whether the answer to a GET of a path is 200.
fn answers(port: u16, path: &str) -> Result<bool> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    )?;
    let mut start = [0; 12];
    stream.read_exact(&mut start)?;
    Ok(start == *b"HTTP/1.1 200")
}
