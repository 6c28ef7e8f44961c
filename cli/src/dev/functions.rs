//! The functions, in this process.

use super::{
    endpoint::{Answer, Judged},
    event_source::{Function, InvocationError},
    printer::Printer,
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use consumer::Consumer;
use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{HeaderValue, Method, header::ALLOW},
};
use push::Push;
use std::{sync::Arc, time::Instant};
use thingrelay::{endpoint, settings::CurrentConfig};
use thingrelay_core::config::EdgeSource;
use verify::Verify;

/// The most characters of a path in a log line.
const MAX_PATH: usize = 80;

/// The functions behind the endpoint, by method.
#[derive(Debug, Clone)]
pub(crate) struct Edge {
    /// Answers GET.
    pub(crate) verify: Arc<Verify>,
    /// Answers POST, and refuses all other methods.
    pub(crate) push: Arc<Push>,
    /// The configured sources.
    pub(crate) config: Arc<CurrentConfig<EdgeSource>>,
}

/// The consumer behind the event source.
pub(crate) struct Forwarding {
    /// Processes the batches.
    pub(crate) consumer: Consumer,
    /// Prints the forwarded events.
    pub(crate) printer: Arc<Printer>,
}

impl Answer for Edge {
    async fn judge(&self, head: Request) -> Judged {
        let parameters = head.path_parameters();
        let source = parameters.first("source").unwrap_or_default();
        if endpoint::find(&self.config.current(), source).is_none() {
            tracing::warn!(path = shown(head.uri().path()), "no source has this path");
        }
        if *head.method() == Method::GET {
            return Judged::Answered(self.verify.handle(head).await);
        }
        let Some(mut response) = self.push.refuse_by_head(&head) else {
            return Judged::Wanted(head);
        };
        if *head.method() != Method::POST {
            let allowed = HeaderValue::from_static("GET, POST");
            response.headers_mut().insert(ALLOW, allowed);
        }
        Judged::Answered(response)
    }

    async fn answer(&self, request: Request) -> Response<Body> {
        self.push.handle(request).await
    }

    fn refuse_late(&self, head: &Request) -> Response<Body> {
        self.push.refuse_late(head)
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
