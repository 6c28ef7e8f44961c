//! The function `push`: accepts a message from a platform, `POST /{source}`.
//!
//! It checks source, signature and freshness, and puts the original with its provenance on the
//! staging queue. Only then does it tell the platform that the message arrived.

#[cfg(not(panic = "unwind"))]
compile_error!("a panic over one message must not end all: build with `panic = \"unwind\"`");

mod request_ids;

use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{Method, header::CONTENT_LENGTH},
};
use request_ids::RequestIds;
use std::{borrow::Cow, collections::HashMap, sync::Arc};
use thingrelay::{
    clock::Clock,
    endpoint::{self, Admitted, Event, RequestError, answer, answer::ProxyResponse},
    internal_event::InternalEvent,
    queue::{Queue, SendError},
    settings::CurrentConfig,
};
use thingrelay_core::{
    config::{EdgeConfig, EdgeSource},
    identity::{Identified, MessageId},
    message::Message,
    panics::catch_panic,
    signature::MatchedToken,
    source::SourceName,
    staged::{Incoming, MAX_ORIGINAL_BYTES, Transport},
    tencent,
    timestamp::Timestamp,
};

/// Accepts messages.
#[derive(Debug)]
pub struct Push<S = Queue> {
    config: Arc<CurrentConfig<EdgeSource>>,
    staging: S,
    clock: Clock,
    identify: Identify,
    request_ids: RequestIds,
}

/// Gives a body its id and group: [`tencent::identify`].
type Identify = fn(&SourceName, &[u8], &[u8]) -> Identified;

/// The part of the staging queue that this function needs.
pub trait Stage {
    /// Returns once the queue has accepted the message.
    fn stage(&self, message: &Message) -> impl Future<Output = Result<(), SendError>> + Send;
}

impl Stage for Queue {
    async fn stage(&self, message: &Message) -> Result<(), SendError> {
        self.send(message).await
    }
}

/// An authenticated message.
struct Genuine<'a> {
    source: &'a SourceName,
    token: Option<MatchedToken>,
    id: MessageId,
    to_stage: Message,
}

impl<S: Stage> Push<S> {
    /// Takes the configuration in use, the staging queue, and the clock for freshness.
    pub fn new(config: Arc<CurrentConfig<EdgeSource>>, staging: S, clock: Clock) -> Self {
        Push {
            config,
            staging,
            clock,
            identify: tencent::identify,
            request_ids: RequestIds::new(),
        }
    }

    /// Answers any event with which the function was invoked.
    pub async fn answer(&self, event: Event) -> ProxyResponse {
        let response = match event.into_call() {
            Some((source, request)) => {
                let parameters = HashMap::from([("source".to_owned(), source)]);
                let request = request.map(Body::Binary).with_path_parameters(parameters);
                self.handle(request).await
            }
            None => {
                InternalEvent::Received { source: None }.emit();
                self.refuse(None, RequestError::MalformedRequest)
            }
        };
        ProxyResponse::of(&response)
    }

    /// Answers one request. The source is the path parameter `source`.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let parameters = request.path_parameters();
        let name = parameters.first("source").unwrap_or_default();
        let config = self.config.current();
        let source = endpoint::find(&config, name);
        InternalEvent::Received { source }.emit();
        let message = match self.check(&config, name, &request) {
            Ok(message) => message,
            Err(refusal) => return self.refuse(source, refusal),
        };
        let (source, id) = (message.source, message.id.as_str());
        if message.token == Some(MatchedToken::Previous) {
            InternalEvent::PreviousToken { source, id }.emit();
        }
        if let Err(error) = self.staging.stage(&message.to_stage).await {
            let error = &error.to_string();
            InternalEvent::Unavailable { source, id, error }.emit();
            return answer::refused(RequestError::StagingUnavailable);
        }
        InternalEvent::Accepted { source, id }.emit();
        answer::accepted()
    }

    /// Answers a request that is refused whatever its body is, before the body has arrived.
    pub fn refuse_by_head(&self, request: &Request) -> Option<Response<Body>> {
        let parameters = request.path_parameters();
        let name = parameters.first("source").unwrap_or_default();
        let config = self.config.current();
        let refusal = admit(&config, name, request, self.clock.now()).err()?;
        let source = endpoint::find(&config, name);
        InternalEvent::Received { source }.emit();
        Some(self.refuse(source, refusal))
    }

    /// Answers a request whose body does not arrive in time.
    pub fn refuse_late(&self, request: &Request) -> Response<Body> {
        let parameters = request.path_parameters();
        let name = parameters.first("source").unwrap_or_default();
        let config = self.config.current();
        let source = endpoint::find(&config, name);
        InternalEvent::Received { source }.emit();
        self.refuse(source, RequestError::BodyTimeout)
    }

    fn refuse(&self, source: Option<&SourceName>, refusal: RequestError) -> Response<Body> {
        InternalEvent::Rejected { source, refusal }.emit();
        answer::refused(refusal)
    }

    fn check<'a>(
        &self,
        config: &'a EdgeConfig,
        name: &str,
        request: &'a Request,
    ) -> Result<Genuine<'a>, RequestError> {
        let now = self.clock.now();
        let admitted = admit(config, name, request, now)?;
        let source = admitted.source;
        let original: &[u8] = request.body();
        if original.len() > MAX_ORIGINAL_BYTES {
            return Err(RequestError::BodyTooLarge);
        }
        // Without a signature, a repeat cannot be told from a new message with the same text, so
        // both are kept.
        let request = admitted
            .signature
            .map_or_else(|| self.request_ids.next(now), Vec::from);
        let (identified, error) =
            match catch_panic(|| (self.identify)(&source.name, &request, original)) {
                Ok(identified) => (identified, None),
                Err(panicked) => (
                    tencent::identify_unread(&source.name, &request, original),
                    Some(panicked.into()),
                ),
            };
        let incoming = Incoming {
            identified,
            source: &source.name,
            platform: source.platform,
            received: now,
            transport: Transport::Http,
            error,
            original: Cow::Borrowed(original),
        };
        let (id, mut to_stage) = incoming.into_message();
        if admitted.is_bound {
            to_stage.fifo = Some(tencent::bound_place(&source.name, &request));
        }
        Ok(Genuine {
            source: &source.name,
            token: admitted.token,
            id,
            to_stage,
        })
    }
}

/// Checks the head of a request.
fn admit<'a>(
    config: &'a EdgeConfig,
    name: &str,
    request: &'a Request,
    now: Timestamp,
) -> Result<Admitted<'a>, RequestError> {
    if request.method() != Method::POST {
        return Err(RequestError::MethodNotAllowed);
    }
    let admitted = endpoint::admit(config, name, request.headers(), now)?;
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    match length {
        Some(length) if length > MAX_ORIGINAL_BYTES => Err(RequestError::BodyTooLarge),
        _ => Ok(admitted),
    }
}

#[cfg(test)]
mod tests;
