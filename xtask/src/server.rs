use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How long a server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(60);

/// How often a server that starts is asked.
const POLL: Duration = Duration::from_millis(50);

/// Runs the server until the pipe on standard input closes. The pipe closes when this program ends
/// in any way. The server then has five seconds to end. The shell leads a process group, so that 0
/// names all children of the server and the shell itself, which ends with the server.
const GUARD: &str = r#"exec 3<&0
"$@" 3<&- &
server=$!
{ cat <&3 > /dev/null; kill "$server"; sleep 5; kill -s KILL 0; } &
wait "$server"
kill -s KILL 0"#;

/// A running server; dropping it stops it.
pub(crate) struct Server {
    guard: Child,
    port: u16,
}

/// A command for a server that lives no longer than this program.
pub(crate) fn guarded(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", GUARD, "sh"]).arg(program);
    command.stdin(Stdio::piped()).process_group(0);
    command
}

impl Server {
    /// Starts a [`guarded`] server that listens on a port of 127.0.0.1, and waits until a GET of
    /// `path` is answered with 200. `log` is the file for its output.
    pub(crate) fn start(mut command: Command, port: u16, path: &str, log: &Path) -> Result<Self> {
        let file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
        command.stdout(file.try_clone()?).stderr(file);
        let guard = command.spawn().context("cannot start a shell")?;
        let mut server = Self { guard, port };
        server.wait_until_ready(path).with_context(|| {
            let printed = fs::read_to_string(log).unwrap_or_default();
            format!("the server printed:\n{printed}")
        })?;
        Ok(server)
    }

    /// The server's address as a URL.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn wait_until_ready(&mut self, path: &str) -> Result<()> {
        let deadline = Instant::now() + START_LIMIT;
        while Instant::now() < deadline {
            if self.guard.try_wait()?.is_some() {
                bail!("the server ended before it was ready");
            }
            if answers(self.port, path).unwrap_or(false) {
                return Ok(());
            }
            thread::sleep(POLL);
        }
        bail!("the server was not ready within {START_LIMIT:?}")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        if let Err(error) = self.guard.wait() {
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
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
    )?;
    let mut start = [0; 12];
    stream.read_exact(&mut start)?;
    Ok(start == *b"HTTP/1.1 200")
}
