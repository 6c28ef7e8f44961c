//! What the function answers.

use super::capture::Capture;
use lambda_http::{Body, Request, RequestExt};
use push::{Push, Stage};
use serde::Deserialize;
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};
use thingrelay::{clock::Clock, queue::SendError, settings::CurrentConfig};
use thingrelay_core::{config::EdgeConfig, message::Message, timestamp::Timestamp};
use verify::Verify;

/// The answer of `verify` or `push`.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Why the request is refused; `None` if it is not.
    pub(crate) refusal: Option<Refusal>,
    /// The message that `push` would stage.
    pub(crate) staged: Option<Message>,
}

/// The body of the answer to a refused request.
#[derive(Debug, Deserialize)]
pub(crate) struct Refusal {
    #[serde(rename = "error")]
    pub(crate) code: String,
    pub(crate) message: String,
}

/// Keeps the message instead of a queue.
#[derive(Debug, Clone, Default)]
struct Tray(Arc<OnceLock<Message>>);

impl Stage for Tray {
    async fn stage(&self, message: &Message) -> Result<(), SendError> {
        // A request gives one message.
        let _ = self.0.set(message.clone());
        Ok(())
    }
}

/// Asks the function for its answer at that time. As at every endpoint of ours, `verify` answers GET.
pub(crate) async fn answer(capture: &Capture, config: &EdgeConfig, at: Timestamp) -> Answer {
    let config = Arc::new(CurrentConfig::new(config.clone()));
    let clock = Clock::from_fn(move || at);
    let body = Body::Binary(capture.body.clone().unwrap_or_default());
    let parameters = HashMap::from([("source".to_owned(), source(capture).to_owned())]);
    let mut request = Request::new(body).with_path_parameters(parameters);
    *request.method_mut() = capture.method.clone();
    *request.headers_mut() = capture.headers.clone();
    let tray = Tray::default();
    let response = match capture.method {
        http::Method::GET => Verify::new(config, clock).handle(request).await,
        _ => Push::new(config, tray.clone(), clock).handle(request).await,
    };
    let is_refused = !response.status().is_success();
    let refusal = is_refused.then(|| serde_json::from_slice(response.body()).ok());
    Answer {
        status: response.status().as_u16(),
        refusal: refusal.flatten(),
        staged: tray.0.get().cloned(),
    }
}

/// The part of the path that names the source.
pub(crate) fn source(capture: &Capture) -> &str {
    capture.path.strip_prefix('/').unwrap_or(&capture.path)
}
