use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result, ensure};

use super::puller::{Puller, Surroundings};
use super::service::{Reports, Service};
use crate::bench::queue::Queue;
use crate::bench::resources::{cpu_time, peak};
use crate::bench::runtime_api::RuntimeApi;

/// How long a program may take until it asks for work.
const START_LIMIT: Duration = Duration::from_secs(20);

/// How long an invocation has: as much as template.yaml gives it.
const WINDOW: Duration = Duration::from_secs(300);

/// How often it is looked whether all messages are staged. Each look costs the queue server some
/// 0.2 ms.
const LOOK: Duration = Duration::from_millis(20);

/// How long nothing may be staged before a program counts as stuck.
const STILL_LIMIT: Duration = Duration::from_secs(30);

/// How long the last acknowledgements may take.
const ACKNOWLEDGE_LIMIT: Duration = Duration::from_secs(10);

/// What an invocation did that found many messages waiting.
pub(super) struct Drain {
    /// Messages a second, from the first that the queue accepted to the last.
    pub(super) rate: f64,
    /// From exec until it asked for work.
    pub(super) first_next: Duration,
    /// From exec until the queue accepted the first message.
    pub(super) first: Duration,
    /// CPU time for one message, in user and system mode, of the program from its exec on.
    pub(super) cpu: Duration,
    /// The same of the queue server and of the broker.
    pub(super) queue_cpu: Duration,
    pub(super) broker_cpu: Duration,
    /// The most bytes that the program had in memory.
    pub(super) peak: u64,
}

/// Has the program pull all messages of a new project into a new queue.
pub(super) fn measure(
    puller: &Puller,
    service: &mut Service,
    queue: &Path,
    reports: &Reports,
) -> Result<Drain> {
    let project = service.project(reports)?;
    let address = service.address.clone();
    let queue = Queue::start(queue)?;
    let staging = queue.create("staging.fifo")?;
    let directory = tempfile::tempdir()?;
    let around = Surroundings {
        service: &address,
        project: &project,
        queues: &queue.endpoint(),
        staging: &staging,
        directory: directory.path(),
    };
    let api = RuntimeApi::start()?;
    let queue_before = cpu_time(queue.process())?;
    let broker_before = service.cpu_time()?;
    let (began, exec) = (SystemTime::now(), Instant::now());
    let running = puller.start(&api, &around)?;
    let waiting = api.next(START_LIMIT)?;
    let first_next = waiting.asked - exec;
    waiting.invoke_for(WINDOW, "{}".to_owned())?;
    let messages = u64::from(reports.messages);
    let (mut staged, mut since) = (0, Instant::now());
    while staged < messages {
        ensure!(
            since.elapsed() < STILL_LIMIT,
            "{staged} of {messages} are staged, and no more come"
        );
        thread::sleep(LOOK);
        let depth = queue.depth(&staging)?;
        if depth != staged {
            (staged, since) = (depth, Instant::now());
        }
    }
    let ended = SystemTime::now();
    let each = |time: Duration, before| time.saturating_sub(before) / reports.messages;
    let cpu = each(cpu_time(running.process())?, Duration::ZERO);
    let queue_cpu = each(cpu_time(queue.process())?, queue_before);
    let broker_cpu = each(service.cpu_time()?, broker_before);
    ensure!(staged == messages, "{staged} of {messages} are staged");
    while service.backlog(&project)? > 0 {
        ensure!(
            ended.elapsed()? < ACKNOWLEDGE_LIMIT,
            "what is staged is not acknowledged"
        );
        thread::sleep(LOOK);
    }
    let first_sent = UNIX_EPOCH + Duration::from_millis(queue.first_sent(&staging)?);
    let took = ended.duration_since(first_sent)?;
    Ok(Drain {
        rate: f64::from(reports.messages) / took.as_secs_f64(),
        first_next,
        first: first_sent
            .duration_since(began)
            .context("a message was staged before the program was started")?,
        cpu,
        queue_cpu,
        broker_cpu,
        peak: peak(running.process())?,
    })
}
