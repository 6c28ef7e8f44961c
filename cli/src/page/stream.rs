//! The stream of changes: server-sent events, each change with the id `boot-version`, so that a
//! browser that lost the connection gets what it missed, and nothing twice.
//!
//! A call that changed several times is sent once, as it is now.

use super::{desk::Desk, reply};
use bytes::Bytes;
use futures::stream;
use http::Response;
use http_body_util::{BodyExt, StreamBody};
use hyper::body::Frame;
use serde_json::json;
use std::{convert::Infallible, fmt::Write, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, watch},
    time::{Instant, sleep_until},
};

/// The most calls of an event.
const MOST: usize = 500;
/// How long changes are gathered before they are sent.
const GATHER: Duration = Duration::from_millis(25);
/// How often the totals are sent.
const TOTALS: Duration = Duration::from_secs(1);

/// A stream to one browser.
struct Stream {
    desk: Arc<Desk>,
    changes: watch::Receiver<()>,
    text: Option<String>,
    /// The version that the browser has.
    version: u64,
    greeting: Option<String>,
    next_totals: Instant,
    _place: OwnedSemaphorePermit,
}

/// Answers with the stream. It begins after the id that the browser had last, if it is of this run.
pub(crate) fn reply(
    desk: &Arc<Desk>,
    last_id: Option<&str>,
    text: Option<&str>,
    place: OwnedSemaphorePermit,
) -> Response<reply::Body> {
    let boot = desk.recorder().boot();
    let current = desk.recorder().calls().map_or(0, |calls| calls.version());
    let known = last_id
        .and_then(|id| id.rsplit_once('-'))
        .filter(|(of, _)| *of == boot)
        .and_then(|(_, version)| version.parse().ok())
        .filter(|version| *version <= current);
    let keep = desk.recorder().calls().map_or(0, |calls| calls.keep());
    let hello = json!({ "boot": boot, "keep": keep, "resumed": known.is_some() });
    let stream = Stream {
        changes: desk.recorder().changes(),
        desk: Arc::clone(desk),
        text: text.map(str::to_owned),
        version: known.unwrap_or(0),
        greeting: Some(format!("retry: 1000\nevent: hello\ndata: {hello}\n\n")),
        next_totals: Instant::now(),
        _place: place,
    };
    let pieces = stream::unfold(stream, |mut stream| async {
        let piece = Frame::data(Bytes::from(stream.next().await));
        Some((Ok::<_, Infallible>(piece), stream))
    });
    reply::with("text/event-stream", StreamBody::new(pieces).boxed_unsync())
}

impl Stream {
    /// The next piece of the stream.
    async fn next(&mut self) -> String {
        if let Some(greeting) = self.greeting.take() {
            return greeting;
        }
        loop {
            if Instant::now() >= self.next_totals {
                self.next_totals = Instant::now() + TOTALS;
                return format!("event: totals\ndata: {}\n\n", self.desk.totals());
            }
            self.changes.mark_unchanged();
            if let Some(piece) = self.changed() {
                return piece;
            }
            tokio::select! {
                changed = self.changes.changed() => match changed {
                    Ok(()) => sleep_until(Instant::now() + GATHER).await,
                    Err(_) => std::future::pending().await,
                },
                () = sleep_until(self.next_totals) => {}
            }
        }
    }

    /// The calls that changed, some of them if they are many.
    fn changed(&mut self) -> Option<String> {
        let calls = self.desk.recorder().calls()?;
        let mut piece = String::from("event: calls\ndata: [");
        let before = self.version;
        for call in calls.changed_after(before).take(MOST) {
            if self.version > before {
                piece.push(',');
            }
            self.version = call.version;
            let summary = serde_json::to_string(&call.summary(self.text.as_deref()));
            // Names and numbers serialise.
            piece += &summary.unwrap_or_default();
        }
        let boot = self.desk.recorder().boot();
        // Writing to memory cannot fail.
        let _ = write!(piece, "]\nid: {boot}-{}\n\n", self.version);
        (self.version > before).then_some(piece)
    }
}
