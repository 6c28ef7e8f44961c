use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// How often a process is asked whether it has ended.
const POLL: Duration = Duration::from_millis(20);

/// Kills a process group when the pipe on standard input closes, which it does when this program
/// ends, in whatever way.
const GUARD: &str = r#"cat > /dev/null; kill -s KILL -- "-$1" 2> /dev/null"#;

/// A command in a process group of its own, as on a terminal; dropping it kills the group.
pub(super) struct Session {
    child: Child,
    guard: Child,
    output: Arc<Output>,
}

/// What an ended command printed.
pub(super) struct Ended {
    /// How it ended.
    pub(super) status: ExitStatus,
    /// What it printed.
    pub(super) printed: Printed,
}

/// The lines that a command has printed.
#[derive(Clone, Default)]
pub(super) struct Printed {
    /// On standard output.
    pub(super) stdout: Vec<String>,
    /// On standard error.
    pub(super) stderr: Vec<String>,
    /// How many of the two have ended.
    closed: u8,
}

#[derive(Default)]
struct Output {
    printed: Mutex<Printed>,
    changed: Condvar,
}

impl Session {
    /// Starts a command.
    pub(super) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot run {command:?}"))?;
        let guard = Command::new("sh")
            .args(["-c", GUARD, "sh", &child.id().to_string()])
            .stdin(Stdio::piped())
            .process_group(0)
            .spawn();
        let guard = match guard {
            Ok(guard) => guard,
            Err(error) => {
                child.kill()?;
                return Err(error).context("cannot run sh");
            }
        };
        let output = Arc::new(Output::default());
        if let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) {
            collect(stdout, &output, |printed| &mut printed.stdout);
            collect(stderr, &output, |printed| &mut printed.stderr);
        }
        Ok(Self {
            child,
            guard,
            output,
        })
    }

    /// What has been printed until now.
    pub(super) fn printed(&self) -> Printed {
        self.output.lock().clone()
    }

    /// Waits until something is found in what is printed. Fails, with all that was printed, when
    /// it is not there in time or cannot come any more.
    pub(super) fn wait_for<T>(
        &self,
        what: &str,
        limit: Duration,
        look: impl Fn(&Printed) -> Option<T>,
    ) -> Result<T> {
        let deadline = Instant::now() + limit;
        let mut printed = self.output.lock();
        loop {
            if let Some(found) = look(&printed) {
                return Ok(found);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if printed.has_ended() || left.is_zero() {
                let when = if left.is_zero() {
                    "in time"
                } else {
                    "before it ended"
                };
                bail!("{what} did not come {when}; it printed:\n{}", printed.all());
            }
            (printed, _) = self
                .output
                .changed
                .wait_timeout(printed, left)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Sends a signal to the whole group, as a terminal does for Ctrl-C with `INT`.
    pub(super) fn signal(&self, signal: &str) -> Result<()> {
        let status = Command::new("sh")
            .args(["-c", r#"kill -s "$1" -- "-$2""#, "sh", signal])
            .arg(self.child.id().to_string())
            .status()?;
        if !status.success() {
            bail!("it is gone; it printed:\n{}", self.printed().all());
        }
        Ok(())
    }

    /// Waits for the end of the command and of everything that it started.
    pub(super) fn ended(mut self, limit: Duration) -> Result<Ended> {
        let deadline = Instant::now() + limit;
        self.wait_for("its end", limit, |printed| {
            printed.has_ended().then_some(())
        })?;
        loop {
            if let Some(status) = self.child.try_wait()? {
                let printed = self.printed();
                return Ok(Ended { status, printed });
            }
            if Instant::now() > deadline {
                bail!("it did not end in time");
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        for child in [&mut self.guard, &mut self.child] {
            if let Err(error) = child.wait() {
                println!("a process could not be waited for: {error}");
            }
        }
    }
}

impl Printed {
    fn has_ended(&self) -> bool {
        self.closed == 2
    }

    /// Standard output, then standard error.
    pub(super) fn all(&self) -> String {
        [self.stdout.join("\n"), self.stderr.join("\n")].join("\n")
    }
}

impl Output {
    fn lock(&self) -> MutexGuard<'_, Printed> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Printed)) {
        change(&mut self.lock());
        self.changed.notify_all();
    }
}

/// Collects the lines of a pipe until it ends.
fn collect(
    pipe: impl Read + Send + 'static,
    output: &Arc<Output>,
    lines_of: fn(&mut Printed) -> &mut Vec<String>,
) {
    let output = Arc::clone(output);
    thread::spawn(move || {
        for line in BufReader::new(pipe).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            output.change(|printed| lines_of(printed).push(line));
        }
        output.change(|printed| printed.closed += 1);
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(120);

    fn bash(script: &str) -> Result<Session> {
        Session::start(Command::new("sh").args(["-c", script]))
    }

    #[test]
    fn lines_status_and_signals_come_through() -> Result<()> {
        let ended = bash("echo out; echo err >&2; exit 3")?.ended(LIMIT)?;
        assert_eq!(ended.status.code(), Some(3));
        assert_eq!(ended.printed.stdout, ["out"]);
        assert_eq!(ended.printed.stderr, ["err"]);

        // Not INT: a shell cannot trap what its parent ignores, and a job in the background of a
        // script ignores INT.
        let session =
            bash("trap 'echo ended; exit 0' TERM; echo up; while :; do sleep 0.01; done")?;
        session.wait_for("up", LIMIT, |printed| printed.stdout.first().cloned())?;
        session.signal("TERM")?;
        let ended = session.ended(LIMIT)?;
        assert!(ended.status.success(), "{}", ended.printed.all());
        assert_eq!(ended.printed.stdout, ["up", "ended"]);
        Ok(())
    }

    #[test]
    fn what_never_comes_is_an_error() -> Result<()> {
        let never = |printed: &Printed| printed.stdout.get(1).cloned();
        let ended = bash("echo one")?.wait_for("two", LIMIT, never);
        assert!(ended.is_err_and(|error| error.to_string().contains("before it ended")));
        let limit = Duration::from_millis(1);
        let silent = bash("exec sleep 600")?.wait_for("two", limit, never);
        assert!(silent.is_err_and(|error| error.to_string().contains("in time")));
        Ok(())
    }

    #[test]
    fn dropping_a_session_kills_its_children_too() -> Result<()> {
        let session = bash("sleep 600 & echo up; wait")?;
        session.wait_for("up", LIMIT, |printed| printed.stdout.first().cloned())?;
        let output = Arc::clone(&session.output);
        drop(session);
        // The pipes stay open as long as anybody of the group lives.
        let deadline = Instant::now() + LIMIT;
        while !output.lock().has_ended() {
            assert!(Instant::now() < deadline, "a child lives on");
            thread::sleep(POLL);
        }
        Ok(())
    }
}
