//! A broker as a child process.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use rand::RngExt;
use rand::distr::{Alphanumeric, SampleString};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::deadline::until;
use crate::pulsar::admin::Admin;

/// The variable that names the program that starts a broker.
const PROGRAM: &str = "THINGRELAY_PULSAR";

/// How long a start may take. It takes six seconds on a quiet machine, somewhat more after a kill,
/// and several times as long during a compilation.
const START_LIMIT: Duration = Duration::from_secs(180);

/// The file describes itself.
const SUPERVISE: &str = include_str!("supervise.sh");

/// A broker on this machine, with its data. Both are removed when this is dropped or the test
/// program ends in any way.
#[derive(Debug)]
pub struct Pulsar {
    supervisor: Mutex<Supervisor>,
    directory: PathBuf,
    admin: Admin,
}

/// The shell that starts and ends the broker.
#[derive(Debug)]
struct Supervisor {
    process: Child,
    /// The pipe for orders; it is taken when this is dropped.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Pulsar {
    /// The broker that the tests of one program share. No test kills it.
    pub async fn shared() -> &'static Pulsar {
        static SHARED: OnceCell<Pulsar> = OnceCell::const_new();
        SHARED.get_or_init(Pulsar::start).await
    }

    /// Starts a separate broker and waits until it is ready.
    ///
    /// # Panics
    ///
    /// If the broker does not become ready; the message shows its output.
    pub async fn start() -> Pulsar {
        let program = env::var_os(PROGRAM)
            .unwrap_or_else(|| panic!("{PROGRAM} is not set: run `cargo xtask test pulsar`"));
        let directory = tempfile::Builder::new()
            .prefix("thingrelay-pulsar-")
            .tempdir()
            .expect("a temporary directory")
            .keep();
        let token = Alphanumeric.sample_string(&mut rand::rng(), 24);
        fs::write(directory.join("token"), &token).expect("a file of one's own");
        fs::write(directory.join("pairs"), "").expect("a file of one's own");
        let [broker, web, bookie] = free_ports();
        let mut process = Command::new("sh")
            .args(["-c", SUPERVISE, "sh"])
            .arg(&directory)
            .arg(program)
            .arg(&directory)
            .args([broker, web, bookie].map(|port| port.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C goes to the test program alone, and the shell then notices the end of the
            // program.
            .process_group(0)
            .spawn()
            .expect("a shell");
        let orders = process.stdin.take();
        let answers = process.stdout.take().expect("standard output is a pipe");
        let pulsar = Pulsar {
            supervisor: Mutex::new(Supervisor {
                process,
                orders,
                answers: BufReader::new(answers),
            }),
            directory,
            admin: Admin::new(SocketAddr::from((Ipv4Addr::LOCALHOST, web)), token),
        };
        pulsar.restart().await;
        pulsar
    }

    /// The broker's administrator.
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// The URL of the broker's WebSocket service, without a path.
    pub fn url(&self) -> String {
        format!("ws://{}", self.admin.address())
    }

    /// Kills the broker at once (SIGKILL).
    pub fn kill(&self) {
        self.order("kill");
    }

    /// Starts the broker again with its data, and waits until it is ready.
    ///
    /// # Panics
    ///
    /// If the broker does not become ready; the message shows its output.
    pub async fn restart(&self) {
        self.order("start");
        let deadline = Instant::now() + START_LIMIT;
        until(START_LIMIT + Duration::from_secs(1), "a broker", || async {
            if self.admin.is_ready().await {
                return Some(());
            }
            let runs = self.directory.join("running").exists();
            if !runs || Instant::now() > deadline {
                panic!("a broker was not ready; it printed:\n{}", self.printed());
            }
            None
        })
        .await;
    }

    /// Allows a client to log in with this user name and password. It takes effect at once.
    pub fn let_in(&self, user: &str, password: &str) {
        fs::OpenOptions::new()
            .append(true)
            .open(self.directory.join("pairs"))
            .and_then(|mut file| file.write_all(format!("{user}={password}\n").as_bytes()))
            .expect("a file of one's own");
    }

    fn order(&self, order: &str) {
        let mut supervisor = self.supervisor.lock().expect("no holder panics");
        let orders = supervisor.orders.as_mut().expect("not dropped");
        writeln!(orders, "{order}").expect("the supervisor runs");
        let mut answer = String::new();
        let read = supervisor.answers.read_line(&mut answer);
        read.expect("the supervisor answers");
        assert_eq!(answer, "done\n", "the supervisor's answer to {order}");
    }

    fn printed(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.orders.take());
        // The shell kills the broker and removes the data; this waits until both are done.
        let _ = self.process.wait();
    }
}

/// Ports that were free a moment ago and that no outgoing connection uses: by default, outgoing
/// connections use higher ports on every system. A broker that was killed needs the same ports
/// again.
fn free_ports() -> [u16; 3] {
    let mut held = Vec::new();
    while held.len() < 3 {
        let port = rand::rng().random_range(10_000..30_000);
        held.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    }
    let port = |listener: &TcpListener| listener.local_addr().expect("a bound port").port();
    [port(&held[0]), port(&held[1]), port(&held[2])]
}
