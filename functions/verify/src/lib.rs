//! The function `verify`: answers the platform's check of a push URL, `GET /{source}`.
//!
//! It checks source, signature and freshness, and then returns only the Echostr.

use lambda_http::{Body, Request, RequestExt, Response, http::Method};
use std::{collections::HashMap, sync::Arc};
use thingrelay::{
    clock::Clock,
    endpoint::{self, Event, RequestError, answer, answer::ProxyResponse},
    internal_event::InternalEvent,
    settings::CurrentConfig,
};
use thingrelay_core::{
    config::{EdgeConfig, EdgeSource},
    signature::MatchedToken,
    source::SourceName,
};

/// Answers URL checks.
#[derive(Debug)]
pub struct Verify {
    config: Arc<CurrentConfig<EdgeSource>>,
    clock: Clock,
}

impl Verify {
    /// Takes the configuration in use, and the clock for freshness.
    pub fn new(config: Arc<CurrentConfig<EdgeSource>>, clock: Clock) -> Self {
        Verify { config, clock }
    }

    /// Answers any event with which the function was invoked.
    pub async fn answer(&self, event: Event) -> ProxyResponse {
        let response = match event.into_call() {
            Some((source, request)) => {
                let parameters = HashMap::from([("source".to_owned(), source)]);
                let request = request.map(Body::Binary).with_path_parameters(parameters);
                self.handle(request).await
            }
            None => self.refuse(None, RequestError::MalformedRequest),
        };
        ProxyResponse::of(&response)
    }

    /// Answers one request. The source is the path parameter `source`.
    pub async fn handle(&self, request: Request) -> Response<Body> {
        let parameters = request.path_parameters();
        let name = parameters.first("source").unwrap_or_default();
        let config = self.config.current();
        match self.echo(&config, name, &request) {
            Ok(echo) => answer::echoed(echo),
            Err(refusal) => {
                let source = endpoint::find(&config, name);
                self.refuse(source, refusal)
            }
        }
    }

    fn refuse(&self, source: Option<&SourceName>, refusal: RequestError) -> Response<Body> {
        InternalEvent::UrlCheckRefused { source, refusal }.emit();
        answer::refused(refusal)
    }

    fn echo<'a>(
        &self,
        config: &EdgeConfig,
        name: &str,
        request: &'a Request,
    ) -> Result<&'a str, RequestError> {
        if request.method() != Method::GET {
            return Err(RequestError::MethodNotAllowed);
        }
        let admitted = endpoint::admit(config, name, request.headers(), self.clock.now())?;
        let echo = endpoint::echo::echo(request.headers())?;
        let source = &admitted.source.name;
        if admitted.token == Some(MatchedToken::Previous) {
            InternalEvent::PreviousToken { source, id: "" }.emit();
        }
        InternalEvent::UrlChecked { source }.emit();
        Ok(echo)
    }
}

#[cfg(test)]
mod tests;
