//! A platform that pushes: it signs, waits three seconds for the answer, and tries four times.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use tokio::time::{sleep, timeout};

use crate::choices::Chance;
use crate::documents::{FORGERS_TOKEN, PUSHED, signing_token};
use crate::fault::{Fault, Party};
use crate::functions::{PushInstance, invoke_push};
use crate::invocation::Interruption;
use crate::message::Sent;
use crate::planted::Planted;
use crate::world::World;

/// How long the platform waits for an answer, and the pauses before it tries again.
const TIMEOUT: Duration = Duration::from_secs(3);
const PAUSES: [Duration; 3] = [
    Duration::from_secs(1),
    Duration::from_secs(3),
    Duration::from_secs(10),
];

/// When an invocation of `push` crashes at the latest, if it does.
const LATEST_CRASH: Duration = Duration::from_millis(500);

/// The endpoint: the instances of `push` that live.
#[derive(Clone, Default)]
pub(crate) struct Endpoint(Arc<Mutex<Vec<Arc<PushInstance>>>>);

impl Endpoint {
    /// The process that holds the instances has ended.
    pub(crate) fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// An instance that is free, or a new one.
    async fn instance(&self, world: &World, planted: Option<Planted>) -> Option<Arc<PushInstance>> {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        match free {
            Some(instance) => Some(instance),
            None => PushInstance::begin(world, planted).await.map(Arc::new),
        }
    }

    /// Handles a request as an HTTP API does: without an answer, the status is 500.
    async fn handle(
        self,
        world: World,
        planted: Option<Planted>,
        event: Value,
        interruption: Option<Interruption>,
    ) -> u16 {
        if world.is_down() {
            return 502;
        }
        let Some(instance) = self.instance(&world, planted).await else {
            return 500;
        };
        let answered = invoke_push(&world, Arc::clone(&instance), event, interruption).await;
        if answered.is_some() {
            self.0
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(instance);
        }
        answered.unwrap_or(500)
    }
}

/// Sends a message until it is accepted, or for four times.
pub(crate) async fn send(world: World, endpoint: Endpoint, planted: Option<Planted>, sent: Sent) {
    let number = sent.number;
    let place = format!("push.{number}");
    let mut pauses = PAUSES.into_iter();
    loop {
        let (fault, mut chance) = world.fault(Party::Platform, &place, |_| true);
        let event = request(
            &sent.body,
            signing_token(&world),
            world.source_seconds(),
            &mut chance,
        );
        let status = attempt(
            &world,
            &endpoint,
            planted,
            event.clone(),
            fault,
            &mut chance,
        )
        .await;
        world.note(|| format!("push {number}: {status:?}"));
        if status == Some(200) {
            world.record().acknowledged.insert(number);
            if fault == Some(Fault::Repeated) {
                // What was accepted comes once more, signed again.
                sleep(Duration::from_millis(chance.rng.u64(..600_000))).await;
                let event = request(
                    &sent.body,
                    signing_token(&world),
                    world.source_seconds(),
                    &mut chance,
                );
                attempt(&world, &endpoint, planted, event, None, &mut chance).await;
            }
            return;
        }
        let Some(pause) = pauses.next() else {
            return;
        };
        sleep(pause).await;
    }
}

/// One attempt; `None` if no answer comes in time.
async fn attempt(
    world: &World,
    endpoint: &Endpoint,
    planted: Option<Planted>,
    event: Value,
    fault: Option<Fault>,
    chance: &mut Chance,
) -> Option<u16> {
    let delay = match fault {
        Some(Fault::LostBefore) => return None,
        Some(Fault::Late) => Duration::from_millis(chance.rng.u64(1_000..20_000)),
        Some(Fault::Slow) => Duration::from_millis(chance.rng.u64(..2_000)),
        _ => Duration::from_micros(chance.rng.u64(500..20_000)),
    };
    let interruption = Interruption::of(fault, LATEST_CRASH, chance);
    // The function goes on, whether the platform waits for it or not.
    let handling = world.spawn({
        let (world, endpoint) = (world.clone(), endpoint.clone());
        async move {
            sleep(delay).await;
            endpoint.handle(world, planted, event, interruption).await
        }
    });
    let answered = timeout(TIMEOUT, handling).await.ok()?.ok();
    answered.filter(|_| fault != Some(Fault::LostAfter))
}

/// Sends what no source has sent: forged, stale, unsigned.
pub(crate) async fn forge(
    world: World,
    endpoint: Endpoint,
    planted: Option<Planted>,
    number: usize,
) {
    let mut chance = world.chance("forge");
    let body = format!("{{\"forged\": {number}}}");
    let now = world.source_seconds();
    let mut event = match chance.rng.u32(0..3) {
        0 => request(body.as_bytes(), FORGERS_TOKEN, now, &mut chance),
        // Signed by the source a while ago.
        1 => request(
            body.as_bytes(),
            signing_token(&world),
            now - 7_200,
            &mut chance,
        ),
        _ => request(body.as_bytes(), signing_token(&world), now, &mut chance),
    };
    if chance.happens(0.3) {
        // Nothing but a signature is missing, or it is another one's.
        event["headers"]["signature"] = Value::Null;
        event["headers"] =
            json!({"timestamp": event["headers"]["timestamp"], "nonce": event["headers"]["nonce"]});
    } else if event["headers"]["timestamp"] == Value::String(now.to_string()) {
        let signature = event["headers"]["signature"].as_str().unwrap_or_default();
        let other: String = signature.chars().rev().collect();
        event["headers"]["signature"] = other.into();
    }
    let status = attempt(&world, &endpoint, planted, event, None, &mut chance).await;
    world.note(|| format!("forged {number}: {status:?}"));
    world.record().forged.extend(status);
}

/// The event of an HTTP API for a signed request.
fn request(body: &[u8], token: &str, seconds: u64, chance: &mut Chance) -> Value {
    let timestamp = seconds.to_string();
    let nonce: String = (0..16).map(|_| chance.rng.alphanumeric()).collect();
    let mut parts = [token, &timestamp, &nonce];
    parts.sort_unstable();
    let signature = hex::encode(Sha1::digest(parts.concat()));
    json!({
        "version": "2.0",
        "headers": {"signature": signature, "timestamp": timestamp, "nonce": nonce},
        "requestContext": {"http": {"method": "POST"}},
        "pathParameters": {"source": PUSHED},
        "body": String::from_utf8_lossy(body),
        "isBase64Encoded": false,
    })
}
