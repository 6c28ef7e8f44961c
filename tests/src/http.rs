//! HTTP/1.1 byte for byte over a socket: the test writes the bytes of a request and reads those of
//! an answer.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// A parsed answer.
#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    /// The headers in order: names in lower case, values unchanged.
    pub headers: Vec<(String, String)>,
    /// The body, with `Content-Length` bytes.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of the header, if the header came exactly once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut values = self
            .headers
            .iter()
            .filter(|(found, _)| found == name)
            .map(|(_, value)| value.as_str());
        values.next().filter(|_| values.next().is_none())
    }

    /// The code of a refusal: `error` of the JSON body.
    pub fn code(&self) -> Option<String> {
        let body: serde_json::Value = serde_json::from_slice(&self.body).ok()?;
        Some(body.get("error")?.as_str()?.to_owned())
    }
}

/// A connection that is kept open.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    /// The bytes that came after the last answer.
    rest: Vec<u8>,
}

impl Connection {
    /// Opens a connection.
    ///
    /// # Errors
    ///
    /// The connection is refused.
    pub async fn open(address: SocketAddr) -> io::Result<Self> {
        Ok(Connection {
            stream: TcpStream::connect(address).await?,
            rest: Vec::new(),
        })
    }

    /// Sends `request` unchanged and reads one whole answer. A second exchange fails if any bytes
    /// came after the first answer.
    ///
    /// # Errors
    ///
    /// The connection breaks, or the answer is not HTTP.
    pub async fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        // A server that refuses a request early may close the connection before it has read the
        // whole request. Its answer still counts.
        let sent = self.stream.write_all(request).await;
        let answer = self.read_answer().await;
        answer.map_err(|error| sent.err().unwrap_or(error))
    }

    async fn read_answer(&mut self) -> io::Result<Answer> {
        let head_end = loop {
            if let Some(end) = find(&self.rest, b"\r\n\r\n") {
                break end + 4;
            }
            self.read_more().await?;
        };
        let mut answer = parse_head(&self.rest[..head_end]).ok_or_else(|| malformed("head"))?;
        let length: usize = answer
            .header("content-length")
            .and_then(|length| length.parse().ok())
            .ok_or_else(|| malformed("every answer here has one Content-Length"))?;
        while self.rest.len() < head_end + length {
            self.read_more().await?;
        }
        let after = self.rest.split_off(head_end + length);
        answer.body = self.rest.split_off(head_end);
        self.rest = after;
        Ok(answer)
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.rest).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

/// Sends `request` unchanged on a new connection and reads one whole answer.
///
/// # Errors
///
/// The connection is refused or breaks, or the answer is not HTTP.
pub async fn exchange(address: SocketAddr, request: &[u8]) -> io::Result<Answer> {
    Connection::open(address).await?.exchange(request).await
}

fn parse_head(head: &[u8]) -> Option<Answer> {
    let head = std::str::from_utf8(head).ok()?;
    let mut lines = head.trim_end().split("\r\n");
    let status = lines.next()?.strip_prefix("HTTP/1.1 ")?;
    let status = status.get(..3)?.parse().ok()?;
    let headers = lines
        .map(|line| {
            let (name, value) = line.split_once(':')?;
            Some((name.to_ascii_lowercase(), value.trim().to_owned()))
        })
        .collect::<Option<_>>()?;
    Some(Answer {
        status,
        headers,
        body: Vec::new(),
    })
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("malformed answer: {what}"),
    )
}
