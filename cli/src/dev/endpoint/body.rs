//! Bodies of requests, within limits of time and memory.

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::{io, sync::Arc, time::Duration};
use thingrelay_core::staged::MAX_ORIGINAL_BYTES;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How long a body may take, from the head on.
pub const TIMEOUT: Duration = Duration::from_secs(20);
/// How long a body that is on its way may take once the endpoint is told to end.
const ENDING_TIMEOUT: Duration = Duration::from_secs(1);
/// How many bytes of bodies are held at a time. A body that finds no room waits.
const HELD_BYTES: usize = 64 * 1024 * 1024;
/// The bytes that a permit stands for.
const PERMIT_BYTES: usize = 1024;
/// How much of a body is read that nobody wants, so that its sender sees the answer.
const DISCARDED_BYTES: usize = 16 * 1024 * 1024;
/// For how long.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// The bodies of all requests of an endpoint.
#[derive(Debug, Clone)]
pub struct Bodies {
    room: Arc<Semaphore>,
    timeout: Duration,
    stop: CancellationToken,
}

/// A body, and the room that it takes.
#[derive(Debug)]
pub struct Held {
    bytes: Vec<u8>,
    room: OwnedSemaphorePermit,
}

impl Held {
    /// The bytes, and what is to be kept for as long as they are.
    pub fn into_parts(self) -> (Vec<u8>, OwnedSemaphorePermit) {
        (self.bytes, self.room)
    }
}

impl Bodies {
    /// None yet. Each has this time; after `stop`, what is on its way gets a second.
    pub fn new(timeout: Duration, stop: CancellationToken) -> Bodies {
        Bodies {
            room: Arc::new(Semaphore::new(HELD_BYTES / PERMIT_BYTES)),
            timeout,
            stop,
        }
    }

    /// Reads a body. Of one that is larger than any queue takes, so much that whoever gets it
    /// refuses it for its size.
    ///
    /// # Errors
    /// It does not come whole in time, or there is no room in time.
    pub async fn read(&self, body: Incoming) -> io::Result<Held> {
        let ending = async {
            self.stop.cancelled().await;
            sleep(ENDING_TIMEOUT).await;
        };
        tokio::select! {
            held = timeout(self.timeout, self.hold(body)) => held?,
            () = ending => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    async fn hold(&self, mut body: Incoming) -> io::Result<Held> {
        let most = MAX_ORIGINAL_BYTES + 1;
        let announced = body.size_hint().exact();
        let size = announced.map_or(most, |size| {
            usize::try_from(size).map_or(most, |size| size.min(most))
        });
        let permits = u32::try_from(size.div_ceil(PERMIT_BYTES)).map_err(io::Error::other)?;
        let room = Arc::clone(&self.room).acquire_many_owned(permits);
        let room = room.await.map_err(io::Error::other)?;
        let mut bytes = Vec::new();
        while bytes.len() < most
            && let Some(frame) = body.frame().await
        {
            if let Ok(data) = frame.map_err(io::Error::other)?.into_data() {
                let room = most - bytes.len();
                bytes.extend_from_slice(data.get(..room).unwrap_or(&data));
            }
        }
        discard(body);
        Ok(Held { bytes, room })
    }
}

/// Reads the rest of a body and keeps nothing: a sender that is not done would else lose the answer
/// with the connection.
pub fn discard(mut body: Incoming) {
    if body.is_end_stream() {
        return;
    }
    let discarding = async move {
        let mut seen = 0;
        while seen < DISCARDED_BYTES
            && let Some(Ok(frame)) = body.frame().await
        {
            seen += frame.data_ref().map_or(0, |data| data.len());
        }
    };
    tokio::spawn(timeout(DISCARD_TIMEOUT, discarding));
}
