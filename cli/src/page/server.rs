//! The page's HTTP server: the page itself, the API, the stream.

use super::{
    desk::Desk,
    files,
    guard::Guard,
    orders, playing,
    query::Query,
    reply::{self, Body, ReplyError},
    stream,
};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty, Limited};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use std::{convert::Infallible, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinSet};

/// The most connections.
const CONNECTIONS: usize = 64;
/// The most streams. A browser opens six connections to a server: with all of them in use by
/// streams, another tab would not even load.
const STREAMS: usize = 5;
/// The most bytes of a request's body.
const MAX_BODY: usize = 1024 * 1024;
/// How long a client may take for the head of a request.
const HEAD_TIMEOUT: Duration = Duration::from_secs(15);

/// Serves until the future is dropped.
pub(crate) async fn serve(listener: TcpListener, guard: Guard, desk: Arc<Desk>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let streams = Arc::new(Semaphore::new(STREAMS));
    let mut connections = JoinSet::new();
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else {
            return;
        };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::debug!(%error, "the page accepts no connection for now");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let (desk, streams) = (Arc::clone(&desk), Arc::clone(&streams));
        connections.spawn(async move {
            let _place = place;
            let service = service_fn(|request| {
                let (desk, streams) = (Arc::clone(&desk), Arc::clone(&streams));
                async move { Ok::<_, Infallible>(respond(guard, desk, streams, request).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            if let Err(error) = served {
                tracing::debug!(%error, "a connection of the page broke");
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

async fn respond(
    guard: Guard,
    desk: Arc<Desk>,
    streams: Arc<Semaphore>,
    request: Request<Incoming>,
) -> Response<Body> {
    let answered = match guard.judge(&request) {
        Ok(()) => answer(desk, streams, request).await,
        Err(error) => Err(error.into()),
    };
    answered.unwrap_or_else(|error| error.reply())
}

async fn answer(
    desk: Arc<Desk>,
    streams: Arc<Semaphore>,
    request: Request<Incoming>,
) -> Result<Response<Body>, ReplyError> {
    let path = request.uri().path().to_owned();
    let Some(resource) = path.strip_prefix("/api/") else {
        if *request.method() != Method::GET {
            return Err(ReplyError::Method);
        }
        return files::file(&path).ok_or(ReplyError::NotFound);
    };
    let number = |prefix: &str| {
        let number = resource.strip_prefix(prefix)?.strip_prefix('/')?;
        number.parse::<u64>().ok()
    };
    match *request.method() {
        Method::GET => {
            let query = request.uri().query();
            Ok(match resource {
                "facts" => reply::json(&desk.facts()),
                "totals" => reply::json(&desk.totals()),
                "calls" => reply::json(&desk.calls(&Query::parse(query)?).await?),
                "events" => {
                    let query = Query::parse(query)?.of_events();
                    reply::json(&desk.events(&query).await)
                }
                "sample" => reply::json(&playing::sample(&desk, query)?),
                "stream" => {
                    let query = Query::parse(query)?;
                    let Ok(place) = streams.try_acquire_owned() else {
                        return Ok(no_content());
                    };
                    let last = request.headers().get("last-event-id");
                    let last = last.and_then(|id| id.to_str().ok());
                    stream::reply(&desk, last, query.text(), place)
                }
                _ => match number("calls") {
                    Some(number) => reply::json(&desk.call(number)?),
                    None => return Err(ReplyError::NotFound),
                },
            })
        }
        Method::POST => {
            let original = number("original");
            let resource = resource.to_owned();
            let body = read(request.into_body()).await?;
            Ok(match (resource.as_str(), original) {
                ("send", _) => reply::json(&playing::send(&desk, &body).await?),
                ("reveal", _) => reply::json(&orders::reveal(&desk, &body)?),
                ("curl", _) => reply::json(&orders::curl(&desk, &body)?),
                ("faults", _) => reply::json(&orders::set_faults(&desk, &body)?),
                ("stage-again", _) => reply::json(&orders::stage_again(&desk, &body).await?),
                (_, Some(number)) => {
                    let original = desk.original(number)?;
                    reply::file("application/octet-stream", original)
                }
                _ => return Err(ReplyError::NotFound),
            })
        }
        _ => Err(ReplyError::Method),
    }
}

async fn read(body: Incoming) -> Result<Bytes, ReplyError> {
    let read = Limited::new(body, MAX_BODY).collect().await;
    let malformed = |error| ReplyError::Malformed(format!("the body cannot be read: {error}"));
    Ok(read.map_err(malformed)?.to_bytes())
}

/// Tells a browser not to try again.
fn no_content() -> Response<Body> {
    let body = Empty::new().boxed_unsync();
    let mut response = reply::with("text/plain", body);
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}
