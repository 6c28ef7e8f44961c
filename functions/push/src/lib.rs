//! The function `push`: a message from a platform, `POST /{source}`.
//!
//! Source, signature and freshness are checked, the original goes to the staging queue with its
//! provenance, and only then is the platform told that it arrived.

#[cfg(not(panic = "unwind"))]
compile_error!("a panic over one message must not end all: build with `panic = \"unwind\"`");

mod occasion;

use lambda_http::{
    Body, Request, RequestExt, Response,
    http::{Method, header::CONTENT_LENGTH},
};
use occasion::Occasions;
use std::{borrow::Cow, collections::HashMap, sync::Arc};
use thingrelay::{
    clock::Clock,
    endpoint::{self, Admitted, Event, Refusal, answer, answer::Returned},
    occurrence::Occurrence,
    queue::{Queue, SendError},
    settings::Live,
};
use thingrelay_core::{
    config::Config,
    identity::{Identified, MessageId},
    message::{Fifo, Message},
    panics::caught,
    signature::MatchedToken,
    source::SourceName,
    staged::{Delivery, MAX_ORIGINAL_BYTES, Staged},
    tencent,
    timestamp::Timestamp,
};

/// Accepts messages.
#[derive(Debug)]
pub struct Push<S = Queue> {
    config: Arc<Live>,
    staging: S,
    clock: Clock,
    identify: Identify,
    occasions: Occasions,
}

/// Gives a body its id and group: [`tencent::identify`].
type Identify = fn(&SourceName, &[u8], &[u8]) -> Identified;

/// The staging queue, as far as this function needs it.
pub trait Stage {
    /// Returns once the queue has accepted the message.
    fn stage(&self, message: &Message) -> impl Future<Output = Result<(), SendError>> + Send;
}

impl Stage for Queue {
    async fn stage(&self, message: &Message) -> Result<(), SendError> {
        self.send(message).await
    }
}

/// A message that its source has sent.
struct Genuine<'a> {
    source: &'a SourceName,
    token: Option<MatchedToken>,
    id: MessageId,
    to_stage: Message,
}

impl<S: Stage> Push<S> {
    /// With the configuration in use, the staging queue, and the clock that freshness is measured
    /// by.
    pub fn new(config: Arc<Live>, staging: S, clock: Clock) -> Self {
        Push {
            config,
            staging,
            clock,
            identify: tencent::identify,
            occasions: Occasions::new(),
        }
    }

    /// Answers what the function was invoked with, whatever it is.
    pub async fn answer(&self, event: Event) -> Returned {
        let response = match event.into_call() {
            Some((source, request)) => {
                let parameters = HashMap::from([("source".to_owned(), source)]);
                let request = request.map(Body::Binary).with_path_parameters(parameters);
                self.handle(request).await
            }
            None => {
                Occurrence::Received { source: None }.record();
                self.refuse(None, Refusal::MalformedRequest)
            }
        };
        Returned::of(&response)
    }

    /// Answers one request. The source is the path parameter `source`.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let parameters = request.path_parameters();
        let name = parameters.first("source").unwrap_or_default();
        let config = self.config.current();
        let source = endpoint::find(&config, name);
        Occurrence::Received { source }.record();
        let message = match self.check(&config, name, &request) {
            Ok(message) => message,
            Err(refusal) => return self.refuse(source, refusal),
        };
        let (source, id) = (message.source, message.id.as_str());
        if message.token == Some(MatchedToken::Previous) {
            Occurrence::PreviousToken { source, id }.record();
        }
        if let Err(error) = self.staging.stage(&message.to_stage).await {
            let error = &error.to_string();
            Occurrence::Unavailable { source, id, error }.record();
            return answer::refused(Refusal::StagingUnavailable);
        }
        Occurrence::Accepted { source, id }.record();
        answer::accepted()
    }

    /// Answers a request that is refused whatever its body is, which need not have come yet.
    pub fn refuse_by_head(&self, request: &Request) -> Option<Response<Body>> {
        let parameters = request.path_parameters();
        let name = parameters.first("source").unwrap_or_default();
        let config = self.config.current();
        let refusal = admit(&config, name, request, self.clock.now()).err()?;
        let source = endpoint::find(&config, name);
        Occurrence::Received { source }.record();
        Some(self.refuse(source, refusal))
    }

    /// Answers a request whose body does not come in time.
    pub fn refuse_late(&self, request: &Request) -> Response<Body> {
        let parameters = request.path_parameters();
        let name = parameters.first("source").unwrap_or_default();
        let config = self.config.current();
        let source = endpoint::find(&config, name);
        Occurrence::Received { source }.record();
        self.refuse(source, Refusal::BodyTimeout)
    }

    fn refuse(&self, source: Option<&SourceName>, refusal: Refusal) -> Response<Body> {
        Occurrence::Rejected { source, refusal }.record();
        answer::refused(refusal)
    }

    fn check<'a>(
        &self,
        config: &'a Config,
        name: &str,
        request: &'a Request,
    ) -> Result<Genuine<'a>, Refusal> {
        let now = self.clock.now();
        let admitted = admit(config, name, request, now)?;
        let source = admitted.source;
        let original: &[u8] = request.body();
        if original.len() > MAX_ORIGINAL_BYTES {
            return Err(Refusal::BodyTooLarge);
        }
        // Where nothing is signed, nothing tells a repeat from a new message of the same text: both
        // are kept.
        let request = admitted
            .signature
            .map_or_else(|| self.occasions.next(now), Vec::from);
        let (identified, failure) =
            match caught(|| (self.identify)(&source.name, &request, original)) {
                Ok(identified) => (identified, None),
                Err(panicked) => (
                    tencent::identify_unread(&source.name, &request, original),
                    Some(panicked.into()),
                ),
            };
        let staged = Staged {
            id: identified.id,
            source: source.name.clone(),
            platform: source.platform,
            channel: source.channel(),
            received: now,
            delivery: Delivery::Http,
            failure,
            original: Cow::Borrowed(original),
        };
        let to_stage = Message {
            body: staged.to_body(),
            fifo: Some(Fifo {
                group: identified.group.as_str().to_owned(),
                deduplication: staged.id.as_str().to_owned(),
            }),
        };
        Ok(Genuine {
            source: &source.name,
            token: admitted.token,
            id: staged.id,
            to_stage,
        })
    }
}

/// Checks what the head of a request says.
fn admit<'a>(
    config: &'a Config,
    name: &str,
    request: &'a Request,
    now: Timestamp,
) -> Result<Admitted<'a>, Refusal> {
    if request.method() != Method::POST {
        return Err(Refusal::MethodNotAllowed);
    }
    let admitted = endpoint::admit(config, name, request.headers(), now)?;
    let length = request.headers().get(CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    match length {
        Some(length) if length > MAX_ORIGINAL_BYTES => Err(Refusal::BodyTooLarge),
        _ => Ok(admitted),
    }
}

#[cfg(test)]
mod tests;
