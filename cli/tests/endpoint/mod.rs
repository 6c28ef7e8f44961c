//! A small HTTP endpoint for tests. It is correct or faulty, depending on its answers.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Command, Output},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use thingrelay_core::signature::sign;
use thingrelay_tests::searched::Searched;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

pub const TOKEN: &str = "Zq7LmB2xT9vKc4RnW8sJd3Yh";

/// A received request.
#[derive(Debug, Clone)]
pub struct Received {
    pub method: String,
    pub target: String,
    /// The headers, by lower-case name.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

/// The reaction to a request.
pub enum Reply {
    /// The endpoint sends these bytes, and the connection stays open.
    Raw(Vec<u8>),
    /// The endpoint sends these bytes, and then the connection ends without notice.
    Last(Vec<u8>),
    /// The endpoint sends nothing, and the connection ends.
    HangUp,
    /// The endpoint sends nothing, and the connection stays open.
    Silence,
}

/// A listening endpoint. It ends with the test's process.
pub struct Endpoint {
    pub url: String,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Endpoint {
    pub fn start(answer: impl Fn(&Received) -> Reply + Send + Sync + 'static) -> Endpoint {
        Endpoint::wrapped("http://127.0.0.1", |stream| stream, answer)
    }

    /// An endpoint that speaks TLS under the name localhost.
    pub fn start_tls(
        config: ServerConfig,
        answer: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Endpoint {
        let config = Arc::new(config);
        let wrap = move |stream| {
            StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream)
        };
        Endpoint::wrapped("https://localhost", wrap, answer)
    }

    fn wrapped<S: Read + Write>(
        origin: &str,
        wrap: impl Fn(TcpStream) -> S + Send + Sync + 'static,
        answer: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Endpoint {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("{origin}:{}/meters", listener.local_addr().unwrap().port());
        let received = Arc::new(Mutex::new(Vec::new()));
        let (log, answer, wrap) = (Arc::clone(&received), Arc::new(answer), Arc::new(wrap));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer, wrap) =
                    (Arc::clone(&log), Arc::clone(&answer), Arc::clone(&wrap));
                // A client that has gone must not block a thread for ever.
                stream
                    .set_read_timeout(Some(Duration::from_secs(30)))
                    .unwrap();
                thread::spawn(move || serve(wrap(stream), &log, &*answer));
            }
        });
        Endpoint { url, received }
    }

    pub fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The status and the code of the refusal that this request deserves, if any.
    pub fn fault(&self) -> Option<(u16, &'static str)> {
        let family = if self.headers.contains_key("x-tc-signature") {
            "x-tc-"
        } else {
            ""
        };
        let part = |name: &str| self.header(&format!("{family}{name}"));
        let (signature, timestamp, nonce) = (part("signature"), part("timestamp"), part("nonce"));
        if signature.is_empty() {
            return Some((400, "missing_header"));
        }
        if sign(TOKEN, timestamp, nonce) != signature {
            return Some((401, "bad_signature"));
        }
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap()
            .as_secs();
        if now.abs_diff(timestamp.parse().unwrap()) > 300 {
            return Some((401, "stale"));
        }
        None
    }
}

/// The answer of a correct endpoint.
pub fn right(request: &Received) -> Reply {
    match request.fault() {
        Some((status, word)) => refuse(status, word),
        None => Reply::Raw(respond(
            200,
            "text/plain; charset=utf-8",
            request.header("echostr"),
        )),
    }
}

pub fn refuse(status: u16, word: &str) -> Reply {
    Reply::Raw(respond(
        status,
        "application/json",
        &format!(r#"{{"error":"{word}"}}"#),
    ))
}

pub fn respond(status: u16, content_type: &str, body: &str) -> Vec<u8> {
    let head = format!(
        "Content-Type: {content_type}\r\nContent-Length: {}\r\n",
        body.len()
    );
    raw(status, &head, body)
}

/// An answer with only these headers.
pub fn raw(status: u16, head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Some Reason\r\n{head}\r\n{body}").into_bytes()
}

/// Runs the command and waits for its end.
pub fn thingrelay(args: &[&str]) -> Output {
    command().args(args).searched().unwrap()
}

pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_thingrelay"));
    command.env_remove("THINGRELAY_TOKEN");
    command
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Both output streams, to look for text that must not be there.
pub fn everything(output: &Output) -> String {
    stdout(output) + &String::from_utf8_lossy(&output.stderr)
}

fn serve(
    stream: impl Read + Write,
    log: &Mutex<Vec<Received>>,
    answer: &(dyn Fn(&Received) -> Reply + Send + Sync),
) {
    let mut reader = BufReader::new(stream);
    while let Some(request) = read(&mut reader) {
        let reply = answer(&request);
        log.lock().unwrap().push(request);
        match reply {
            Reply::Raw(bytes) => {
                if reader.get_mut().write_all(&bytes).is_err() {
                    return;
                }
            }
            Reply::Last(bytes) => {
                let _ = reader.get_mut().write_all(&bytes);
                return;
            }
            Reply::HangUp => return,
            Reply::Silence => {
                // The read ends when the client closes the connection.
                let _ = reader.read(&mut [0]);
                return;
            }
        }
    }
}

fn read(reader: &mut impl BufRead) -> Option<Received> {
    let mut line = String::new();
    reader
        .read_line(&mut line)
        .ok()
        .filter(|length| *length > 0)?;
    let mut words = line.split_whitespace();
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers
        .get("content-length")
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Received {
        method,
        target,
        headers,
        body,
    })
}
