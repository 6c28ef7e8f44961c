use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver, Sender};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, bail};

use super::loopback::{Answer, Received, Server};

/// The paths of the Runtime API.
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.
const ROOT: &str = "/2018-06-01/runtime/";

/// How long an invocation may take where nothing else is said.
const DEADLINE: Duration = Duration::from_secs(30);

/// A Lambda Runtime API for one function.
pub(super) struct RuntimeApi {
    server: Server,
    calls: Receiver<Call>,
}

/// A function that waits for work; it does so as long as this is kept.
pub(super) struct Waiting {
    /// When it asked.
    pub(super) asked: Instant,
    reply: Sender<Answer>,
}

/// What a function has made of an event.
pub(super) struct Outcome {
    /// When it had arrived.
    pub(super) at: Instant,
    pub(super) body: String,
}

struct Call {
    request: Received,
    reply: Sender<Answer>,
}

impl RuntimeApi {
    pub(super) fn start() -> Result<Self> {
        let (sender, calls) = mpsc::channel();
        let server = Server::start(move |request| {
            let (reply, answer) = mpsc::channel();
            sender.send(Call { request, reply }).ok()?;
            answer.recv().ok()
        })?;
        Ok(Self { server, calls })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Waits until the function asks for work.
    pub(super) fn next(&self, limit: Duration) -> Result<Waiting> {
        let call = self.call(limit)?;
        match call.path() {
            Some("invocation/next") => Ok(Waiting {
                asked: call.request.at,
                reply: call.reply,
            }),
            _ => bail!("the function was to ask for work: {}", call.display()),
        }
    }

    /// Waits until the function has worked the event that it was given.
    pub(super) fn outcome(&self, limit: Duration) -> Result<Outcome> {
        let call = self.call(limit)?;
        if !call.path().is_some_and(|path| path.ends_with("/response")) {
            bail!("the function was to answer: {}", call.display());
        }
        let accepted = Answer {
            status: "202 Accepted",
            headers: Vec::new(),
            body: String::new(),
        };
        // A function that has ended is noticed by the next call.
        let _ = call.reply.send(accepted);
        Ok(Outcome {
            at: call.request.at,
            body: String::from_utf8(call.request.body)?,
        })
    }

    fn call(&self, limit: Duration) -> Result<Call> {
        self.calls
            .recv_timeout(limit)
            .with_context(|| format!("no request of the function within {limit:?}"))
    }
}

impl Waiting {
    /// Gives it an event.
    pub(super) fn invoke(self, event: String) -> Result<()> {
        self.invoke_for(DEADLINE, event)
    }

    /// Gives it an event, and so much time for it.
    pub(super) fn invoke_for(self, time: Duration, event: String) -> Result<()> {
        let deadline = SystemTime::now().duration_since(UNIX_EPOCH)? + time;
        let text = |value: &str| value.to_owned();
        let answer = Answer {
            status: "200 OK",
            headers: vec![
                ("Content-Type", text("application/json")),
                (
                    "Lambda-Runtime-Aws-Request-Id",
                    text("8476a536-e9f4-11e8-9739-2dfe598c3fcd"),
                ),
                (
                    "Lambda-Runtime-Deadline-Ms",
                    deadline.as_millis().to_string(),
                ),
                (
                    "Lambda-Runtime-Invoked-Function-Arn",
                    text("arn:aws:lambda:us-east-1:123456789012:function:bench"),
                ),
                (
                    "Lambda-Runtime-Trace-Id",
                    text("Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"),
                ),
            ],
            body: event,
        };
        self.reply.send(answer).context("the function has ended")
    }
}

impl Call {
    /// The path after the root of the Runtime API.
    fn path(&self) -> Option<&str> {
        let mut words = self.request.line.split(' ');
        words.nth(1)?.strip_prefix(ROOT)
    }

    fn display(&self) -> String {
        let body = String::from_utf8_lossy(&self.request.body);
        format!("{} {body}", self.request.line)
    }
}
