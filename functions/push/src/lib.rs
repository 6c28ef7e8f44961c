//! The function `push`: a message from a platform, `POST /{source}`.
//!
//! Source, signature and freshness are checked, the original goes to the staging queue with its
//! provenance, and only then is the platform told that it arrived.

use lambda_http::{Body, Request, RequestExt, Response, http::Method};
use std::{borrow::Cow, sync::Arc};
use thingrelay::{
    clock::Clock,
    config::Live,
    endpoint::{self, Refusal, answer},
    occurrence::Occurrence,
    queue::{Fifo, Message, Queue, SendError},
    signature::MatchedToken,
    source::SourceName,
    staged::{MAX_ORIGINAL_BYTES, Staged},
    tencent,
};

/// Accepts messages.
#[derive(Debug)]
pub struct Push<S = Queue> {
    config: Arc<Live>,
    staging: S,
    clock: Clock,
}

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

impl<S: Stage> Push<S> {
    /// With the configuration in use, the staging queue, and the clock that freshness is measured
    /// by.
    pub fn new(config: Arc<Live>, staging: S, clock: Clock) -> Self {
        Push {
            config,
            staging,
            clock,
        }
    }

    /// Answers one request. The source is the path parameter `source`.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let parameters = request.path_parameters();
        let name = parameters.first("source").unwrap_or_default();
        match self.accept(name, &request).await {
            Ok(()) => answer::accepted(),
            Err(refusal) => {
                let source = SourceName::parse(name).filter(|_| refusal != Refusal::UnknownSource);
                Occurrence::Refused {
                    source: source.as_ref(),
                    refusal,
                }
                .record();
                answer::refused(refusal)
            }
        }
    }

    async fn accept(&self, name: &str, request: &Request) -> Result<(), Refusal> {
        if request.method() != Method::POST {
            return Err(Refusal::MethodNotAllowed);
        }
        let now = self.clock.now();
        let config = self.config.current();
        let admitted = endpoint::admit(&config, name, request.headers(), now)?;
        let source = admitted.source;
        if admitted.token == Some(MatchedToken::Previous) {
            Occurrence::PreviousToken {
                source: &source.name,
            }
            .record();
        }
        let original: &[u8] = request.body();
        if original.len() > MAX_ORIGINAL_BYTES {
            return Err(Refusal::BodyTooLarge);
        }
        // Where nothing is signed, nothing tells a repeat from a new message of the same text: the
        // time of receipt keeps both.
        let signature = admitted
            .signature
            .map_or_else(|| Cow::Owned(now.to_string()), Cow::Borrowed);
        let identified = tencent::identify(&source.name, &signature, original);
        let staged = Staged {
            id: identified.id,
            source: source.name.clone(),
            platform: source.platform,
            channel: source.channel,
            received: now,
            original: Cow::Borrowed(original),
        };
        let message = Message {
            body: staged.to_body(),
            fifo: Some(Fifo {
                group: identified.group.as_str().to_owned(),
                deduplication: staged.id.as_str().to_owned(),
            }),
        };
        self.staging.stage(&message).await.map_err(|error| {
            Occurrence::StagingFailed {
                source: &source.name,
                error: &error.to_string(),
            }
            .record();
            Refusal::StagingUnavailable
        })?;
        Occurrence::Accepted {
            source: &source.name,
            id: staged.id.as_str(),
        }
        .record();
        Ok(())
    }
}

#[cfg(test)]
mod tests;
