//! The functions, in this process.

use super::{
    endpoint::Answer,
    event_source::{Function, InvocationError},
    printer::Printer,
};
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use consumer::Consumer;
use lambda_http::{
    Body, Request, Response,
    http::{HeaderValue, Method, header::ALLOW},
};
use push::Push;
use std::{sync::Arc, time::Instant};
use verify::Verify;

/// The functions behind the endpoint, by method.
#[derive(Debug, Clone)]
pub struct Edge {
    /// Answers GET.
    pub verify: Arc<Verify>,
    /// Answers POST, and refuses what is neither.
    pub push: Arc<Push>,
}

/// The consumer behind the event source.
pub struct Forwarding {
    /// Works the batches.
    pub consumer: Consumer,
    /// Prints what it forwards.
    pub printer: Arc<Printer>,
}

impl Answer for Edge {
    async fn answer(&self, request: Request) -> Response<Body> {
        match *request.method() {
            Method::GET => self.verify.handle(request).await,
            Method::POST => self.push.handle(request).await,
            _ => {
                let mut response = self.push.handle(request).await;
                let allowed = HeaderValue::from_static("GET, POST");
                response.headers_mut().insert(ALLOW, allowed);
                response
            }
        }
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
            .map_err(|failed| InvocationError(failed.to_string()))
    }
}
