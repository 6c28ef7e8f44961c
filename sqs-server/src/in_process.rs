//! A server without a listener, a thread or a disk of its own: in a simulation the caller is all three.

use std::io;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::{Request, Response};
use redb::{Database, DatabaseError};
use tokio::sync::watch;

use crate::broker::Broker;
use crate::clock::Clock;
use crate::protocol::{Hosts, Router, Service};
use crate::registry::Registry;
use crate::registry::naming::Identity;
use crate::server::{BODY_TIMEOUT, Monitor, StartError};
use crate::store::{Store, Writer};

/// A server that answers the callers of [`InProcess::answer`]. It does all of its work there, so that
/// two runs of the same calls are the same. Dropping it is the end of its process.
#[derive(Debug)]
pub struct InProcess {
    router: Router,
    monitor: Monitor,
    /// The server runs until this is dropped.
    _running: watch::Sender<bool>,
}

impl InProcess {
    /// A server with queues in memory, under an account.
    pub fn in_memory(account: &str, clock: Clock) -> InProcess {
        let registry = Registry::new(identity(account), clock.now());
        InProcess::begin(registry, None, clock)
    }

    /// A server that keeps its queues in a directory, in a database that `open` opens or makes. It must be
    /// called inside a runtime.
    ///
    /// # Errors
    /// The directory or the database cannot be used.
    pub fn on_disk(
        account: &str,
        clock: Clock,
        directory: PathBuf,
        open: impl Fn(&Path) -> Result<Database, DatabaseError> + Send + Sync + 'static,
    ) -> Result<InProcess, StartError> {
        let open = Arc::new(open);
        let store = Store::without_thread(directory, identity(account), clock.clone(), open);
        let (registry, writer) = store.open()?;
        let server = InProcess::begin(registry, Some((store, writer)), clock);
        let broker = server.monitor.broker();
        tokio::spawn(async move { broker.settle_often().await });
        Ok(server)
    }

    fn begin(registry: Registry, kept: Option<(Store, Writer)>, clock: Clock) -> InProcess {
        let (running, stopped) = watch::channel(false);
        let broker = Arc::new(Broker::new(registry, kept, clock, stopped.clone()));
        let service = Service {
            broker: Arc::clone(&broker),
            endpoint: "http://127.0.0.1".to_owned(),
        };
        let hosts = Hosts::new(Ipv4Addr::LOCALHOST.into(), Vec::new());
        InProcess {
            router: Router::new(service, hosts, BODY_TIMEOUT, stopped),
            monitor: Monitor::of(broker),
            _running: running,
        }
    }

    /// Answers a request.
    ///
    /// # Errors
    /// The connection would end without an answer.
    pub async fn answer(&self, request: Request<Full<Bytes>>) -> io::Result<Response<Full<Bytes>>> {
        self.router.answer(std::future::pending(), request).await
    }

    /// A handle for questions about the queues.
    pub fn monitor(&self) -> Monitor {
        self.monitor.clone()
    }
}

fn identity(account: &str) -> Identity {
    Identity {
        region: "us-east-1".to_owned(),
        account: account.to_owned(),
    }
}
