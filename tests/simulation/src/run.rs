//! One run, from its first message to the verdict.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::ensure;
use serde_json::{Value, json};
use thingrelay::telemetry::Counters;
use tokio::runtime::Builder;
use tokio::task::JoinSet;
use tokio::time::sleep;

use crate::broker::{Topic, pull};
use crate::fault::{Fault, FaultId, Party};
use crate::functions::poll_staging;
use crate::message::{Sent, number_in};
use crate::operator::Operator;
use crate::oracle::{Evidence, judge};
use crate::plan::Plan;
use crate::record::Record;
use crate::source::{Endpoint, forge, send};
use crate::temper::Restart;
use crate::webhook::poll_webhook;
use crate::world::{DEAD_LETTERS, QUARANTINE, STAGING, World};

/// How often a message is received before it is a dead letter: as in the template, or fewer times
/// where some messages end their invocations.
const MAX_RECEIVES: u32 = 1000;
const FEW_RECEIVES: u32 = 30;

/// What is late arrives within this time.
const LATE: Duration = Duration::from_secs(60);

/// How long the staging queue may take to become empty.
const PATIENCE: Duration = Duration::from_secs(48 * 60 * 60);

/// How long a broker may take to be told of all its records.
const PULLING: Duration = Duration::from_secs(60 * 60);

/// How often is looked whether it is.
const LOOK: Duration = Duration::from_secs(30);

/// What came of a run.
#[derive(Debug, Clone, Default)]
pub struct Outcome {
    /// What is wrong; nothing, if all is well.
    pub problems: Vec<String>,
    /// What happened, in its order.
    pub trace: Vec<String>,
    /// The faults that happened.
    pub faults: Vec<(FaultId, Fault)>,
    /// How many messages were acknowledged.
    pub acknowledged: usize,
    /// How many events came out.
    pub events: usize,
    /// How long it took, by the simulated clock.
    pub simulated: Duration,
}

/// Runs a plan.
///
/// # Errors
/// The simulation itself does not work.
pub fn run(plan: &Plan) -> anyhow::Result<Outcome> {
    fastrand::seed(plan.seed);
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()?;
    let counters = Counters::default();
    metrics::with_local_recorder(&counters, || runtime.block_on(simulate(plan, &counters)))
}

async fn simulate(plan: &Plan, counters: &Counters) -> anyhow::Result<Outcome> {
    let world = World::begin(plan)?;
    let is_deadly = world.temper().deadly > 0.0;
    let max_receives = if is_deadly {
        FEW_RECEIVES
    } else {
        MAX_RECEIVES
    };
    world.make_queues(max_receives).await?;
    let sent: Vec<Sent> = (0..plan.messages)
        .map(|number| Sent::of(number, world.temper(), world.choices()))
        .collect();
    let endpoint = Endpoint::default();
    let topic = Topic::new();
    let truncated = Arc::<Mutex<BTreeSet<usize>>>::default();
    let begin_functions = || {
        for _ in 0..world.temper().pollers {
            world.spawn(poll_staging(world.clone(), plan.planted));
        }
        for target in world.targets().iter().filter(|target| target.is_webhook) {
            for _ in 0..world.temper().webhook_pollers {
                world.spawn(poll_webhook(world.clone(), target.clone(), plan.planted));
            }
        }
        if sent.iter().any(|sent| sent.is_pulled) {
            for member in 0..world.temper().members {
                world.spawn(pull(
                    world.clone(),
                    topic.clone(),
                    member,
                    plan.planted,
                    Arc::clone(&truncated),
                ));
            }
        }
    };
    begin_functions();
    let mut sources = JoinSet::new();
    let traffic = async {
        for message in &sent {
            let mut chance = world.chance("traffic");
            let most = u64::try_from(world.temper().pause.as_millis()).unwrap_or(u64::MAX);
            sleep(Duration::from_millis(chance.rng.u64(..=most))).await;
            if message.is_pulled {
                topic.append(message.clone());
            } else {
                let sending = send(
                    world.clone(),
                    endpoint.clone(),
                    plan.planted,
                    message.clone(),
                );
                sources.spawn(sending);
            }
            if chance.happens(0.1) {
                let forging = forge(
                    world.clone(),
                    endpoint.clone(),
                    plan.planted,
                    message.number,
                );
                sources.spawn(forging);
            }
        }
        while sources.join_next().await.is_some() {}
    };
    let restarts = async {
        for (restart, number) in world.temper().restarts.clone().into_iter().zip(0..) {
            restart_at(
                &world,
                &endpoint,
                number,
                restart,
                max_receives,
                begin_functions,
            )
            .await?;
        }
        anyhow::Ok(())
    };
    let operator = Operator::new(world.clone(), plan.planted)?;
    let disk = fill_disk(&world);
    let ((), restarted, ()) = tokio::select! {
        all = async { tokio::join!(traffic, restarts, operator.work()) } => all,
        () = disk => unreachable!("the disk is watched for ever"),
    };
    restarted?;
    world.calm_down();
    world.note(|| "calm".to_owned());
    sleep(LATE).await;
    match operator.finish().await {
        Ok(bodies) => bodies
            .iter()
            .for_each(|body| note_quarantined(&world, body)),
        Err(error) => {
            let problem = format!("the operator does not come to an end: {error:#}");
            world.record().problems.push(problem);
        }
    }
    let (deadline, last_pull) = (world.now() + PATIENCE, world.now() + PULLING);
    let waiting = || {
        let webhooks = world.targets().iter().filter(|target| target.is_webhook);
        let depths = webhooks.map(|target| world.depth(&target.queue()));
        depths.sum::<usize>()
    };
    while world.depth(STAGING) > 0 || waiting() > 0 || (!topic.is_done() && world.now() < last_pull)
    {
        if world.now() > deadline {
            break;
        }
        sleep(LOOK).await;
    }
    let left = world.depth(STAGING) + waiting();
    // An answer may be on its way still.
    sleep(LATE).await;
    for target in world.targets() {
        let queue = target.queue();
        for message in drain(&world, &queue).await? {
            world.note_event(&queue, &message);
        }
        if target.is_webhook {
            for message in drain(&world, &target.dead_letters()).await? {
                let event = message["Body"].as_str().unwrap_or_default();
                let event: Value = serde_json::from_str(event)?;
                let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
                let reason = text(&message["MessageAttributes"]["reason"]["StringValue"]);
                let mut record = world.record();
                let given_up = record.given_up.entry(queue.clone()).or_default();
                given_up.push((text(&event["id"]), reason));
            }
        }
        let mut record = world.record();
        let Record {
            events,
            accepted_at,
            ..
        } = &mut *record;
        if let Some(events) = events.get_mut(&queue) {
            events.sort_by(|one, other| one.sequence.cmp(&other.sequence));
            for event in events {
                let place = (queue.clone(), event.sequence.clone());
                event.at = accepted_at.get(&place).copied().unwrap_or_default();
            }
        }
    }
    for message in drain(&world, QUARANTINE).await? {
        note_quarantined(&world, message["Body"].as_str().unwrap_or_default());
    }
    for message in drain(&world, DEAD_LETTERS).await? {
        let body = message["Body"].as_str().unwrap_or_default();
        world
            .record()
            .dead
            .insert(number_in(body).unwrap_or(usize::MAX));
    }
    let truncated = truncated
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .clone();
    topic.acknowledged(&world, &truncated);
    let duplicates = world.duplicates();
    let simulated = world.now();
    let record = std::mem::take(&mut *world.record());
    let evidence = Evidence {
        sent: &sent,
        record: &record,
        targets: world.targets(),
        counters,
        duplicates,
        left,
        is_calm: plan.is_calm,
        truncated: &truncated,
        is_all_acknowledged: topic.is_done(),
    };
    let problems = judge(&evidence);
    world.process_ends(false);
    Ok(Outcome {
        problems,
        acknowledged: record.acknowledged.len(),
        events: record.events.values().map(Vec::len).sum(),
        trace: record.trace,
        faults: record.faults,
        simulated,
    })
}

/// Notes a message in quarantine, or in the journal of the operator who took it from there.
fn note_quarantined(world: &World, body: &str) {
    let line = body.split_once('\n').map_or(body, |(line, _)| line);
    let line: Value = serde_json::from_str(line).unwrap_or_default();
    let reason = line["reason"].as_str().unwrap_or_default().to_owned();
    let number = number_in(body).unwrap_or(usize::MAX);
    world.record().quarantined.push((number, reason));
}

/// The process that holds everything ends, and begins again some time later.
async fn restart_at(
    world: &World,
    endpoint: &Endpoint,
    number: u64,
    restart: Restart,
    max_receives: u32,
    begin_functions: impl Fn(),
) -> anyhow::Result<()> {
    sleep(restart.at.saturating_sub(world.now())).await;
    if !world.strikes("machine", number, Fault::Restart) {
        return Ok(());
    }
    world.process_ends(restart.power);
    endpoint.clear();
    sleep(restart.down).await;
    // On a full disk it does not start.
    while let Err(error) = world.process_begins() {
        world.note(|| format!("the process does not begin: {error:#}"));
        ensure!(world.now() < restart.at + PATIENCE, "{error:#}");
        sleep(Duration::from_secs(1)).await;
    }
    world.make_queues(max_receives).await?;
    begin_functions();
    Ok(())
}

/// Fills the disk of the machine at times.
async fn fill_disk(world: &World) {
    if !world.temper().is_one_machine {
        return std::future::pending().await;
    }
    loop {
        let (fault, _) = world.fault(Party::Disk, "disk", |_| true);
        world.set_disk_full(fault == Some(Fault::Full));
        sleep(Duration::from_millis(500)).await;
    }
}

/// Receives and deletes all of a queue.
async fn drain(world: &World, queue: &str) -> anyhow::Result<Vec<Value>> {
    let mut messages = Vec::new();
    loop {
        let body = json!({
            "QueueUrl": world.url(queue), "MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["All"],
            "MessageAttributeNames": ["All"],
        });
        let (status, answer) = world.ask("ReceiveMessage", &body).await?;
        ensure!(status == 200, "{queue}: {answer}");
        let Some(batch) = answer["Messages"]
            .as_array()
            .filter(|batch| !batch.is_empty())
        else {
            return Ok(messages);
        };
        let entries: Vec<Value> = batch
            .iter()
            .zip(0..)
            .map(|(message, id)| json!({"Id": id.to_string(), "ReceiptHandle": message["ReceiptHandle"]}))
            .collect();
        let body = json!({"QueueUrl": world.url(queue), "Entries": entries});
        let (status, answer) = world.ask("DeleteMessageBatch", &body).await?;
        ensure!(status == 200, "{queue}: {answer}");
        messages.extend(batch.iter().cloned());
    }
}
