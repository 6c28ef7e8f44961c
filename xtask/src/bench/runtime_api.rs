use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};

/// Where a function asks for work.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.
const NEXT: &str = "GET /2018-06-01/runtime/invocation/next ";

/// How often is looked whether a function has come.
const POLL: Duration = Duration::from_micros(100);

/// A Lambda Runtime API that never has work.
pub(super) struct RuntimeApi(TcpListener);

/// A function that waits for work; it does so as long as this is kept.
pub(super) struct Waiting {
    /// When it asked.
    pub(super) asked: Instant,
    _connection: BufReader<TcpStream>,
}

impl RuntimeApi {
    pub(super) fn start() -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    pub(super) fn address(&self) -> Result<SocketAddr> {
        Ok(self.0.local_addr()?)
    }

    /// Waits until a function asks for work.
    pub(super) fn next(&self, limit: Duration) -> Result<Waiting> {
        let deadline = Instant::now() + limit;
        let stream = loop {
            match self.0.accept() {
                Ok((stream, _)) => break stream,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    ensure!(Instant::now() < deadline, "no request within {limit:?}");
                    std::thread::sleep(POLL);
                }
                Err(error) => bail!(error),
            }
        };
        stream.set_nonblocking(false)?;
        stream.set_read_timeout(Some(limit))?;
        let mut connection = BufReader::new(stream);
        let mut line = String::new();
        connection.read_line(&mut line)?;
        ensure!(line.starts_with(NEXT), "the first request is {line:?}");
        Ok(Waiting {
            asked: Instant::now(),
            _connection: connection,
        })
    }
}
