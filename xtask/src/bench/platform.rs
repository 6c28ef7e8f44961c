use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use sha1::{Digest, Sha1};

/// How long an answer may take.
const LIMIT: Duration = Duration::from_secs(10);

/// The platform, on a connection that is kept.
pub(super) struct Platform {
    connection: BufReader<TcpStream>,
    source: &'static str,
    token: &'static str,
    sent: u64,
}

/// A message that was accepted.
pub(super) struct Accepted {
    /// When its POST began.
    pub(super) began: Instant,
    /// How long the answer took.
    pub(super) took: Duration,
}

impl Platform {
    /// Connects to the endpoint, to send to this source with this token.
    pub(super) fn connect(
        endpoint: SocketAddr,
        source: &'static str,
        token: &'static str,
    ) -> Result<Self> {
        let stream = TcpStream::connect(endpoint)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LIMIT))?;
        Ok(Self {
            connection: BufReader::new(stream),
            source,
            token,
            sent: 0,
        })
    }

    /// Posts a message, signed anew, and waits for its 200.
    pub(super) fn post(&mut self, body: &str) -> Result<Accepted> {
        self.sent += 1;
        let timestamp = unix_now()?.to_string();
        let nonce = format!("bench{:011}", self.sent);
        let signature = sign(self.token, &timestamp, &nonce);
        let request = format!(
            "POST /{} HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Go-http-client/1.1\r\n\
             Content-Length: {}\r\nContent-Type: application/json\r\nNonce: {nonce}\r\n\
             Signature: {signature}\r\nTimestamp: {timestamp}\r\n\
             Accept-Encoding: gzip\r\n\r\n{body}",
            self.source,
            body.len(),
        );
        let began = Instant::now();
        self.connection.get_mut().write_all(request.as_bytes())?;
        let status = self.answer()?;
        let took = began.elapsed();
        ensure!(status.contains(" 200 "), "the endpoint answered {status:?}");
        Ok(Accepted { began, took })
    }

    /// The status line; headers and body are read and dropped.
    fn answer(&mut self) -> Result<String> {
        let mut status = String::new();
        self.connection.read_line(&mut status)?;
        let mut length = 0;
        loop {
            let mut line = String::new();
            let read = self.connection.read_line(&mut line)?;
            ensure!(read > 0, "the endpoint closed the connection");
            let line = line.trim_end().to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.connection.read_exact(&mut body)?;
        Ok(status)
    }
}

/// Seconds since 1970.
pub(super) fn unix_now() -> Result<u64> {
    Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs())
}

/// The platform's signature: SHA-1 over the three, sorted.
pub(super) fn sign(token: &str, timestamp: &str, nonce: &str) -> String {
    let mut parts = [token, timestamp, nonce];
    parts.sort_unstable();
    hex::encode(Sha1::digest(parts.concat()))
}
