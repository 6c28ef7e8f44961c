//! A proxy in front of a broker that holds back what its clients say, or breaks off.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};

/// A running proxy; dropping it stops it and breaks its connections off.
#[derive(Debug)]
pub struct Gate {
    address: SocketAddr,
    muted: watch::Sender<Muted>,
    broken_off: watch::Sender<()>,
    task: JoinHandle<()>,
}

/// Whether what clients say is held back.
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

    /// The proxy's URL.
    pub fn url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Lets nothing through to the broker any more. What the broker says goes on.
    pub fn mute(&self) {
        self.muted.send_replace(Muted::Yes);
    }

    /// Lets everything through that is sent on connections made from now on.
    pub fn unmute(&self) {
        self.muted.send_replace(Muted::No);
    }

    /// Breaks every connection off that is open. New ones are taken.
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
            // However it ends, both sides are closed, which is all that they can learn.
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

/// What came while it was muted is lost, as it is on a connection that breaks.
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
