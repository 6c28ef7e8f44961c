use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, ensure};

/// An HTTP server on loopback, a thread for each connection. Dropping it ends it.
pub(super) struct Server {
    address: SocketAddr,
    closing: Arc<AtomicBool>,
}

/// A request, or an answer, as it came.
pub(super) struct Received {
    /// When the last of it had been read.
    pub(super) at: Instant,
    /// Its first line.
    pub(super) line: String,
    headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// What a request is answered.
pub(super) struct Answer {
    pub(super) status: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: String,
}

impl Server {
    /// Answers each request with what `handler` makes of it; its `None` closes the connection.
    pub(super) fn start<H>(handler: H) -> Result<Self>
    where
        H: Fn(Received) -> Option<Answer> + Clone + Send + 'static,
    {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        let closing = Arc::new(AtomicBool::new(false));
        let closes = Arc::clone(&closing);
        thread::spawn(move || {
            for stream in listener.incoming() {
                if closes.load(Ordering::SeqCst) {
                    return;
                }
                let handler = handler.clone();
                // A connection that breaks is the caller's to notice.
                thread::spawn(move || stream.map(|stream| serve(stream, &handler)));
            }
        });
        Ok(Self { address, closing })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.closing.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts; where that fails, it has ended.
        let _ = TcpStream::connect(self.address);
    }
}

impl Received {
    /// Reads one; none at the end of the connection.
    pub(super) fn read(connection: &mut BufReader<TcpStream>) -> Result<Option<Self>> {
        let mut line = String::new();
        match connection.read_line(&mut line) {
            Ok(0) => return Ok(None),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return Ok(None),
            read => read?,
        };
        let mut headers = Vec::new();
        loop {
            let mut header = String::new();
            ensure!(connection.read_line(&mut header)? > 0, "cut off");
            match header.trim_end().split_once(':') {
                Some((name, value)) => {
                    headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
                }
                None => break,
            }
        }
        let mut received = Self {
            at: Instant::now(),
            line: line.trim_end().to_owned(),
            headers,
            body: Vec::new(),
        };
        received.body = received.read_body(connection)?;
        received.at = Instant::now();
        Ok(Some(received))
    }

    /// The value of a header; its name in lower case.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut values = self.headers.iter().filter(|(found, _)| found == name);
        values.next().map(|(_, value)| value.as_str())
    }

    fn read_body(&self, connection: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
        let mut body = Vec::new();
        if self.header("transfer-encoding") != Some("chunked") {
            let length = self.header("content-length").unwrap_or("0").parse()?;
            body.resize(length, 0);
            connection.read_exact(&mut body)?;
            return Ok(body);
        }
        loop {
            let mut size = String::new();
            connection.read_line(&mut size)?;
            let size = usize::from_str_radix(size.trim(), 16).context("a chunk has no size")?;
            let begin = body.len();
            // Behind each chunk, the last and empty one included, stands an end of line.
            body.resize(begin + size + 2, 0);
            connection.read_exact(body.get_mut(begin..).unwrap_or_default())?;
            body.truncate(begin + size);
            if size == 0 {
                return Ok(body);
            }
        }
    }
}

fn serve(stream: TcpStream, handler: &impl Fn(Received) -> Option<Answer>) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut connection = BufReader::new(stream);
    while let Some(request) = Received::read(&mut connection)? {
        let Some(answer) = handler(request) else {
            break;
        };
        let mut text = format!(
            "HTTP/1.1 {}\r\nContent-Length: {}\r\n",
            answer.status,
            answer.body.len()
        );
        for (name, value) in answer.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        text.push_str("\r\n");
        text.push_str(&answer.body);
        connection.get_mut().write_all(text.as_bytes())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_bodies_of_either_length_and_keeps_the_connection() -> Result<()> {
        let server = Server::start(|request| {
            Some(Answer {
                status: "200 OK",
                headers: vec![("X-Line", request.line)],
                body: String::from_utf8(request.body).ok()?,
            })
        })?;
        let stream = TcpStream::connect(server.address())?;
        let mut connection = BufReader::new(stream);
        let cases = [
            ("Content-Length: 5\r\n\r\nhello", "hello"),
            (
                "Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\nA\r\nlo, thing!\r\n0\r\n\r\n",
                "hello, thing!",
            ),
            ("Accept: a\r\n\r\n", ""),
        ];
        for (request, expected) in cases {
            let request = format!("POST /x HTTP/1.1\r\n{request}");
            connection.get_mut().write_all(request.as_bytes())?;
            let answer = Received::read(&mut connection)?.context("no answer")?;
            assert_eq!(answer.line, "HTTP/1.1 200 OK");
            assert_eq!(answer.header("x-line"), Some("POST /x HTTP/1.1"));
            assert_eq!(answer.body, expected.as_bytes());
        }
        Ok(())
    }
}
