//! `thingrelay dev` as a process: what it prints, what it refuses, how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    missing_docs
)]

use std::{
    io::{BufRead, BufReader, Read},
    net::{SocketAddr, TcpListener},
    process::{Child, ChildStdout, Command, Output, Stdio},
    sync::mpsc::{Receiver, RecvTimeoutError, channel},
    thread,
    time::{Duration, Instant},
};

const LIMIT: Duration = Duration::from_secs(30);

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thingrelay"));
    command
        .arg("dev")
        .args(arguments)
        .env_remove("RUST_LOG")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// A process that serves; dropping it kills it.
struct Relay {
    child: Child,
    stdout: Option<Lines>,
    stderr: Lines,
}

impl Relay {
    /// Starts it on a free port, and waits until it serves.
    fn start(arguments: &[&str]) -> (Relay, String) {
        Relay::spawn(&mut command(arguments))
    }

    fn spawn(command: &mut Command) -> (Relay, String) {
        let mut child = command.args(["--listen", "127.0.0.1:0"]).spawn().unwrap();
        let mut relay = Relay {
            stdout: child.stdout.take().map(Lines::read),
            stderr: Lines::read(child.stderr.take().unwrap()),
            child,
        };
        let ready = relay.stderr.until(|line| line.starts_with("ready "));
        let url = ready
            .last()
            .unwrap()
            .strip_prefix("ready ")
            .unwrap()
            .to_owned();
        (relay, url)
    }

    fn stdout(&mut self) -> &mut Lines {
        self.stdout.as_mut().unwrap()
    }

    fn terminate(&self) {
        let id = self.child.id().to_string();
        let killed = Command::new("kill").args(["-s", "TERM", &id]).status();
        assert!(killed.unwrap().success());
    }

    /// The exit code, once it has ended by itself.
    fn ended(&mut self) -> Option<i32> {
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

/// The lines of a pipe, as they come.
struct Lines(Receiver<String>);

impl Lines {
    fn read(pipe: impl Read + Send + 'static) -> Lines {
        let (sender, receiver) = channel();
        thread::spawn(move || {
            for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Lines(receiver)
    }

    /// The lines until the first that is meant, which is the last of them.
    fn until(&mut self, meant: impl Fn(&str) -> bool) -> Vec<String> {
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

    /// All lines that are left, once the pipe is closed.
    fn rest(&mut self) -> Vec<String> {
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

fn is_there(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", "command -v \"$1\"", "sh", program])
        .stdout(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// The shells of this machine that the printed commands are for.
fn shells() -> Vec<&'static str> {
    ["sh", "bash", "zsh", "dash", "ksh"]
        .into_iter()
        .filter(|shell| is_there(shell))
        .collect()
}

fn run(shell: &str, line: &str) -> Output {
    let output = Command::new(shell).args(["-c", line]).output().unwrap();
    assert!(
        output.status.success(),
        "{shell}: {}\n{line}",
        String::from_utf8_lossy(&output.stderr)
    );
    output
}

#[test]
fn the_printed_commands_give_the_echo_and_an_event_in_every_shell() {
    if !is_there("curl") {
        eprintln!("not tested: this machine has no curl");
        return;
    }
    let (mut relay, url) = Relay::start(&[]);
    let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
    let commands: Vec<&String> = guide
        .iter()
        .filter(|line| line.contains("; curl "))
        .collect();
    assert_eq!(commands.len(), 6, "{guide:#?}");
    for source in ["hub", "explorer", "video"] {
        let push_url = format!("{url}/{source}");
        assert!(
            guide.iter().any(|line| line.trim() == push_url),
            "{guide:#?}"
        );
        let of_source = commands.iter().filter(|line| line.contains(&push_url));
        assert_eq!(of_source.count(), 2);
    }
    for shell in shells() {
        for line in &commands {
            let printed = String::from_utf8(run(shell, line).stdout).unwrap();
            if line.contains("Echostr") {
                assert!(printed.starts_with("echo-n"), "{shell}: {printed}");
            } else {
                assert_eq!(printed, "200\n", "{shell}");
                let event = relay.stdout().until(|line| line.contains("DEMO/device-1"));
                let event = event.last().unwrap();
                assert!(event.contains("device.properties"), "{event}");
                assert!(event.contains("temperature=21.5"), "{event}");
                assert!(
                    !event.contains('\u{1b}'),
                    "colour without a terminal: {event}"
                );
            }
        }
    }
}

#[test]
fn the_printed_commands_sign_with_openssl_where_there_is_no_sha1sum() {
    if !is_there("curl") || !is_there("openssl") {
        eprintln!("not tested: this machine has no curl or no openssl");
        return;
    }
    let (mut relay, _) = Relay::start(&[]);
    let guide = relay.stdout().until(|line| line.starts_with("Ctrl-C"));
    let check = guide
        .iter()
        .find(|line| line.contains("Echostr: "))
        .unwrap();
    assert!(check.contains("sha1sum "), "{check}");
    let without = check.replace("sha1sum ", "no-such-program ");
    let printed = String::from_utf8(run("sh", &without).stdout).unwrap();
    assert!(printed.starts_with("echo-n"), "{printed}");
}

#[test]
fn refusals_are_told_on_standard_error_and_hold_no_token() {
    let (mut relay, url) = Relay::start(&["--json"]);
    let address: SocketAddr = url.strip_prefix("http://").unwrap().parse().unwrap();
    let answer = exchange(
        address,
        "PUT /hub HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 405"), "{answer}");
    assert!(
        answer.contains(r#"{"error":"method_not_allowed""#),
        "{answer}"
    );
    let answer = exchange(
        address,
        "GET /hub HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    );
    assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
    let told = relay.stderr.until(|line| line.contains("missing_header"));
    assert!(
        told.iter().any(|line| line.contains("method_not_allowed")),
        "{told:#?}"
    );
    relay.terminate();
    assert_eq!(relay.ended(), Some(0));
    let printed = relay.stdout().rest();
    assert!(printed.is_empty(), "{printed:#?}");
}

fn exchange(address: SocketAddr, request: &str) -> String {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn what_it_cannot_start_with_is_said_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = directory.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    };
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let held = listener.local_addr().unwrap().to_string();
    let token = "uY3bQ8sXk1Wn5Ze7Rf2Jc9Lt6Hv4Mp0A";
    let two_problems = write(
        "two.toml",
        &format!(
            "[sources.a]\nplatform = \"none\"\ntokens = [\"{token}\"]\n[sources.b]\nplatform = \"tencent-iot-hub\"\ntokens = [\"short\"]\n"
        ),
    );
    let cases: Vec<(Vec<&str>, Vec<&str>)> = vec![
        (vec!["--listen", &held], vec![&held, "in use"]),
        (
            vec!["--config", "no-such-file"],
            vec!["no-such-file", "No such file"],
        ),
        (
            vec!["--config", &two_problems],
            vec![
                "two.toml",
                "sources.a.platform",
                "sources.b.tokens[0]",
                "shorter than 16",
            ],
        ),
        (vec!["--sqs-listen", "0.0.0.0:0"], vec!["loopback"]),
        (
            vec!["--visibility-timeout", "0"],
            vec!["--visibility-timeout"],
        ),
        (vec!["--data", &two_problems], vec!["two.toml"]),
    ];
    let empty = write("empty.toml", "");
    let no_source = (
        vec!["--config", empty.as_str()],
        vec!["empty.toml", "no source"],
    );
    for (arguments, words) in cases.into_iter().chain([no_source]) {
        let mut with_port = arguments.clone();
        if !arguments.contains(&"--listen") {
            with_port.extend(["--listen", "127.0.0.1:0"]);
        }
        let output = command(&with_port).output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        for word in words {
            assert!(told.contains(word), "{arguments:?} without {word}: {told}");
        }
        assert!(!told.contains(token), "{told}");
    }
}

#[test]
fn a_reader_that_goes_ends_it_quietly() {
    if !is_there("curl") {
        eprintln!("not tested: this machine has no curl");
        return;
    }
    let mut child = command(&["--listen", "127.0.0.1:0"]).spawn().unwrap();
    let mut stdout: BufReader<ChildStdout> = BufReader::new(child.stdout.take().unwrap());
    let mut push = String::new();
    while !push.contains("; curl ") || push.contains("Echostr") {
        push.clear();
        assert_ne!(
            stdout.read_line(&mut push).unwrap(),
            0,
            "no command printed"
        );
    }
    let mut relay = Relay {
        stdout: None,
        stderr: Lines::read(child.stderr.take().unwrap()),
        child,
    };
    relay.stderr.until(|line| line.starts_with("ready "));
    drop(stdout);
    run("sh", push.trim());
    assert_eq!(relay.ended(), Some(0));
    let told = relay.stderr.rest();
    assert!(told.is_empty(), "{told:#?}");
}

#[test]
fn kept_queues_are_there_again_with_other_settings() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("data");
    for visibility in ["30", "5"] {
        let arguments = [
            "--json",
            "--data",
            data.to_str().unwrap(),
            "--visibility-timeout",
            visibility,
        ];
        let (mut relay, _) = Relay::start(&arguments);
        relay.terminate();
        assert_eq!(relay.ended(), Some(0));
    }
}

const TOKEN: &str = "uY3bQ8sXk1Wn5Ze7Rf2Jc9Lt6Hv4Mp0A";

/// A source `meters`, and a target that nobody can reach.
fn config_without_reachable_target(directory: &std::path::Path) -> String {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = closed.local_addr().unwrap();
    let path = directory.join("relay.toml");
    let text = format!(
        "[sources.meters]\nplatform = \"tencent-iot-hub\"\ntokens = [\"{TOKEN}\"]\n\
         [targets.events]\ntype = \"sqs\"\nqueue_url = \"http://{address}/000000000000/events.fifo\"\n"
    );
    std::fs::write(&path, text).unwrap();
    path.to_string_lossy().into_owned()
}

/// Pushes as `thingrelay send` does, which must be accepted.
fn send(url: &str, token: &str, arguments: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_thingrelay"))
        .args(["send", url, "--token", token])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
}

#[test]
fn a_second_signal_ends_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_without_reachable_target(directory.path());
    let (mut relay, url) = Relay::start(&["--json", "--config", &config]);
    send(&format!("{url}/meters"), TOKEN, &[]);
    let asked = Instant::now();
    relay.terminate();
    relay
        .stderr
        .until(|line| line.contains("left to forward: 1"));
    relay.terminate();
    assert_eq!(relay.ended(), Some(1));
    // The first signal alone would have it wait for 10 s.
    assert!(
        asked.elapsed() < Duration::from_secs(8),
        "{:?}",
        asked.elapsed()
    );
    let told = relay.stderr.rest();
    assert!(
        told.iter().any(|line| line.contains("are lost")),
        "{told:#?}"
    );
}

#[test]
fn dead_letters_are_told() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_without_reachable_target(directory.path());
    let arguments = ["--json", "--config", &config, "--visibility-timeout", "1"];
    let (mut relay, url) = Relay::start(&arguments);
    send(&format!("{url}/meters"), TOKEN, &[]);
    let told = relay.stderr.until(|line| line.contains("dead letters"));
    assert!(
        told.last().unwrap().contains("dead-letter.fifo"),
        "{told:#?}"
    );
    assert!(told.iter().all(|line| !line.contains(TOKEN)), "{told:#?}");
}

#[test]
fn quarantine_is_told_with_its_reason() {
    let directory = tempfile::tempdir().unwrap();
    let config = config_without_reachable_target(directory.path());
    let (mut relay, url) = Relay::start(&["--json", "--config", &config]);
    send(&format!("{url}/meters"), TOKEN, &["--template", "no JSON"]);
    let told = relay.stderr.until(|line| line.contains("quarantined"));
    assert!(told.last().unwrap().contains("not_json"), "{told:#?}");
}
