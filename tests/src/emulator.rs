//! `cargo lambda watch` as a child process, on this machine alone.
//!
//! Source: <https://www.cargo-lambda.info/commands/watch.html>.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::Write;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::searched::{keep, kept};

/// The variable that names the directory of cargo-lambda's programs.
const PROGRAMS: &str = "THINGRELAY_CARGO_LAMBDA";

/// How long the emulator may take to end by itself before it is killed.
const STOP_LIMIT: Duration = Duration::from_secs(10);

/// How often a condition is checked during a wait.
const POLL: Duration = Duration::from_millis(20);

/// A running emulator of every function of this workspace; dropping it ends all its processes.
#[derive(Debug)]
pub struct Emulator {
    child: Child,
    address: SocketAddr,
    log: PathBuf,
}

/// An address of this machine that was free a moment ago. The emulator does not accept port 0, so
/// another program may take the port first. The emulator then ends at once with an error.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    listener.local_addr().expect("a bound port")
}

impl Emulator {
    /// Starts the emulator in `directory`, where it finds the functions' environment as in the
    /// checkout. Functions are started by their first invocation.
    ///
    /// # Panics
    ///
    /// If the emulator cannot be started.
    pub fn start(directory: &Path, address: SocketAddr) -> Self {
        let log = directory.join(format!("emulator-{}.log", address.port()));
        let output = File::options().create(true).append(true).open(&log);
        let output = output.expect("a file for the log");
        let child = cargo_lambda(directory)
            .arg("watch")
            .args(["-A", &address.ip().to_string()])
            .args(["-P", &address.port().to_string()])
            .args(["--ignore-changes", "--disable-cors", "--manifest-path"])
            .arg(workspace().join("Cargo.toml"))
            .stdin(Stdio::null())
            .stdout(output.try_clone().expect("a second handle"))
            .stderr(output)
            .process_group(0)
            .spawn()
            .expect("cargo can be started");
        Emulator {
            child,
            address,
            log,
        }
    }

    /// The address on which the emulator listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The output of the emulator and the functions so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Invokes a function with an event file of the checkout, through `cargo lambda invoke`.
    ///
    /// # Panics
    ///
    /// If cargo cannot be started, or no answer comes.
    pub fn invoke(&self, function: &str, file: &str) -> Output {
        let mut invoking = cargo_lambda(&workspace())
            .args(["invoke", function])
            .args(["-A", &self.address.ip().to_string()])
            .args(["-P", &self.address.port().to_string()])
            .args(["--data-file", file])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("cargo can be started");
        let deadline = Instant::now() + Duration::from_secs(60);
        while invoking.try_wait().expect("a child").is_none() {
            if Instant::now() > deadline {
                invoking.kill().expect("a child can be killed");
                panic!("no answer of {function}:\n{}", self.log());
            }
            thread::sleep(POLL);
        }
        kept(invoking.wait_with_output().expect("what it wrote"))
    }

    /// Kills the emulator at once (SIGKILL), like a crash, and waits until its functions have
    /// ended.
    ///
    /// # Panics
    ///
    /// If the functions do not end: they have no work without the emulator.
    pub fn kill(mut self) {
        signal("KILL", self.child.id());
        self.child.wait().expect("a child can be waited for");
        let deadline = Instant::now() + STOP_LIMIT;
        while !self.functions().is_empty() {
            assert!(Instant::now() < deadline, "functions without emulator");
            thread::sleep(POLL);
        }
    }

    /// The processes of the emulator's functions, which lead their own process groups. Their
    /// environment holds the emulator's address.
    fn functions(&self) -> Vec<u32> {
        let told = format!("AWS_LAMBDA_RUNTIME_API=http://{}/", self.address);
        let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
        processes
            .filter_map(|entry| {
                let id = entry.file_name().to_str()?.parse().ok()?;
                let environment = fs::read(entry.path().join("environ")).ok()?;
                let is_its = environment
                    .split(|byte| *byte == 0)
                    .any(|variable| variable.starts_with(told.as_bytes()));
                is_its.then_some(id)
            })
            .collect()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        signal("TERM", self.child.id());
        let deadline = Instant::now() + STOP_LIMIT;
        while self.child.try_wait().is_ok_and(|ended| ended.is_none()) {
            if Instant::now() > deadline {
                signal("KILL", self.child.id());
            }
            thread::sleep(POLL);
        }
        for function in self.functions() {
            signal("KILL", function);
        }
        keep(self.log().as_bytes());
        if thread::panicking() {
            let text = format!("the emulator wrote:\n{}\n", self.log());
            // The test has already failed.
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
    }
}

/// Sends a signal to a process group.
fn signal(name: &str, leader: u32) {
    // An error means that the process group has ended.
    let _ = Command::new("sh")
        .args(["-c", r#"kill -s "$1" -- "-$2""#, "sh", name])
        .arg(leader.to_string())
        .stderr(Stdio::null())
        .status();
}

fn cargo_lambda(directory: &Path) -> Command {
    let programs = env::var_os(PROGRAMS)
        .unwrap_or_else(|| panic!("{PROGRAMS} is not set: run `cargo xtask test lambda`"));
    let mut path = programs;
    path.push(":");
    path.push(env::var_os("PATH").unwrap_or_default());
    let cargo = env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo"));
    let mut command = Command::new(cargo);
    command
        .arg("lambda")
        .env("PATH", path)
        .current_dir(directory);
    command
}

fn workspace() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR").expect("cargo runs the test");
    let package = PathBuf::from(package);
    let parent = package
        .parent()
        .expect("tests is a directory of the workspace");
    parent.to_owned()
}
