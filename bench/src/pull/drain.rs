use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};
use aws_sdk_sqs::types::MessageSystemAttributeName;
use serde_json::json;
use tokio::time::sleep;

use super::puller::Puller;
use super::service::{Reports, Service};
use super::surroundings::Surroundings;
use crate::queue::Server;
use crate::resources::{cpu_time, peak};

/// The timeout of an invocation, as in template.yaml.
const WINDOW: Duration = Duration::from_secs(300);

/// How often the number of staged messages is checked. Each check costs the queue server about 0.2
/// ms.
/// 0.2 ms.
const LOOK: Duration = Duration::from_millis(20);

/// How long no message may be staged before a program counts as stuck.
const STILL_LIMIT: Duration = Duration::from_secs(30);

/// How long the last acknowledgements may take.
const ACKNOWLEDGE_LIMIT: Duration = Duration::from_secs(10);

/// The results of an invocation that found many messages waiting.
pub(super) struct Drain {
    /// Messages per second, from the first to the last that the queue accepted.
    pub(super) rate: f64,
    /// The time from exec until the program asked for work.
    pub(super) first_next: Duration,
    /// The time from exec until the queue accepted the first message.
    pub(super) first: Duration,
    /// The program's CPU time for one message since exec, in user and system mode.
    pub(super) cpu: Duration,
    /// The CPU time of the queue server and of the broker for one message.
    pub(super) queue_cpu: Duration,
    pub(super) broker_cpu: Duration,
    /// The most bytes that the program had in memory.
    pub(super) peak: u64,
}

/// Lets the program pull all messages of a new project into a new queue.
pub(super) async fn measure(
    puller: &Puller,
    service: &mut impl Service,
    programs: &Path,
    reports: &Reports,
) -> Result<Drain> {
    let project = service.project(reports).await?;
    let address = service.address();
    let queue = Server::start(programs).await?;
    let staging = queue.queues.create_fifo("staging").await;
    let directory = tempfile::tempdir()?;
    let around = Surroundings {
        service: &address,
        project: &project,
        queues: queue.queues.endpoint(),
        staging: &staging,
        directory: directory.path(),
    };
    let queue_before = cpu_time(queue.process()?)?;
    let broker_before = service.cpu_time()?;
    let (began, exec) = (SystemTime::now(), Instant::now());
    let function = puller.start(&around).await?;
    let first_next = function.asked(1).await - exec;
    let invoked = function.clone();
    let invocation = tokio::spawn(async move { invoked.invoke_within(&json!({}), WINDOW).await });
    let messages = reports.messages as u64;
    let (mut staged, mut since) = (0, Instant::now());
    while staged < messages {
        ensure!(
            since.elapsed() < STILL_LIMIT,
            "{staged} of {messages} are staged, and no more come"
        );
        sleep(LOOK).await;
        let depth = queue.depth(&staging).await?;
        if depth != staged {
            (staged, since) = (depth, Instant::now());
        }
    }
    let ended = SystemTime::now();
    let each = |time: Duration, before| time.saturating_sub(before).div_f64(messages as f64);
    let cpu = each(cpu_time(function.process())?, Duration::ZERO);
    let queue_cpu = each(cpu_time(queue.process()?)?, queue_before);
    let broker_cpu = each(service.cpu_time()?, broker_before);
    ensure!(staged == messages, "{staged} of {messages} are staged");
    while service.backlog(&project).await? > 0 {
        ensure!(
            ended.elapsed()? < ACKNOWLEDGE_LIMIT,
            "what is staged is not acknowledged"
        );
        sleep(LOOK).await;
    }
    let first = queue.receive(&staging).await?;
    let sent = first
        .attributes()
        .and_then(|found| found.get(&MessageSystemAttributeName::SentTimestamp));
    let sent = sent.context("the queue does not say when it accepted a message")?;
    let first_sent = UNIX_EPOCH + Duration::from_millis(sent.parse()?);
    let took = ended.duration_since(first_sent)?;
    let peak = peak(function.process())?;
    invocation.abort();
    Ok(Drain {
        rate: messages as f64 / took.as_secs_f64(),
        first_next,
        first: first_sent
            .duration_since(began)
            .context("a message was staged before the program was started")?,
        cpu,
        queue_cpu,
        broker_cpu,
        peak,
    })
}
