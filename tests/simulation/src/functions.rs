//! The functions, as Lambda runs them: instances that begin, are invoked, freeze and end.

use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use consumer::{Consumer, Queues, Targets};
use futures::future::BoxFuture;
use push::Push;
use serde_json::Value;
use thingrelay::endpoint::Event;
use thingrelay::queue::{Queue, SendTimeout};
use thingrelay::settings::Refresh;
use thingrelay::target::TargetSender;
use thingrelay_core::config::{ConsumerSource, EdgeSource, Target};
use tokio::time::{Instant, sleep};

use crate::choices::Chance;
use crate::documents::{Reader, SimulatedDocuments};
use crate::event_source::{EventSource, receipts};
use crate::fault::{Fault, Party};
use crate::invocation::{Interruption, Invocation};
use crate::message::{DEADLY, number_in};
use crate::planted::Planted;
use crate::tampered::{Role, Tampered, normalizer, tampered_answer};
use crate::world::{QUARANTINE, STAGING, World};

/// How long an invocation of the consumer may last, and what of that it keeps for its answer.
const LIMIT: Duration = Duration::from_secs(30);
const MARGIN: Duration = Duration::from_secs(2);
/// When one of the consumer crashes at the latest, if it does.
const LATEST_CRASH: Duration = Duration::from_secs(2);
/// How long one of `push` may last.
const PUSH_LIMIT: Duration = Duration::from_secs(10);

async fn queue(
    world: &World,
    party: Party,
    name: &str,
    role: Role,
    timeout: SendTimeout,
    planted: Option<Planted>,
) -> Tampered {
    let queue = Queue::open(&world.aws(party), world.queue_url(name), timeout).await;
    Tampered {
        queue: Arc::new(queue),
        role,
        planted,
    }
}

/// An instance of the function `push`.
pub(crate) struct PushInstance {
    refresh: Refresh<EdgeSource, SimulatedDocuments>,
    push: Push<Tampered>,
}

impl PushInstance {
    /// Begins; there is no instance if the settings cannot be read.
    pub(crate) async fn begin(world: &World, planted: Option<Planted>) -> Option<PushInstance> {
        let documents = SimulatedDocuments {
            world: world.clone(),
            planted,
            reader: Reader::Edge,
        };
        let refresh = Refresh::begin(documents, world.clock()).await.ok()?;
        let staging = queue(
            world,
            Party::Edge,
            STAGING,
            Role::Edge,
            SendTimeout::Edge,
            planted,
        )
        .await;
        let push = Push::new(refresh.current_config(), staging, world.clock());
        Some(PushInstance { refresh, push })
    }

    /// Answers an event of the HTTP API; gives the status.
    async fn answer(&self, event: Event) -> u16 {
        self.refresh.refresh().await;
        let answer = self.push.answer(event).await;
        let answer: Value = serde_json::to_value(answer).unwrap_or_default();
        answer["statusCode"]
            .as_u64()
            .and_then(|status| u16::try_from(status).ok())
            .unwrap_or(0)
    }
}

/// Invokes `push`; `None` if the invocation comes to no end.
pub(crate) async fn invoke_push(
    world: &World,
    instance: Arc<PushInstance>,
    event: Value,
    interruption: Option<Interruption>,
) -> Option<u16> {
    let number = event["body"].as_str().and_then(number_in);
    let event: Event = serde_json::from_str(&event.to_string()).ok()?;
    world.record().invocations.begun += 1;
    let answered = Invocation::new(instance.answer(event), PUSH_LIMIT, interruption).await;
    if let Some(status) = answered {
        let mut record = world.record();
        match status {
            200 => {
                record.invocations.accepted += 1;
                record.answered.extend(number);
            }
            503 => record.invocations.unavailable += 1,
            _ => record.invocations.rejected += 1,
        }
    }
    answered
}

/// An instance of the function `consumer`.
struct ConsumerInstance {
    refresh: Refresh<ConsumerSource, SimulatedDocuments>,
    consumer: Consumer<Tampered, Tampered<TargetSender>>,
}

impl ConsumerInstance {
    async fn begin(world: &World, planted: Option<Planted>) -> ConsumerInstance {
        let documents = SimulatedDocuments {
            world: world.clone(),
            planted,
            reader: Reader::Consumer,
        };
        let refresh = Refresh::begin_or_wait(documents, world.clock()).await;
        let open = {
            let world = world.clone();
            move |target: Target| {
                let world = world.clone();
                let opening = async move {
                    let aws = world.aws(Party::Target);
                    let sender = TargetSender::open(&aws, target.kind).await;
                    Tampered {
                        queue: Arc::new(sender),
                        role: Role::Target,
                        planted,
                    }
                };
                Box::pin(opening) as BoxFuture<'static, Tampered<TargetSender>>
            }
        };
        let (consumers, edge, background) =
            (Party::Consumer, SendTimeout::Edge, SendTimeout::Background);
        let queues = Queues {
            staging: queue(world, consumers, STAGING, Role::Source, edge, planted).await,
            targets: Targets::opened_by(open, None),
            quarantine: queue(
                world,
                consumers,
                QUARANTINE,
                Role::Quarantine,
                background,
                planted,
            )
            .await,
        };
        let consumer = Consumer::new(refresh.current_config(), queues, world.clock())
            .with_normalizer(normalizer(planted));
        ConsumerInstance { refresh, consumer }
    }

    async fn handle(&self, event: SqsEvent, deadline: Instant) -> Option<SqsBatchResponse> {
        self.refresh.refresh().await;
        if !self.refresh.has_begun() {
            return self
                .consumer
                .hand_back(event, "settings_unavailable")
                .await
                .ok();
        }
        self.consumer
            .handle(event, Some(deadline.into_std()))
            .await
            .ok()
    }
}

/// One of the pollers of Lambda's event source, with an instance of the function.
pub(crate) async fn poll_staging(world: World, planted: Option<Planted>) {
    sleep(world.temper().backlog).await;
    let source = EventSource {
        world: world.clone(),
        queue: STAGING.to_owned(),
        place: "source".to_owned(),
    };
    let mut instance = None;
    loop {
        let Some((records, fault, chance)) = source.next().await else {
            continue;
        };
        let current = match instance.take() {
            Some(current) => current,
            None => ConsumerInstance::begin(&world, planted).await,
        };
        if invoke(&source, &current, records, planted, fault, chance).await {
            instance = Some(current);
        }
    }
}

/// Invokes the function with a batch, and deletes what is done. Returns whether the instance lives.
async fn invoke(
    source: &EventSource,
    instance: &ConsumerInstance,
    records: Vec<SqsMessage>,
    planted: Option<Planted>,
    fault: Option<Fault>,
    mut chance: Chance,
) -> bool {
    let world = &source.world;
    note_batch(world, &records);
    let receipts = receipts(&records);
    let mut event = SqsEvent::default();
    event.records = records;
    let deadline = Instant::now() + LIMIT - MARGIN;
    let interruption = Interruption::of(fault, LATEST_CRASH, &mut chance);
    let handed_out = event.records.len() as u64;
    world.record().invocations.handed_out += handed_out;
    let work = instance.handle(event, deadline);
    let Some(response) = Invocation::new(work, LIMIT, interruption).await else {
        world.note(|| "an invocation ends".to_owned());
        return false;
    };
    world.record().invocations.worked += handed_out;
    let Some(mut response) = response else {
        world
            .record()
            .problems
            .push("the consumer failed a whole batch".to_owned());
        return true;
    };
    tampered_answer(planted, &mut response);
    if fault == Some(Fault::Repeated) {
        // Lambda does not get the answer: the batch comes again.
        return true;
    }
    source.delete_done(&receipts, &response).await;
    true
}

fn note_batch(world: &World, records: &[SqsMessage]) {
    let body = |record: &SqsMessage| record.body.clone().unwrap_or_default();
    let group = |record: &SqsMessage| record.attributes.get("MessageGroupId").cloned();
    let deadly: Vec<_> = records
        .iter()
        .filter(|record| body(record).contains(DEADLY))
        .map(group)
        .collect();
    let numbers = records.iter().filter_map(|record| {
        let count = record.attributes.get("ApproximateReceiveCount");
        Some(format!(
            "{}:{}",
            number_in(&body(record))?,
            count.map(String::as_str).unwrap_or_default()
        ))
    });
    let numbers: Vec<String> = numbers.collect();
    let now = world.now();
    let mut noted = world.record();
    for record in records {
        let id = record.message_id.as_deref().unwrap_or_default();
        noted.note_received(now, id, || number_in(&body(record)).unwrap_or(usize::MAX));
    }
    for record in records
        .iter()
        .filter(|record| deadly.contains(&group(record)))
    {
        noted.mates.extend(number_in(&body(record)));
    }
    noted.note(now, || format!("invoked with {}", numbers.join(" ")));
}
