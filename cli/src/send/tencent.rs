//! Pushes messages over HTTP; each worker has one connection.

use super::{
    args::Tencent,
    plan::{Content, Device, Message},
    run::{Prepared, Run},
    tally::{Summary, Tally},
    worker::Link,
};
use crate::platform::{
    Answer, ConnectError, Connection, Connector, ExchangeError, Signer,
    request::{random_letters, unix_seconds},
};
use http::StatusCode;
use std::time::Duration;

/// The number of letters in an Echostr on the platform's page.
const ECHOSTR_LETTERS: usize = 16;

/// Pushes the messages.
///
/// # Errors
/// The run cannot begin.
pub(super) async fn send(args: &Tencent, run: &mut Run) -> anyhow::Result<Summary> {
    let token = args.token.get()?;
    let connector = Connector::new(&args.url)?;
    let family = args.header_family.unwrap_or(args.kind.header_family());
    let signer = Signer::new(args.url.clone(), token.clone(), family);
    let limit = args.messages.limit();
    let content = || {
        if args.get {
            Content::UrlCheck
        } else {
            Content::Tencent(args.kind.recipe())
        }
    };
    let plan = match run.prepare(&args.messages, content).await? {
        Prepared::Plan(plan) => plan,
        Prepared::Ended(summary) => return Ok(summary),
    };
    let link = || Pushing {
        connector: connector.clone(),
        signer: signer.clone(),
        limit,
        connection: None,
    };
    run.play(&args.messages, plan, link).await
}

/// A link that pushes.
pub(crate) struct Pushing {
    pub(crate) connector: Connector,
    /// Signs each attempt.
    pub(crate) signer: Signer,
    /// How long to wait for an answer.
    pub(crate) limit: Duration,
    /// The open connection, between two messages.
    pub(crate) connection: Option<Connection>,
}

#[derive(Debug, thiserror::Error)]
enum PushError {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Exchange(#[from] ExchangeError),
    #[error("the answer has status {}", .0.status)]
    Status(Answer),
    #[error("the Echostr came back changed")]
    Echostr,
}

impl Link for Pushing {
    async fn attempt(
        &mut self,
        _: &Device,
        message: &Message,
        tally: &mut Tally,
    ) -> Result<(), String> {
        let attempted = self.push(message, tally).await;
        attempted.map_err(|failure| failure.code())
    }
}

impl Pushing {
    async fn push(&mut self, message: &Message, tally: &mut Tally) -> Result<(), PushError> {
        let echostr = random_letters(ECHOSTR_LETTERS);
        let request = || match message {
            Message::Push(body) => self.signer.push(body.clone(), unix_seconds()),
            Message::UrlCheck => self.signer.url_check(&echostr, unix_seconds()),
        };
        let answer = loop {
            let idle = match self.connection.take() {
                Some(idle) => idle.unless_ended().await,
                None => None,
            };
            let mut open = match idle {
                Some(open) => open,
                None => self.connector.open().await?,
            };
            let was_used = open.is_used();
            match open.exchange(request(), self.limit).await {
                Ok(answer) => {
                    self.connection = Some(open);
                    break answer;
                }
                // The server closed the idle connection as the request left, as HTTP allows. If the
                // server did take the request, the second request is a duplicate with the same
                // identity.
                Err(ExchangeError::Lost(_)) if was_used => {}
                Err(error) => return Err(error.into()),
            }
        };
        tally.answered(answer.took);
        match message {
            _ if answer.status != StatusCode::OK => Err(PushError::Status(answer)),
            Message::UrlCheck if answer.body != echostr => Err(PushError::Echostr),
            _ => Ok(()),
        }
    }
}

impl PushError {
    /// The code under which the failure is counted: the endpoint's own, or else one of this
    /// program.
    fn code(&self) -> String {
        let word = match self {
            PushError::Status(answer) => {
                return answer
                    .code()
                    .unwrap_or_else(|| format!("http_{}", answer.status.as_u16()));
            }
            PushError::Connect(error) => error.code(),
            PushError::Exchange(ExchangeError::TimedOut(_)) => "timeout",
            PushError::Exchange(ExchangeError::Lost(_)) => "connection_lost",
            PushError::Exchange(_) => "not_http",
            PushError::Echostr => "echostr_changed",
        };
        word.to_owned()
    }
}
