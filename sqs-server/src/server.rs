//! Starts and stops the server, and answers an operator's questions.

#[cfg(test)]
mod tests;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::broker::Broker;
use crate::clock::Clock;
use crate::protocol::{Hosts, Router, Service};
use crate::queue::window::WINDOW;
use crate::queue::{Bound, Depth, Lost, Queue};
use crate::registry::Registry;
use crate::registry::naming::Identity;
use crate::serving;
use crate::store::{BoxError, OpenError, Store};

/// How long `stop` waits for connections that are at work.
const STOP_WAIT: Duration = Duration::from_secs(2);

/// How long the body of a request may take.
pub(crate) const BODY_TIMEOUT: Duration = Duration::from_secs(20);

/// Limits for clients.
#[derive(Debug, Clone, Copy)]
struct Limits {
    connections: usize,
    body_timeout: Duration,
}

/// How a server runs.
#[derive(Debug, Clone)]
pub struct Options {
    /// The address to listen on; port 0 takes a free one. 127.0.0.1:0 by default.
    pub listen: SocketAddr,
    /// The directory for the queues. Without it, they live in memory.
    pub data: Option<PathBuf>,
    /// The region in ARNs; `us-east-1` by default.
    pub region: String,
    /// The account in ARNs and queue URLs; `000000000000` by default.
    pub account: String,
    /// Host names for the server besides its address and those of this machine, such as
    /// `host.docker.internal`. Requests with another `Host` are refused.
    pub hosts: Vec<String>,
    /// The clock. A test may move it.
    pub clock: Clock,
    /// How many messages of a FIFO queue, from the oldest, a receive looks through for a group that
    /// it can deliver; 120,000 by default, as with SQS. A test may take fewer.
    pub window: usize,
}

/// A server that runs until it is stopped or dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    monitor: Monitor,
    stop: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

/// Answers an operator's questions about the queues of a server, without HTTP.
#[derive(Debug, Clone)]
pub struct Monitor {
    broker: Arc<Broker>,
}

/// Why a server does not start. The cause is the source.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another process listens on the address; choose another port.
    #[error("the address {0} is in use")]
    AddressInUse(SocketAddr),
    /// The server cannot listen on the address for another reason.
    #[error("cannot listen on {address}")]
    Listen {
        address: SocketAddr,
        source: io::Error,
    },
    /// Another process keeps its queues in the directory; stop it or choose another directory.
    #[error("the data file {0} is in use by another process")]
    DataLocked(PathBuf),
    /// The data directory or a file in it cannot be created, read or written.
    #[error("cannot use the data at {path}")]
    DataUnusable {
        /// The directory or file.
        path: PathBuf,
        source: io::Error,
    },
    /// The data file is damaged, missing, or written by another program. Nothing was read from it.
    #[error(
        "the data file {path} is damaged, missing or not a data file of this server (restore a backup of both queues.redb and queues.commit, or move both away to start with empty queues; their messages are then neither delivered nor deleted)"
    )]
    DataCorrupt {
        path: PathBuf,
        /// What is damaged.
        source: BoxError,
    },
}

impl Default for Options {
    fn default() -> Options {
        Options {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            data: None,
            region: "us-east-1".to_owned(),
            account: "000000000000".to_owned(),
            hosts: Vec::new(),
            clock: Clock::default(),
            window: WINDOW,
        }
    }
}

impl Server {
    /// Starts a server. It answers requests when this returns.
    ///
    /// # Errors
    /// The server cannot listen on the address, or the data directory cannot be used.
    pub async fn start(options: Options) -> Result<Server, StartError> {
        let limits = Limits {
            connections: serving::most_connections(),
            body_timeout: BODY_TIMEOUT,
        };
        Server::start_within(limits, options).await
    }

    async fn start_within(limits: Limits, options: Options) -> Result<Server, StartError> {
        let listener = TcpListener::bind(options.listen)
            .await
            .map_err(|source| listen_error(options.listen, source))?;
        let address = listener
            .local_addr()
            .map_err(|source| listen_error(options.listen, source))?;
        let identity = Identity {
            region: options.region,
            account: options.account,
        };
        let clock = options.clock;
        let (mut registry, kept) = match options.data {
            Some(directory) => {
                let store = Store::new(directory, identity, clock.clone());
                let (registry, writer) = store.open()?;
                (registry, Some((store, writer)))
            }
            None => (Registry::new(identity, clock.now()), None),
        };
        registry.look_through(options.window);
        let kept_on_disk = kept.is_some();
        let (stop, stopped) = watch::channel(false);
        let broker = Arc::new(Broker::new(registry, kept, clock, stopped.clone()));
        if kept_on_disk {
            let broker = Arc::clone(&broker);
            tokio::spawn(async move { broker.settle_often().await });
        }
        let service = Service {
            broker: Arc::clone(&broker),
            endpoint: format!("http://{address}"),
        };
        let router = Router::new(
            service,
            Hosts::new(address.ip(), options.hosts),
            limits.body_timeout,
            stopped.clone(),
        );
        let serving = serving::serve(listener, Arc::new(router), limits.connections, stopped);
        Ok(Server {
            address,
            monitor: Monitor { broker },
            stop,
            serving: tokio::spawn(serving),
        })
    }

    /// The URL for an SDK, such as `http://127.0.0.1:9324`.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// A handle for questions about the queues. It may outlive the server.
    pub fn monitor(&self) -> Monitor {
        self.monitor.clone()
    }

    /// See [`Monitor::depth`].
    pub fn depth(&self, queue_name: &str) -> Option<Depth> {
        self.monitor.depth(queue_name)
    }

    /// See [`Monitor::duplicates`].
    pub fn duplicates(&self, queue_name: &str) -> Option<u64> {
        self.monitor.duplicates(queue_name)
    }

    /// Stops the server: waiting receives get an empty answer, and requests at work are finished.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        if tokio::time::timeout(STOP_WAIT, &mut self.serving)
            .await
            .is_err()
        {
            self.serving.abort();
        }
        let broker = Arc::clone(&self.monitor.broker);
        if tokio::task::spawn_blocking(move || broker.close())
            .await
            .is_err()
        {
            tracing::error!("closing the store has panicked");
        }
    }
}

impl Drop for Server {
    /// Stops the server as `stop` does, but only waits for the store.
    fn drop(&mut self) {
        let _ = self.stop.send(true);
        self.monitor.broker.close();
    }
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> StartError {
        match error {
            OpenError::Locked(path) => StartError::DataLocked(path),
            OpenError::Unusable { path, source } => StartError::DataUnusable { path, source },
            OpenError::Corrupt { path, source } => StartError::DataCorrupt { path, source },
        }
    }
}

impl Monitor {
    pub(crate) fn of(broker: Arc<Broker>) -> Monitor {
        Monitor { broker }
    }

    pub(crate) fn broker(&self) -> Arc<Broker> {
        Arc::clone(&self.broker)
    }

    /// The number of messages in the queue now; `None` if there is no such queue.
    pub fn depth(&self, queue_name: &str) -> Option<Depth> {
        self.broker.ask(queue_name, Queue::depth)
    }

    /// The number of messages that were sent or moved to the queue since the server started, with those that
    /// repeated an earlier one; `None` if there is no such queue. A send that was answered with an error does not
    /// count.
    pub fn sent(&self, queue_name: &str) -> Option<u64> {
        self.broker
            .look(|registry| registry.peek(queue_name).map(|queue| queue.sent()))
    }

    /// The number of sends to the queue that repeated an earlier one and were dropped, since the
    /// server started; `None` if there is no such queue.
    pub fn duplicates(&self, queue_name: &str) -> Option<u64> {
        self.broker
            .look(|registry| registry.peek(queue_name).map(|queue| queue.duplicates()))
    }

    /// The number of messages of the queue that became dead letters since the server started; `None`
    /// if there is no such queue.
    pub fn dead_lettered(&self, queue_name: &str) -> Option<u64> {
        self.broker
            .look(|registry| registry.peek(queue_name).map(Queue::dead_lettered))
    }

    /// The number of messages that the queue has lost since the server started; `None` if there is
    /// no such queue. Each loss is also in the log.
    pub fn lost(&self, queue_name: &str) -> Option<Lost> {
        self.broker.ask(queue_name, Queue::lost)
    }

    /// Bounds the content of the queue, now or when it is created: beyond the bound, the oldest
    /// waiting messages are dropped. SQS has no such bound. It is for a queue that may have no
    /// reader, so that a long run does not grow.
    pub fn bound(&self, queue_name: &str, bound: Bound) {
        let bounding = |registry: &mut Registry, _| registry.bound(queue_name, bound);
        if let Err(error) = self.broker.look_now(bounding) {
            tracing::warn!(queue_name, %error, "the queue could not be bounded");
        }
    }

    /// The names of all queues, in order.
    pub fn queue_names(&self) -> Vec<String> {
        self.broker
            .look(|registry| registry.names().map(str::to_owned).collect())
    }
}

fn listen_error(address: SocketAddr, source: io::Error) -> StartError {
    if source.kind() == io::ErrorKind::AddrInUse {
        StartError::AddressInUse(address)
    } else {
        StartError::Listen { address, source }
    }
}
