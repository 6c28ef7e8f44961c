//! The function `webhook`: sends the events of one target to its receiver, by HTTP.
//!
//! A batch of SQS records comes in, and the ids of the records to be tried again go out. Devices are
//! processed side by side, and the events of a device in sequence: an event that fails for now holds
//! back those behind it. What the receiver will never take goes to the dead letters.
//!
//! # Layout
//!
//! * [`batch`]: the records of a batch by group, and what became of them.
//! * `record`: the queue's facts about a record.
//! * [`event`]: the event of a record, as the parts of a request.
//! * [`receiver`]: sends events to a receiver, one request for each attempt.
//! * [`connector`]: connects in limited time, over verified TLS.
//! * [`resolver`]: finds addresses, and refuses those that must not be connected to.
//! * [`memory`]: a network in memory, for a simulation.
//! * [`failure`]: an attempt that brought no answer, and why.
//! * [`verdict`]: what an answer means.
//! * `retry_after`, `retry_delay`: how long an event rests before the next attempt.
//! * `circuit`: stops sending to a receiver that is down.
//! * [`dead_letter`]: an event that the receiver did not take, with the reason.
//! * [`waiting`]: why an event waits.
//! * `delivery`: sends the events of a batch.
//! * [`observer`]: watches deliveries, for a run on one machine.

#[cfg(not(panic = "unwind"))]
compile_error!("packages unwind: build with `panic = \"unwind\"`");

pub mod batch;
mod circuit;
pub mod connector;
pub mod dead_letter;
mod delivery;
pub mod event;
pub mod failure;
pub mod memory;
pub mod observer;
pub mod receiver;
mod record;
pub mod resolver;
mod retry_after;
mod retry_delay;
pub mod verdict;
pub mod waiting;

pub use batch::BatchError;
pub use connector::OpenError;
pub use dead_letter::DeadReason;
pub use event::Event;
pub use failure::{Failure, FailureKind};
pub use memory::MemoryNetwork;
pub use observer::Observer;
pub use receiver::{Answer, Attempt, Receiver};
pub use resolver::{Resolve, SystemResolver};
pub use verdict::Verdict;

use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use batch::{Done, Group, groups};
use circuit::Circuit;
use delivery::Delivery;
use observer::NoObserver;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use thingrelay::{
    clock::Clock,
    internal_event::{InternalEvent, WebhookEvent},
    queue::Queue,
    settings::CurrentConfig,
};
use thingrelay_core::config::{TargetKind, WebhookConfig, WebhookSource, WebhookTarget};
use tokio::time::{Instant, timeout};
use waiting::WaitReason;

/// How long it may take to hide resting records on the queue. A record that was not hidden in time
/// comes again after the queue's own time.
const RESTS_LIMIT: Duration = Duration::from_millis(1500);

/// Sends the events of one target to its receiver.
pub struct Webhook {
    config: Arc<CurrentConfig<WebhookSource>>,
    name: String,
    queues: Queues,
    clock: Clock,
    network: Network,
    observer: Arc<dyn Observer>,
    circuit: Circuit,
    /// With the settings that it was opened with.
    receiver: Mutex<Option<(WebhookTarget, Arc<Receiver>)>>,
}

/// How receivers are reached.
enum Network {
    Sockets(Arc<dyn Resolve>),
    Memory(Arc<dyn MemoryNetwork>),
}

/// The queues that a webhook works with.
#[derive(Debug)]
pub struct Queues {
    /// The queue from which the events come.
    pub events: Queue,
    /// The queue for events that the receiver did not take: FIFO or standard.
    pub dead_letters: Queue,
}

/// Why nothing can be sent with these settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum Unusable {
    #[error("the settings have a problem with this target, or have no such webhook")]
    NoTarget,
    #[error("the secrets have no signing_secrets for this target")]
    NoSecrets,
    #[error(transparent)]
    Receiver(#[from] OpenError),
}

impl Webhook {
    /// Takes the configuration in use, the target's name, the queues and a clock.
    pub fn new(
        config: Arc<CurrentConfig<WebhookSource>>,
        target: impl Into<String>,
        queues: Queues,
        clock: Clock,
    ) -> Self {
        Webhook {
            config,
            name: target.into(),
            queues,
            clock,
            network: Network::Sockets(Arc::new(SystemResolver)),
            observer: Arc::new(NoObserver),
            circuit: Circuit::default(),
            receiver: Mutex::default(),
        }
    }

    /// Adds an observer of the deliveries.
    #[must_use]
    pub fn with_observer(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = observer;
        self
    }

    /// Replaces the system's resolver. The addresses that it finds are checked all the same.
    #[must_use]
    pub fn with_resolver(mut self, resolver: Arc<dyn Resolve>) -> Self {
        self.network = Network::Sockets(resolver);
        self
    }

    /// Connects to receivers in this process and to nothing else, for a simulation.
    #[must_use]
    pub fn in_memory(mut self, network: Arc<dyn MemoryNetwork>) -> Self {
        self.network = Network::Memory(network);
        self
    }

    /// Sends the events of a batch. Events for which no time is left before the deadline wait.
    ///
    /// # Errors
    /// A record that has to come again has no id, so the whole batch comes again.
    pub async fn handle(
        &self,
        event: SqsEvent,
        deadline: Option<std::time::Instant>,
    ) -> Result<SqsBatchResponse, BatchError> {
        let config = self.config.current();
        let groups = groups(event);
        let done = match self.parts(&config) {
            Err(unusable) => {
                let (target, detail) = (self.name.as_str(), &unusable.to_string());
                WebhookEvent::Unusable { target, detail }.emit();
                self.wait(groups, WaitReason::Misconfigured)
            }
            Ok((target, signing, receiver)) => {
                let delivery = Delivery {
                    name: &self.name,
                    target,
                    signing,
                    receiver: &receiver,
                    circuit: &self.circuit,
                    queues: &self.queues,
                    clock: &self.clock,
                    observer: &*self.observer,
                    deadline: deadline.map(Instant::from_std),
                };
                delivery.send(groups).await
            }
        };
        self.answer(done).await
    }

    /// Hands a whole batch back, because the function cannot read its settings.
    ///
    /// # Errors
    /// The same as those of [`Webhook::handle`].
    pub async fn hand_back(&self, event: SqsEvent) -> Result<SqsBatchResponse, BatchError> {
        let done = self.wait(groups(event), WaitReason::SettingsUnavailable);
        self.answer(done).await
    }

    fn parts<'c>(
        &self,
        config: &'c WebhookConfig,
    ) -> Result<
        (
            &'c WebhookTarget,
            &'c thingrelay_core::webhook::SigningSecrets,
            Arc<Receiver>,
        ),
        Unusable,
    > {
        let mut targets = config.targets.iter();
        let target = targets.find(|target| target.name == self.name);
        let Some(TargetKind::Webhook(target)) = target.map(|target| &target.kind) else {
            return Err(Unusable::NoTarget);
        };
        let signing = config.signing.get(&self.name).ok_or(Unusable::NoSecrets)?;
        Ok((target, signing, self.receiver(target)?))
    }

    /// The receiver, which stays open as long as its settings stay the same.
    fn receiver(&self, target: &WebhookTarget) -> Result<Arc<Receiver>, OpenError> {
        let mut opened = self.receiver.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((settings, receiver)) = &*opened
            && settings == target
        {
            return Ok(Arc::clone(receiver));
        }
        let receiver = Arc::new(match &self.network {
            Network::Sockets(resolver) => Receiver::open(target, Arc::clone(resolver))?,
            Network::Memory(network) => Receiver::in_memory(target, Arc::clone(network)),
        });
        *opened = Some((target.clone(), Arc::clone(&receiver)));
        Ok(receiver)
    }

    /// Lets the events of all groups wait.
    fn wait(&self, groups: Vec<Group>, reason: WaitReason) -> Done {
        let mut done = Done::default();
        for mut group in groups {
            if let Some(head) = group.records.pop_front() {
                let rest = retry_delay::rest(record::receives(&head), None, fastrand::f64());
                WebhookEvent::Waiting {
                    target: &self.name,
                    id: record::id(&head),
                    reason: reason.code(),
                    seconds: rest.as_secs(),
                }
                .emit();
                done.wait(head, rest, &mut group);
            }
        }
        done
    }

    async fn answer(&self, done: Done) -> Result<SqsBatchResponse, BatchError> {
        WebhookEvent::Batch {
            target: &self.name,
            received: done.count(),
            delivered: done.delivered,
            given_up: done.given_up,
            waiting: done.waiting.len(),
        }
        .emit();
        let rests = done.rests();
        if !rests.is_empty() {
            let error = match timeout(RESTS_LIMIT, self.queues.events.hide(&rests)).await {
                Ok(Ok(())) => None,
                Ok(Err(error)) => Some(error.to_string()),
                Err(_) => Some("the queue does not answer".to_owned()),
            };
            if let Some(error) = &error {
                InternalEvent::NotHidden { error }.emit();
            }
        }
        done.into_response()
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook")
            .field("name", &self.name)
            .field("queues", &self.queues)
            .finish_non_exhaustive()
    }
}
