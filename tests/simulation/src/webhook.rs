//! The function `webhook`, as Lambda runs it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use thingrelay::queue::{Queue, SendTimeout};
use thingrelay::settings::Refresh;
use thingrelay_core::config::WebhookSource;
use tokio::time::Instant;
use webhook::{Queues, Webhook};

use crate::choices::Chance;
use crate::documents::{Reader, SimulatedDocuments};
use crate::event_source::{EventSource, receipts};
use crate::fault::{Fault, Party};
use crate::invocation::{Interruption, Invocation};
use crate::message::number_in;
use crate::planted::Planted;
use crate::receiver::Receivers;
use crate::target::Target;
use crate::world::{LOST, World};

/// How long an invocation may last, and what of that it keeps for its answer.
const LIMIT: Duration = Duration::from_secs(60);
const MARGIN: Duration = Duration::from_secs(3);
/// When one crashes at the latest, if it does.
const LATEST_CRASH: Duration = Duration::from_secs(2);

/// An instance of the function.
struct Instance {
    refresh: Refresh<WebhookSource, SimulatedDocuments>,
    webhook: Webhook,
    planted: Option<Planted>,
}

impl Instance {
    async fn begin(world: &World, target: &Target, planted: Option<Planted>) -> Instance {
        let documents = SimulatedDocuments {
            world: world.clone(),
            planted,
            reader: Reader::Webhook,
        };
        let refresh = Refresh::begin_or_wait(documents, world.clock()).await;
        let aws = world.aws(Party::Webhook);
        let dead_letters = match planted {
            Some(Planted::WebhookLosesDeadLetters) => LOST.to_owned(),
            _ => target.dead_letters(),
        };
        let (events, dead_letters) = (target.queue(), world.queue_url(&dead_letters));
        let queues = Queues {
            events: Queue::open(&aws, world.queue_url(&events), SendTimeout::Edge).await,
            dead_letters: Queue::open(&aws, dead_letters, SendTimeout::Background).await,
        };
        let config = refresh.current_config();
        let webhook = Webhook::new(config, target.name(), queues, world.clock());
        let receivers = Receivers {
            world: world.clone(),
            queue: events,
        };
        Instance {
            refresh,
            webhook: webhook.in_memory(Arc::new(receivers)),
            planted,
        }
    }

    async fn handle(&self, event: SqsEvent, deadline: Instant) -> Option<SqsBatchResponse> {
        self.refresh.refresh().await;
        if !self.refresh.has_begun() {
            return self.webhook.hand_back(event).await.ok();
        }
        let deadline = Some(deadline.into_std());
        if self.planted != Some(Planted::WebhookSkipsFailing) {
            return self.webhook.handle(event, deadline).await.ok();
        }
        let mut all = SqsBatchResponse::default();
        for record in event.records {
            let mut alone = SqsEvent::default();
            alone.records.push(record);
            let response = self.webhook.handle(alone, deadline).await.ok()?;
            all.batch_item_failures.extend(response.batch_item_failures);
        }
        Some(all)
    }
}

/// One of the pollers of a webhook's queue, with an instance of the function.
pub(crate) async fn poll_webhook(world: World, target: Target, planted: Option<Planted>) {
    let queue = target.queue();
    let source = EventSource {
        world: world.clone(),
        place: format!("source.{queue}"),
        queue,
    };
    let mut instance = None;
    loop {
        let Some((records, fault, chance)) = source.next().await else {
            continue;
        };
        let current = match instance.take() {
            Some(current) => current,
            None => Instance::begin(&world, &target, planted).await,
        };
        if invoke(&source, &current, records, fault, chance).await {
            instance = Some(current);
        }
    }
}

/// Invokes the function with a batch, and deletes what is done. Returns whether the instance lives.
async fn invoke(
    source: &EventSource,
    instance: &Instance,
    records: Vec<SqsMessage>,
    fault: Option<Fault>,
    mut chance: Chance,
) -> bool {
    let world = &source.world;
    note_batch(world, &records);
    let receipts = receipts(&records);
    let handed_out = records.len() as u64;
    let mut event = SqsEvent::default();
    event.records = records;
    let deadline = Instant::now() + LIMIT - MARGIN;
    let interruption = Interruption::of(fault, LATEST_CRASH, &mut chance);
    world.record().webhook.handed_out += handed_out;
    let work = instance.handle(event, deadline);
    let Some(response) = Invocation::new(work, LIMIT, interruption).await else {
        world.note(|| "an invocation of the webhook ends".to_owned());
        return false;
    };
    let Some(response) = response else {
        let problem = "the webhook failed a whole batch".to_owned();
        world.record().problems.push(problem);
        return true;
    };
    {
        let mut record = world.record();
        let again = response.batch_item_failures.len() as u64;
        record.webhook.worked += handed_out;
        record.webhook.done += handed_out - again;
    }
    // Otherwise Lambda does not get the answer: the batch comes again.
    if fault != Some(Fault::Repeated) {
        source.delete_done(&receipts, &response).await;
    }
    true
}

fn note_batch(world: &World, records: &[SqsMessage]) {
    let number = |record: &SqsMessage| number_in(record.body.as_deref().unwrap_or_default());
    let now = world.now();
    let mut noted = world.record();
    // What stands behind the first of a group comes again with each that is done.
    let mut groups = BTreeSet::new();
    for record in records {
        if groups.insert(record.attributes.get("MessageGroupId")) {
            let id = record.message_id.as_deref().unwrap_or_default();
            noted.note_received(now, id, || number(record).unwrap_or(usize::MAX));
        }
    }
    let numbers = records.iter().filter_map(number).map(|it| it.to_string());
    let numbers: Vec<String> = numbers.collect();
    noted.note(now, || {
        format!("webhook invoked with {}", numbers.join(" "))
    });
}
