use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use thingrelay_tests::lambda::{Function, Outcome};

use super::event::Kind;
use super::subject::{Subject, Until};
use super::surroundings::Surroundings;
use crate::resources::{busy, resident};

/// Events before the warm events, in which caches fill and code is compiled.
const FIRST_EVENTS: usize = 50;

/// Events whose CPU time is counted.
const WARM_EVENTS: usize = 200;

/// One start of a subject.
pub(super) struct Start {
    /// The time from exec to the first `next`.
    pub(super) first_next: Duration,
    /// The work afterwards, if the measurement waited for it.
    pub(super) work: Option<Work>,
}

/// The costs of a subject's work.
pub(super) struct Work {
    /// The time from exec to the first answer.
    pub(super) first_answer: Duration,
    /// The bytes in memory after the warm events.
    pub(super) resident: u64,
    /// The CPU time of one warm event, in user and system mode.
    pub(super) cpu: Duration,
}

/// Lets `push` stage a message, and takes it as the pattern for the consumer's events.
pub(super) async fn stage(programs: &Path, surroundings: &mut Surroundings) -> Result<()> {
    let push = Subject::push(programs, surroundings);
    let function = Function::run(push.name, [push.command(surroundings)]).await;
    let event = surroundings.events.make(push.kind)?;
    check(push.kind, function.invoke(&event).await)?;
    let staged = surroundings
        .queue
        .receive(&surroundings.urls.staging)
        .await?;
    surroundings.events.learn(&staged);
    Ok(())
}

/// Starts a subject, lets it work, and ends it.
pub(super) async fn measure(subject: &Subject, around: &mut Surroundings) -> Result<Start> {
    let first = around.events.make(subject.kind)?;
    let command = subject.command(around);
    let began = Instant::now();
    let function = Function::run(subject.name, [command]).await;
    let first_next = function.asked(1).await - began;
    let work = match subject.until {
        Until::Next => None,
        Until::Work => {
            check(subject.kind, function.invoke(&first).await)?;
            let first_answer = began.elapsed();
            Some(Work {
                first_answer,
                cpu: warm(subject, &function, around).await?,
                resident: resident(function.process())?,
            })
        }
    };
    function.end().await;
    Ok(Start { first_next, work })
}

/// The CPU time of one warm event.
async fn warm(
    subject: &Subject,
    function: &Function,
    around: &mut Surroundings,
) -> Result<Duration> {
    let mut before = Duration::ZERO;
    for number in 0..FIRST_EVENTS + WARM_EVENTS {
        // An invocation has ended once the program asks for the next.
        function.asked(number + 2).await;
        if number == FIRST_EVENTS {
            before = busy(function.process())?;
        }
        let event = around.events.make(subject.kind)?;
        check(subject.kind, function.invoke(&event).await)?;
    }
    function.asked(FIRST_EVENTS + WARM_EVENTS + 2).await;
    let spent = busy(function.process())?.saturating_sub(before);
    Ok(spent / WARM_EVENTS as u32)
}

/// Checks for success: a failure would be fast for the wrong reason.
pub(super) fn check(kind: Kind, outcome: Outcome) -> Result<()> {
    let succeeded = match (&outcome, kind) {
        (Ok(answer), Kind::UrlCheck | Kind::Message) => answer["statusCode"] == 200,
        (Ok(answer), Kind::Batch) => answer["batchItemFailures"]
            .as_array()
            .is_some_and(Vec::is_empty),
        (Err(_), _) => false,
    };
    ensure!(succeeded, "it answered {outcome:?}");
    Ok(())
}
