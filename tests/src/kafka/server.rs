//! A broker as a child process.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use rand::RngExt;
use tokio::sync::OnceCell;
use tokio::time::Instant;

use super::certificate::Certificates;
use crate::deadline::until;

/// The variable that names the program that starts a broker.
const PROGRAM: &str = "THINGRELAY_KAFKA";

/// The variable that names the program that starts a broker of a version that CKafka offers.
const OLDER_PROGRAM: &str = "THINGRELAY_KAFKA_OLDER";

/// The user of the listeners with SASL, named as CKafka names users.
pub const USER: &str = "ckafka-abc123#bob";

/// The user's password.
pub const PASSWORD: &str = "a-password-of-the-tests";

/// How long a start may take. On a quiet machine it takes four seconds.
const START_LIMIT: Duration = Duration::from_secs(120);

/// The file describes itself.
const SUPERVISE: &str = include_str!("../pulsar/supervise.sh");

/// A broker on this machine, with its data. Both are removed when this is dropped or the test
/// program ends in any way.
#[derive(Debug)]
pub struct Kafka {
    supervisor: Mutex<Supervisor>,
    directory: PathBuf,
    ports: [u16; 6],
    certificates: Certificates,
}

/// The shell that starts and ends the broker.
#[derive(Debug)]
struct Supervisor {
    process: Child,
    /// The pipe for orders; it is taken when this is dropped.
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Kafka {
    /// The broker that the tests of one program share. No test kills it.
    pub async fn shared() -> &'static Kafka {
        static SHARED: OnceCell<Kafka> = OnceCell::const_new();
        SHARED.get_or_init(Kafka::start).await
    }

    /// Starts a separate broker and waits until it is ready.
    ///
    /// # Panics
    ///
    /// If the broker does not become ready; the message shows its output.
    pub async fn start() -> Kafka {
        Kafka::run(PROGRAM, "SCRAM-SHA-256\nSCRAM-SHA-512\n", "1000").await
    }

    /// Starts a broker of a version that CKafka offers. A login with SCRAM fails: the controllers
    /// of this version do not support SCRAM. Member sessions last at least 20 s, which a broker may
    /// require.
    ///
    /// # Panics
    ///
    /// As [`Kafka::start`].
    pub async fn start_older() -> Kafka {
        Kafka::run(OLDER_PROGRAM, "", "20000").await
    }

    async fn run(variable: &str, scram: &str, session: &str) -> Kafka {
        let program = env::var_os(variable)
            .unwrap_or_else(|| panic!("{variable} is not set: run `cargo xtask test kafka`"));
        let directory = tempfile::Builder::new()
            .prefix("thingrelay-kafka-")
            .tempdir()
            .expect("a temporary directory")
            .keep();
        let certificates = Certificates::issue();
        for (name, content) in [
            ("user", USER),
            ("password", PASSWORD),
            ("scram", scram),
            ("session", session),
            ("key.pem", &certificates.key),
            ("certificate.pem", &certificates.certificate),
            ("nameless.pem", &certificates.nameless),
            ("authority.pem", &certificates.authority),
        ] {
            fs::write(directory.join(name), content).expect("a file of one's own");
        }
        let ports = free_ports();
        let kafka = Kafka {
            supervisor: Mutex::new(Supervisor::start(&directory, Path::new(&program), ports)),
            directory,
            ports,
            certificates,
        };
        kafka.restart().await;
        kafka
    }

    /// The address without a login.
    pub fn internal(&self) -> SocketAddr {
        self.at(0)
    }

    /// The address with a login, without encryption.
    pub fn sasl(&self) -> SocketAddr {
        self.at(2)
    }

    /// The address with a login, over TLS.
    pub fn sasl_ssl(&self) -> SocketAddr {
        self.at(3)
    }

    /// The address without a login, over TLS.
    pub fn ssl(&self) -> SocketAddr {
        self.at(4)
    }

    /// The address for clients with a certificate. The broker's certificate there names no host.
    pub fn mutual(&self) -> SocketAddr {
        self.at(5)
    }

    /// The authority of all certificates, as PEM.
    pub fn authority(&self) -> &str {
        &self.certificates.authority
    }

    /// A certificate for a client and its key, as PEM.
    pub fn client_certificate(&self) -> (&str, &str) {
        let certificates = &self.certificates;
        (&certificates.client_certificate, &certificates.client_key)
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
        let limit = START_LIMIT + Duration::from_secs(30);
        until(limit, "a broker", || async {
            if self.is_ready().await {
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

    fn at(&self, listener: usize) -> SocketAddr {
        SocketAddr::from((Ipv4Addr::LOCALHOST, self.ports[listener]))
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

impl Supervisor {
    fn start(directory: &Path, program: &Path, ports: [u16; 6]) -> Self {
        let mut process = Command::new("sh")
            .args(["-c", SUPERVISE, "sh"])
            .arg(directory)
            .arg(program)
            .arg(directory)
            .args(ports.map(|port| port.to_string()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Ctrl-C goes to the test program alone, and the shell then notices the end of the
            // program.
            .process_group(0)
            .spawn()
            .expect("a shell");
        let orders = process.stdin.take();
        let answers = process.stdout.take().expect("standard output is a pipe");
        Supervisor {
            process,
            orders,
            answers: BufReader::new(answers),
        }
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
fn free_ports() -> [u16; 6] {
    let mut held = Vec::new();
    while held.len() < 6 {
        let port = rand::rng().random_range(10_000..30_000);
        held.extend(TcpListener::bind((Ipv4Addr::LOCALHOST, port)));
    }
    [0, 1, 2, 3, 4, 5].map(|index: usize| held[index].local_addr().expect("a bound port").port())
}
