//! Accepts connections and serves them, within limits of number and time.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::process::{Resource, getrlimit};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::protocol::Router;
use crate::socket::Socket;

/// The time that a client may be idle, and the time for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(60);

/// The most bytes of a head, and the most bytes that are read ahead of a body.
const READ_AHEAD: usize = 64 * 1024;

/// The most connections, even if the system allows more.
const MOST: usize = 1000;

/// File descriptors that are left to the rest of the process, and the number of further ones for
/// each connection: a program that embeds the server needs some for its own clients.
const OTHER_DESCRIPTORS: usize = 40;
const DESCRIPTORS_EACH: usize = 3;

/// The pause after a failure to accept, such as too many open files. It doubles up to the longest.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);
const MAX_ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// The time to write an answer once the connection has to end.
const LAST_WRITE: Duration = Duration::from_millis(500);

/// The most connections of this process.
pub(crate) fn most_connections() -> usize {
    let descriptors = getrlimit(Resource::Nofile).current;
    let descriptors = descriptors.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    (descriptors.saturating_sub(OTHER_DESCRIPTORS) / DESCRIPTORS_EACH).clamp(4, MOST)
}

/// Serves until `stopped` is true or its sender is gone, and then until the requests at work are
/// answered.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Arc<Router>,
    most: usize,
    mut stopped: watch::Receiver<bool>,
) {
    let places = Arc::new(Semaphore::new(most));
    let give_way = Arc::<Notify>::default();
    let mut connections = JoinSet::new();
    let mut pause = ACCEPT_PAUSE;
    loop {
        let accepted = tokio::select! {
            // An error means that the server was dropped, which also ends it.
            _ = stopped.wait_for(|stopped| *stopped) => break,
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
        };
        match accepted {
            Ok((stream, _)) => {
                pause = ACCEPT_PAUSE;
                let place = tokio::select! {
                    _ = stopped.wait_for(|stopped| *stopped) => break,
                    place = place(&places, &give_way) => place,
                };
                let connection = Connection {
                    router: Arc::clone(&router),
                    give_way: Arc::clone(&give_way),
                    stopped: stopped.clone(),
                    _place: place,
                };
                connections.spawn(connection.serve(stream));
            }
            Err(error) => {
                tracing::debug!(%error, "cannot accept a connection");
                give_way.notify_one();
                tokio::select! {
                    _ = stopped.wait_for(|stopped| *stopped) => break,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = MAX_ACCEPT_PAUSE.min(pause * 2);
            }
        }
    }
    drop(listener);
    while connections.join_next().await.is_some() {}
}

/// Waits for a place. The connection that has been idle the longest gives way.
async fn place(places: &Arc<Semaphore>, give_way: &Notify) -> Option<OwnedSemaphorePermit> {
    if let Ok(place) = Arc::clone(places).try_acquire_owned() {
        return Some(place);
    }
    give_way.notify_one();
    // The semaphore is never closed.
    Arc::clone(places).acquire_owned().await.ok()
}

struct Connection {
    router: Arc<Router>,
    /// Tells one idle connection to end: the one that has waited for this the longest.
    give_way: Arc<Notify>,
    stopped: watch::Receiver<bool>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    async fn serve(mut self, stream: TcpStream) {
        // Answers are small; waiting to fill a packet would only delay them.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "cannot set TCP_NODELAY");
        }
        let socket = Socket::new(stream);
        let at_work = AtomicBool::new(false);
        let service = service_fn(|request| {
            let work = Work::begin(&at_work);
            let (router, socket) = (&self.router, socket.clone());
            async move {
                let _work = work;
                router.answer(socket.closed(), request).await
            }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .half_close(true)
            .max_buf_size(READ_AHEAD)
            .serve_connection(TokioIo::new(socket.clone()), service);
        let mut connection = pin!(connection);
        let mut given_way = pin!(self.give_way.notified());
        let idle = poll_fn(|context| {
            if let Poll::Ready(served) = connection.as_mut().poll(context) {
                return Poll::Ready(Some(served));
            }
            if at_work.load(Ordering::Relaxed) {
                // A connection at work goes behind all others, and passes a notification on.
                given_way.set(self.give_way.notified());
                return Poll::Pending;
            }
            given_way.as_mut().poll(context).map(|()| None)
        });
        let served = tokio::select! {
            served = idle => served,
            _ = self.stopped.wait_for(|stopped| *stopped) => None,
        };
        let served = match served {
            Some(served) => served,
            None => {
                connection.as_mut().graceful_shutdown();
                let idle = async {
                    while {
                        tokio::time::sleep(LAST_WRITE).await;
                        at_work.load(Ordering::Relaxed)
                    } {}
                };
                tokio::select! {
                    served = connection => served,
                    // A request of which only a part has arrived is not awaited.
                    () = idle => Ok(()),
                }
            }
        };
        if let Err(error) = served {
            tracing::debug!(%error, "a connection broke");
        }
    }
}

/// A request at work.
struct Work<'c>(&'c AtomicBool);

impl Work<'_> {
    fn begin(at_work: &AtomicBool) -> Work<'_> {
        at_work.store(true, Ordering::Relaxed);
        Work(at_work)
    }
}

impl Drop for Work<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Relaxed);
    }
}
