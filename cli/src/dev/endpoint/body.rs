//! Reads bodies of requests, within limits of time and memory.

use super::connections::{Exchange, Room};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use std::{io, time::Duration};
use thingrelay_core::staged::MAX_ORIGINAL_BYTES;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long a body may take, counted from the head of its request.
pub(crate) const TIMEOUT: Duration = Duration::from_secs(20);
/// How long an incomplete body may take once the endpoint has to stop.
const ENDING_TIMEOUT: Duration = Duration::from_secs(1);
/// The steps in which a body reserves memory as its bytes arrive.
const STEP: usize = 16 * 1024;
/// How much of an unwanted body is read, so that its sender sees the answer.
const DISCARDED_BYTES: usize = 16 * 1024 * 1024;
/// How long an unwanted body is read.
const DISCARD_TIMEOUT: Duration = Duration::from_secs(5);

/// The bodies of all requests of an endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Bodies {
    timeout: Duration,
    stop: CancellationToken,
}

/// A body, and the memory that is reserved for it.
#[derive(Debug)]
pub(crate) struct Held {
    bytes: Vec<u8>,
    room: Room,
}

impl Held {
    /// The bytes, and the reservation, which has to be kept for as long as the bytes.
    pub(crate) fn into_parts(self) -> (Vec<u8>, Room) {
        (self.bytes, self.room)
    }
}

impl Bodies {
    /// Each body has the time `timeout`; after `stop`, an incomplete body has one second.
    pub(crate) fn new(timeout: Duration, stop: CancellationToken) -> Bodies {
        Bodies { timeout, stop }
    }

    /// Reads a body. A body that is too large for any queue is read only until its size is a reason
    /// to refuse it.
    ///
    /// # Errors
    /// The body is not complete in time, or has to give way to other bodies.
    pub(crate) async fn read(&self, body: Incoming, exchange: &Exchange) -> io::Result<Held> {
        let ending = async {
            self.stop.cancelled().await;
            sleep(ENDING_TIMEOUT).await;
        };
        let held = tokio::select! {
            held = timeout(self.timeout, hold(body, exchange)) => held??,
            () = ending => return Err(io::ErrorKind::TimedOut.into()),
            () = exchange.given_up() => return Err(io::ErrorKind::TimedOut.into()),
        };
        exchange.end_body();
        Ok(held)
    }
}

/// Reserves memory for the bytes that have arrived, not for the announced length. Pieces of equal
/// size leave no holes in the memory.
async fn hold(mut body: Incoming, exchange: &Exchange) -> io::Result<Held> {
    let most = MAX_ORIGINAL_BYTES + 1;
    let announced = body.size_hint().exact();
    let announced = announced.and_then(|size| usize::try_from(size).ok());
    let mut left = announced.map_or(most, |size| size.min(most));
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    let mut room = exchange.begin_body();
    while left > 0
        && let Some(frame) = body.frame().await
    {
        let frame = frame.map_err(io::Error::other)?;
        let mut data = frame.data_ref().map_or(&[][..], |data| data);
        while !data.is_empty() && left > 0 {
            let open = pieces.last_mut().filter(|it| it.len() < it.capacity());
            let Some(piece) = open else {
                let size = left.min(STEP);
                exchange.grow(&mut room, size).await;
                pieces.push(Vec::with_capacity(size));
                continue;
            };
            let taken = data.len().min(piece.capacity() - piece.len()).min(left);
            let (taken, rest) = data.split_at_checked(taken).unwrap_or((data, &[]));
            piece.extend_from_slice(taken);
            left -= taken.len();
            data = rest;
        }
    }
    discard(body);
    let bytes = pieces.concat();
    Ok(Held { bytes, room })
}

/// Reads the rest of a body and drops it. Otherwise, a sender that is still sending would lose the
/// answer with the connection.
pub(crate) fn discard(mut body: Incoming) {
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
