//! The world of a run: time, chance, and the machine with the queue server.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::json;
use sqs_server::{Clock as QueueClock, InProcess};
use thingrelay::clock::Clock;
use thingrelay_core::queue_url::QueueUrl;
use thingrelay_core::timestamp::Timestamp;
use tokio::task::AbortHandle;
use tokio::time::Instant;

use crate::choices::{Chance, Choices};
use crate::disk::Disk;
use crate::fault::{Fault, FaultId, Party};
use crate::plan::Plan;
use crate::planted::Planted;
use crate::record::{Downtime, Record};
use crate::target::{Service, Target};
use crate::temper::Temper;

/// When a run begins, by every clock.
const BEGIN_MILLIS: u64 = 1_795_233_600_000;

/// What the queue server counts at the least of the time between two processes.
const SHORTEST_DOWNTIME: Duration = Duration::from_secs(1);

/// Within which time the queue server notes that the wall clock was set.
const NOTED: Duration = Duration::from_millis(200);

pub(crate) const STAGING: &str = "staging.fifo";
pub(crate) const DEAD_LETTERS: &str = "dead-letter.fifo";
pub(crate) const QUARANTINE: &str = "quarantine";
/// A queue that nobody looks into.
pub(crate) const LOST: &str = "lost.fifo";

/// Each run has an account of its own: the SDK bounds its retries by the URL of a queue, for the
/// whole process.
static RUNS: AtomicU64 = AtomicU64::new(1);

/// The world; clones are the same.
#[derive(Clone)]
pub struct World(Arc<Inner>);

struct Inner {
    choices: Choices,
    temper: Temper,
    left_out: HashSet<FaultId>,
    began: Instant,
    account: String,
    planted: Option<Planted>,
    calm: AtomicBool,
    record: Mutex<Record>,
    machine: Mutex<Machine>,
    disk: Disk,
    directory: tempfile::TempDir,
}

/// The queue server, and what ends with its process.
#[derive(Default)]
struct Machine {
    server: Option<Arc<InProcess>>,
    /// The work of the functions, where they are in that process, too.
    work: Vec<AbortHandle>,
    duplicates: u64,
    /// When a queue last accepted a message.
    accepted: Duration,
    /// When the process ended.
    ended: Duration,
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("account", &self.0.account)
            .finish_non_exhaustive()
    }
}

impl World {
    /// The world of a plan, with nothing in it but a queue server.
    ///
    /// # Errors
    /// There is no temporary directory, or the server does not start.
    pub fn begin(plan: &Plan) -> anyhow::Result<World> {
        let choices = Choices::new(plan.seed);
        let mut temper = Temper::of(&choices);
        if plan.is_calm {
            temper = temper.calm();
        }
        let world = World(Arc::new(Inner {
            choices,
            temper,
            left_out: plan.left_out.iter().cloned().collect(),
            began: Instant::now(),
            account: format!("{:012}", RUNS.fetch_add(1, Ordering::Relaxed)),
            planted: plan.planted,
            calm: AtomicBool::new(false),
            record: Mutex::default(),
            machine: Mutex::default(),
            disk: Disk::default(),
            directory: tempfile::tempdir()?,
        }));
        world.start_server()?;
        Ok(world)
    }

    fn start_server(&self) -> anyhow::Result<()> {
        let shown = self.wall_clock();
        let clock = QueueClock::with_wall(move || shown.wall_millis());
        let server = if self.temper().is_one_machine {
            let (directory, disk) = (self.0.directory.path().to_owned(), self.0.disk.clone());
            InProcess::on_disk(&self.0.account, clock, directory, move |path| {
                disk.open(path)
            })?
        } else {
            InProcess::in_memory(&self.0.account, clock)
        };
        self.machine().server = Some(Arc::new(server));
        Ok(())
    }

    /// The wall clock, which must not keep the world alive.
    fn wall_clock(&self) -> WallClock {
        WallClock {
            began: self.0.began,
            steps: self.temper().clock_steps.clone(),
        }
    }

    /// What chance decides.
    pub fn choices(&self) -> &Choices {
        &self.0.choices
    }

    /// What this run is like.
    pub fn temper(&self) -> &Temper {
        &self.0.temper
    }

    /// The mistake in the functions.
    pub(crate) fn planted(&self) -> Option<Planted> {
        self.0.planted
    }

    /// A choice at a place.
    pub fn chance(&self, place: &str) -> Chance {
        self.0.choices.at(place)
    }

    /// The time since the beginning.
    pub fn now(&self) -> Duration {
        self.0.began.elapsed()
    }

    /// The wall clock of the functions.
    pub fn clock(&self) -> Clock {
        let shown = self.wall_clock();
        Clock::from_fn(move || {
            Timestamp::from_unix_millis(i64::try_from(shown.wall_millis()).unwrap_or(i64::MAX))
        })
    }

    /// The seconds since 1970 by the clock of the sources, which nobody sets.
    pub fn source_seconds(&self) -> u64 {
        BEGIN_MILLIS / 1000 + self.now().as_secs()
    }

    /// No more faults from now on.
    pub fn calm_down(&self) {
        self.0.calm.store(true, Ordering::Relaxed);
        self.0.disk.set_full(false);
    }

    /// Whether there are no more faults.
    pub fn is_calm(&self) -> bool {
        self.0.calm.load(Ordering::Relaxed)
    }

    /// What happened so far.
    pub fn record(&self) -> MutexGuard<'_, Record> {
        self.0.record.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes what happened.
    pub fn note(&self, what: impl FnOnce() -> String) {
        self.record().note(self.now(), what);
    }

    /// The fault that the next call at a place suffers, if it is one that means something there, and
    /// more chance for its details.
    pub fn fault(
        &self,
        party: Party,
        place: &str,
        means_something: impl Fn(Fault) -> bool,
    ) -> (Option<Fault>, Chance) {
        let mut chance = self.chance(place);
        let fault = self.temper().fault(party, self.now(), &mut chance);
        let fault = fault.filter(|fault| means_something(*fault));
        let fault = fault.filter(|fault| self.strikes(place, chance.nth, *fault));
        (fault, chance)
    }

    /// Whether a fault happens: it is neither left out nor too late. If it does, it is noted.
    pub fn strikes(&self, place: &str, nth: u64, fault: Fault) -> bool {
        let id = FaultId {
            place: place.to_owned(),
            nth,
        };
        if self.is_calm() || self.0.left_out.contains(&id) {
            return false;
        }
        let mut record = self.record();
        record.note(self.now(), || format!("{id} {fault:?}"));
        record.faults.push((id, fault));
        true
    }

    /// A queue's URL.
    pub fn url(&self, queue: &str) -> String {
        format!("http://127.0.0.1/{}/{queue}", self.0.account)
    }

    /// A queue's URL, parsed.
    pub fn queue_url(&self, queue: &str) -> QueueUrl {
        #[expect(clippy::expect_used, reason = "the URL is right by construction")]
        QueueUrl::parse(&self.url(queue)).expect("a queue's URL")
    }

    /// Runs work that ends with the process of the machine, if there is one.
    pub fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> tokio::task::JoinHandle<T> {
        let task = tokio::spawn(work);
        let mut machine = self.machine();
        machine.work.retain(|work| !work.is_finished());
        machine.work.push(task.abort_handle());
        task
    }

    /// Whether the machine is down.
    pub fn is_down(&self) -> bool {
        self.machine().server.is_none()
    }

    /// The process of the machine ends, and with it all work.
    pub fn process_ends(&self, power: bool) {
        let mut machine = self.machine();
        if let Some(server) = &machine.server {
            machine.duplicates += server.monitor().duplicates(STAGING).unwrap_or(0);
        }
        machine.server = None;
        machine.ended = self.now();
        for work in machine.work.drain(..) {
            work.abort();
        }
        drop(machine);
        self.record().receives.clear();
        self.0.disk.process_ends(power);
    }

    /// The process begins again.
    ///
    /// # Errors
    /// The server does not start.
    pub fn process_begins(&self) -> anyhow::Result<()> {
        self.start_server()?;
        let to = self.now();
        let from = {
            let machine = self.machine();
            let noted = machine.ended.saturating_sub(NOTED);
            // While the disk is full, the server does not note that the wall clock was set.
            let is_full = |(_, fault): &(FaultId, Fault)| *fault == Fault::Full;
            let was_full = self.record().faults.iter().any(is_full);
            machine
                .accepted
                .max(if was_full { Duration::ZERO } else { noted })
        };
        let steps = self.temper().clock_steps.iter();
        let forward = steps.filter(|(at, by)| (from..=to).contains(at) && *by > 0);
        let forward: u64 = forward.map(|(_, by)| by.unsigned_abs()).sum();
        self.record().downtimes.push(Downtime {
            from,
            to,
            skipped: SHORTEST_DOWNTIME + Duration::from_millis(forward),
        });
        Ok(())
    }

    /// A queue has accepted a message.
    pub(crate) fn has_accepted(&self) {
        self.machine().accepted = self.now();
    }

    /// Fills the disk, or makes room on it.
    pub fn set_disk_full(&self, is_full: bool) {
        self.0.disk.set_full(is_full);
    }

    /// How many sends the staging queue dropped as repeats.
    pub fn duplicates(&self) -> u64 {
        let machine = self.machine();
        let current = machine.server.as_ref();
        let current = current.and_then(|server| server.monitor().duplicates(STAGING));
        machine.duplicates + current.unwrap_or(0)
    }

    /// How many messages a queue holds.
    pub fn depth(&self, queue: &str) -> usize {
        let depth = self
            .server()
            .and_then(|server| server.monitor().depth(queue));
        depth.map_or(0, |depth| depth.visible + depth.in_flight + depth.delayed)
    }

    /// The queue server, if the machine is up.
    pub(crate) fn server(&self) -> Option<Arc<InProcess>> {
        self.machine().server.clone()
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.0
            .machine
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Makes the queues, or finds those that are there.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn make_queues(&self, max_receives: u32) -> anyhow::Result<()> {
        let fifo = json!({
            "FifoQueue": "true", "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId", "MessageRetentionPeriod": "1209600",
        });
        let redrive = json!({
            "deadLetterTargetArn": format!("arn:aws:sqs:us-east-1:{}:{DEAD_LETTERS}", self.0.account),
            "maxReceiveCount": max_receives,
        });
        let mut staging = fifo.clone();
        staging["VisibilityTimeout"] = "180".into();
        staging["RedrivePolicy"] = redrive.to_string().into();
        let standard = json!({"MessageRetentionPeriod": "1209600"});
        let mut queues = vec![
            (DEAD_LETTERS.to_owned(), fifo.clone()),
            (STAGING.to_owned(), staging),
            (QUARANTINE.to_owned(), standard.clone()),
        ];
        for target in self.targets() {
            let attributes = if target.keeps_order { &fifo } else { &standard };
            let mut attributes = attributes.clone();
            if target.is_webhook {
                let dead_letters = target.dead_letters();
                let redrive = json!({
                    "deadLetterTargetArn": format!("arn:aws:sqs:us-east-1:{}:{dead_letters}", self.0.account),
                    "maxReceiveCount": 1000,
                });
                attributes["VisibilityTimeout"] = "360".into();
                attributes["RedrivePolicy"] = redrive.to_string().into();
                queues.push((dead_letters, fifo.clone()));
                queues.push((LOST.to_owned(), fifo.clone()));
            }
            queues.push((target.queue(), attributes));
        }
        for (name, attributes) in queues {
            let body = json!({"QueueName": name, "Attributes": attributes});
            let (status, answer) = self.ask("CreateQueue", &body).await?;
            anyhow::ensure!(status == 200, "{name}: {answer}");
        }
        Ok(())
    }

    /// The targets.
    pub fn targets(&self) -> &[Target] {
        &self.temper().targets
    }

    /// The address of a target in the settings.
    pub(crate) fn address(&self, target: &Target) -> String {
        let (account, name) = (&self.0.account, target.queue());
        match target.service {
            Service::Queue => self.url(&name),
            Service::Topic => format!("arn:aws:sns:us-east-1:{account}:{name}"),
            Service::Bus => format!("arn:aws:events:us-east-1:{account}:event-bus/{name}"),
        }
    }
}

/// A clock that is set from time to time.
struct WallClock {
    began: Instant,
    steps: Vec<(Duration, i64)>,
}

impl WallClock {
    fn wall_millis(&self) -> u64 {
        let passed = self.began.elapsed();
        let steps = self.steps.iter().filter(|(at, _)| *at <= passed);
        let steps: i64 = steps.map(|(_, by)| by).sum();
        let millis = u64::try_from(passed.as_millis()).unwrap_or(0);
        (BEGIN_MILLIS + millis).saturating_add_signed(steps)
    }
}
