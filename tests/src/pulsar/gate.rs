//! A proxy in front of a broker that holds back the messages of clients, or breaks off connections.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A running proxy; dropping it stops the proxy and breaks off its connections.
#[derive(Debug)]
pub struct Gate {
    address: SocketAddr,
    muted: watch::Sender<Muted>,
    broken_off: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// Whether the messages of clients are held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Muted {
    Yes,
    No,
}

impl Gate {
    /// Starts a proxy in front of `upstream`.
    pub async fn start(upstream: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound port");
        let muted = watch::channel(Muted::No).0;
        let broken_off = watch::channel(()).0;
        let task = tokio::spawn(serve(listener, upstream, muted.clone(), broken_off.clone()));
        Gate {
            address,
            muted,
            broken_off,
            task,
        }
    }

    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Stops passing on the bytes of clients. The bytes of the broker still go through.
    pub fn mute(&self) {
        self.muted.send_replace(Muted::Yes);
    }

    /// Passes on everything on new connections.
    pub fn unmute(&self) {
        self.muted.send_replace(Muted::No);
    }

    /// Breaks off all open connections. New connections are accepted.
    pub fn break_off(&self) {
        self.broken_off.send_replace(());
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(
    listener: TcpListener,
    upstream: SocketAddr,
    muted: watch::Sender<Muted>,
    broken_off: watch::Sender<()>,
) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let (muted, mut broken_off) = (muted.subscribe(), broken_off.subscribe());
        connections.spawn(async move {
            // Whatever the result is, both sides are closed, and they cannot learn more.
            tokio::select! {
                _ = connect(client, upstream, muted) => {}
                _ = broken_off.changed() => {}
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn connect(
    client: TcpStream,
    upstream: SocketAddr,
    muted: watch::Receiver<Muted>,
) -> io::Result<()> {
    let upstream = TcpStream::connect(upstream).await?;
    let (mut from_broker, to_broker) = upstream.into_split();
    let (from_client, mut to_client) = client.into_split();
    tokio::select! {
        copied = copy(&mut from_broker, &mut to_client) => copied.map(|_| ()),
        copied = copy_unless_muted(from_client, to_broker, muted) => copied,
    }
}

/// Bytes that arrive while the proxy is muted are lost, as on a connection that breaks.
async fn copy_unless_muted(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    muted: watch::Receiver<Muted>,
) -> io::Result<()> {
    let mut buffer = vec![0; 1 << 16];
    let mut has_lost = false;
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        has_lost |= *muted.borrow() == Muted::Yes;
        if !has_lost {
            to.write_all(&buffer[..length]).await?;
        }
    }
}
