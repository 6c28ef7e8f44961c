use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::event::Kind;
use super::subject::{Subject, Until};
use super::surroundings::Surroundings;
use crate::bench::resources::{busy, resident};
use crate::bench::runtime_api::{Outcome, RuntimeApi, Waiting};

/// How long a program may take until it asks for work, and for an event.
const LIMIT: Duration = Duration::from_secs(20);

/// Events before the warm ones, in which caches fill and code is compiled.
const FIRST_EVENTS: u32 = 50;

/// Events whose CPU time is counted.
const WARM_EVENTS: u32 = 200;

/// One start of a subject.
pub(super) struct Start {
    /// From exec to the first `next`.
    pub(super) first_next: Duration,
    /// What came after, where it was waited for.
    pub(super) work: Option<Work>,
}

/// What the work of a subject took.
pub(super) struct Work {
    /// From exec to the first answer.
    pub(super) first_answer: Duration,
    /// Bytes in memory after the warm events.
    pub(super) resident: u64,
    /// CPU time of one warm event, user and system.
    pub(super) cpu: Duration,
}

/// Has `push` stage a message, and takes it as the pattern of what the consumer is given.
pub(super) fn stage(programs: &Path, surroundings: &Surroundings) -> Result<()> {
    let push = Subject::push(programs, surroundings);
    let api = RuntimeApi::start()?;
    let mut command = push.command();
    command
        .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let _process = Running(command.spawn().context("push does not start")?);
    let event = surroundings.events.borrow_mut().make(push.kind)?;
    let outcome = answer(&api, api.next(LIMIT)?, event)?;
    check(push.kind, &outcome)?;
    let staged = surroundings.queue.receive(&surroundings.urls.staging)?;
    surroundings.events.borrow_mut().learn(staged);
    Ok(())
}

/// Starts a subject, has it work, and ends it.
pub(super) fn measure(subject: &Subject, surroundings: &Surroundings) -> Result<Start> {
    let api = RuntimeApi::start()?;
    let mut command = subject.command();
    command
        .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let event = |kind| surroundings.events.borrow_mut().make(kind);
    let first = event(subject.kind)?;
    let began = Instant::now();
    let process = Running(command.spawn().context("it does not start")?);
    let mut waiting = api.next(LIMIT)?;
    let first_next = waiting.asked - began;
    if subject.until == Until::Next {
        return Ok(Start {
            first_next,
            work: None,
        });
    }
    let outcome = answer(&api, waiting, first)?;
    check(subject.kind, &outcome)?;
    let first_answer = outcome.at - began;
    waiting = api.next(LIMIT)?;
    let mut before = Duration::ZERO;
    for number in 0..FIRST_EVENTS + WARM_EVENTS {
        if number == FIRST_EVENTS {
            before = busy(process.0.id())?;
        }
        let outcome = answer(&api, waiting, event(subject.kind)?)?;
        check(subject.kind, &outcome)?;
        waiting = api.next(LIMIT)?;
    }
    let cpu = busy(process.0.id())?.saturating_sub(before) / WARM_EVENTS;
    let work = Work {
        first_answer,
        resident: resident(process.0.id())?,
        cpu,
    };
    // It ends before its connection does, or it would complain.
    drop(process);
    drop(waiting);
    Ok(Start {
        first_next,
        work: Some(work),
    })
}

fn answer(api: &RuntimeApi, waiting: Waiting, event: String) -> Result<Outcome> {
    waiting.invoke(event)?;
    api.outcome(LIMIT)
}

/// An answer that was no success would be quick for nothing.
fn check(kind: Kind, outcome: &Outcome) -> Result<()> {
    let answer: Value = serde_json::from_str(&outcome.body)?;
    let succeeded = match kind {
        Kind::UrlCheck | Kind::Message => answer.pointer("/statusCode") == Some(&200.into()),
        Kind::Batch => answer
            .pointer("/batchItemFailures")
            .and_then(Value::as_array)
            .is_some_and(Vec::is_empty),
    };
    ensure!(succeeded, "it answered {}", outcome.body);
    Ok(())
}

/// Dropping it kills it.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
