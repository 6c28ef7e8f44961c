//! The functions, in this process.

use super::{
    endpoint::{Answer, Judged},
    event_source::{Function, InvocationError},
    printer::Printer,
};
use crate::page::{
    Recorder,
    recorder::{AT_WORK, CallNumber},
    watched::{WatchedStaging, WatchedTarget},
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use consumer::{Consumer, Observer};
use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{HeaderValue, Method, header::ALLOW},
};
use push::Push;
use std::{sync::Arc, time::Instant};
use thingrelay::{clock::Clock, endpoint, queue::Queue, settings::CurrentConfig};
use thingrelay_core::{config::EdgeSource, normalize::OutgoingEvent};
use verify::Verify;

/// The most characters of a path in a log line.
const MAX_PATH: usize = 80;

/// The functions behind the endpoint, by method.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    /// Answers GET.
    pub(crate) verify: Arc<Verify>,
    /// Answers POST, and refuses all other methods.
    pub(crate) push: Arc<Push<WatchedStaging>>,
    /// The configured sources.
    pub(crate) config: Arc<CurrentConfig<EdgeSource>>,
    /// The clock that judges requests.
    pub(crate) clock: Clock,
    /// Records the calls.
    pub(crate) recorder: Arc<Recorder>,
}

/// The consumer behind the event source.
pub(crate) struct Forwarding {
    /// Processes the batches.
    pub(crate) consumer: Consumer<Queue, WatchedTarget>,
    /// Prints the forwarded events.
    pub(crate) printer: Arc<Printer>,
}

impl Answer for Edge {
    async fn judge(&self, mut head: Request) -> Judged {
        let parameters = head.path_parameters();
        let source = parameters.first("source").unwrap_or_default();
        let config = self.config.current();
        let known = endpoint::find(&config, source);
        if known.is_none() {
            tracing::warn!(path = shown(head.uri().path()), "no source has this path");
        }
        let configured = known.and_then(|name| config.sources.get(name));
        let configured = configured.map(|source| (source.name.as_str(), source.platform));
        let call = self.recorder.arrived(&head, configured, self.clock.now());
        if *head.method() == Method::GET {
            let response = self.verify.handle(head).await;
            self.recorder.answered(call, &response);
            return Judged::Answered(response);
        }
        let Some(mut response) = self.push.refuse_by_head(&head) else {
            if let Some(call) = call {
                head.extensions_mut().insert(call);
            }
            return Judged::Wanted(head);
        };
        self.recorder.answered(call, &response);
        if *head.method() != Method::POST {
            let allowed = HeaderValue::from_static("GET, POST");
            response.headers_mut().insert(ALLOW, allowed);
        }
        Judged::Answered(response)
    }

    async fn answer(&self, request: Request) -> Response<Body> {
        let Some(call) = request.extensions().get::<CallNumber>().copied() else {
            return self.push.handle(request).await;
        };
        self.recorder.complete(call, request.body());
        let response = AT_WORK.scope(call, self.push.handle(request)).await;
        self.recorder.answered(Some(call), &response);
        response
    }

    fn refuse_late(&self, head: &Request) -> Response<Body> {
        let response = self.push.refuse_late(head);
        let call = head.extensions().get::<CallNumber>().copied();
        self.recorder.answered(call, &response);
        response
    }
}

/// A path for a log line; any client may choose it.
fn shown(path: &str) -> String {
    let shown = path.chars().take(MAX_PATH);
    let mut shown: String = shown.flat_map(char::escape_debug).collect();
    if path.chars().nth(MAX_PATH).is_some() {
        shown.push('…');
    }
    shown
}

/// Prints and records what becomes of messages.
pub(crate) struct Watching {
    pub(crate) printer: Arc<Printer>,
    pub(crate) recorder: Arc<Recorder>,
}

impl Observer for Watching {
    fn read(&self, id: &str, body: &str, events: &[OutgoingEvent]) {
        self.recorder.read(id, body, events);
    }

    fn forwarded(&self, event: &OutgoingEvent) {
        self.recorder.forwarded(event);
        self.printer.forwarded(event);
    }

    fn unrouted(&self, event: &OutgoingEvent) {
        self.recorder.unrouted(event);
        self.printer.unrouted(event);
    }

    fn quarantined(&self, id: &str, reason: &str, detail: &str) {
        self.recorder.quarantined(id, reason, detail);
    }

    fn handed_back(&self, id: &str, reason: &str, detail: &str) {
        self.recorder.handed_back(id, reason, detail);
    }
}

impl Function for Forwarding {
    async fn ready(&self) {
        self.printer.ready().await;
    }

    async fn invoke(
        &self,
        event: SqsEvent,
        deadline: Instant,
    ) -> Result<SqsBatchResponse, InvocationError> {
        self.consumer
            .handle(event, Some(deadline))
            .await
            .map_err(|error| InvocationError::Failed(error.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_short_and_on_one_line() {
        let long = format!("/{}", "x".repeat(200));
        let cases = [
            ("/meters", "/meters".to_owned()),
            ("/a\nb\u{1b}[31m", "/a\\nb\\u{1b}[31m".to_owned()),
            (&long, format!("/{}…", "x".repeat(79))),
        ];
        for (path, expected) in cases {
            assert_eq!(shown(path), expected);
        }
    }
}
