//! The world of a run: time, the network, and the queue server behind it.

use std::collections::HashSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use serde_json::{Value, json};
use sqs_server::{Clock as QueueClock, InProcess};
use thingrelay::aws::Aws;
use thingrelay::clock::Clock;
use thingrelay_core::queue_url::QueueUrl;
use thingrelay_core::timestamp::Timestamp;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};

use crate::choices::{Chance, Choices};
use crate::disk::Disk;
use crate::fault::{Fault, FaultId, Party};
use crate::message::{REFUSED, number_in};
use crate::plan::Plan;
use crate::record::{Event, Record, Staged};
use crate::temper::Temper;

/// When a run begins, by every clock.
const BEGIN_MILLIS: u64 = 1_795_233_600_000;

pub(crate) const STAGING: &str = "staging.fifo";
pub(crate) const DEAD_LETTERS: &str = "dead-letter.fifo";
pub(crate) const QUARANTINE: &str = "quarantine";

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

    /// AWS, as one party reaches it.
    pub fn aws(&self, party: Party) -> Aws {
        let world = self.clone();
        Aws::through(SharedHttpConnector::new(Network { world, party }))
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
        for work in machine.work.drain(..) {
            work.abort();
        }
        drop(machine);
        self.0.disk.process_ends(power);
    }

    /// The process begins again.
    ///
    /// # Errors
    /// The server does not start.
    pub fn process_begins(&self) -> anyhow::Result<()> {
        self.start_server()
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
        let server = self.machine().server.clone();
        let depth = server.and_then(|server| server.monitor().depth(queue));
        depth.map_or(0, |depth| depth.visible + depth.in_flight + depth.delayed)
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
        for (name, keeps_order) in self.targets() {
            queues.push((
                name,
                if keeps_order {
                    fifo.clone()
                } else {
                    standard.clone()
                },
            ));
        }
        for (name, attributes) in queues {
            let body = json!({"QueueName": name, "Attributes": attributes});
            let (status, answer) = self.ask("CreateQueue", &body).await?;
            anyhow::ensure!(status == 200, "{name}: {answer}");
        }
        Ok(())
    }

    /// The targets' queues, and whether each keeps the order.
    pub fn targets(&self) -> Vec<(String, bool)> {
        let targets = self.temper().targets.iter().zip(0..);
        targets
            .map(|(keeps_order, number)| {
                let suffix = if *keeps_order { ".fifo" } else { "" };
                (format!("target-{number}{suffix}"), *keeps_order)
            })
            .collect()
    }

    /// Asks the server, past the network.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn ask(&self, action: &str, body: &Value) -> anyhow::Result<(u16, Value)> {
        let answer = self.deliver(action, body.to_string().into_bytes()).await?;
        Ok((answer.status, serde_json::from_slice(&answer.body)?))
    }

    /// A call arrives at the server.
    async fn deliver(&self, action: &str, body: Vec<u8>) -> Result<Answer, ConnectorError> {
        let Some(server) = self.machine().server.clone() else {
            return Err(lost());
        };
        let request = Request::post("/")
            .header("host", "127.0.0.1")
            .header("x-amz-target", format!("AmazonSQS.{action}"))
            .body(Full::new(Bytes::from(body.clone())));
        let request = request.map_err(|error| ConnectorError::other(error.into(), None))?;
        let response = server.answer(request).await;
        // The process may have ended meanwhile.
        let is_there = self
            .machine()
            .server
            .as_ref()
            .is_some_and(|now| Arc::ptr_eq(now, &server));
        let response = response.ok().filter(|_| is_there).ok_or_else(lost)?;
        let (head, answer) = response.into_parts();
        let answer = answer
            .collect()
            .await
            .map_err(|_| lost())?
            .to_bytes()
            .to_vec();
        let query_error = head.headers.get("x-amzn-query-error");
        let query_error = query_error.and_then(|error| Some(error.to_str().ok()?.to_owned()));
        let answer = Answer {
            status: head.status.as_u16(),
            query_error,
            body: answer,
        };
        if action.starts_with("SendMessage") && answer.status == 200 {
            self.note_accepted(&body, &answer.body);
        }
        Ok(answer)
    }

    /// Notes what a queue has accepted.
    fn note_accepted(&self, request: &[u8], answer: &[u8]) {
        let (Ok(request), Ok(answer)) = (
            serde_json::from_slice::<Value>(request),
            serde_json::from_slice::<Value>(answer),
        ) else {
            return;
        };
        let Some(queue) = queue_of(&request) else {
            return;
        };
        let Some(entries) = request["Entries"].as_array() else {
            self.note_one(&queue, &request, &answer);
            return;
        };
        let successful = answer["Successful"].as_array();
        for accepted in successful.into_iter().flatten() {
            if let Some(entry) = entries.iter().find(|entry| entry["Id"] == accepted["Id"]) {
                self.note_one(&queue, entry, accepted);
            }
        }
    }

    fn note_one(&self, queue: &str, message: &Value, answer: &Value) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let body = message["MessageBody"].as_str().unwrap_or_default();
        let Some(number) = number_in(body) else {
            let problem = format!("{queue} holds what nobody has sent: {body}");
            self.record().problems.push(problem);
            return;
        };
        let now = self.now();
        let sequence = text(&answer["SequenceNumber"]);
        let mut record = self.record();
        record.note(now, || format!("{queue} takes {number}"));
        let accepted = (queue.to_owned(), sequence.clone());
        record.accepted_at.entry(accepted).or_insert(now);
        if queue == STAGING {
            let staged = Staged {
                sequence,
                group: text(&message["MessageGroupId"]),
            };
            let id = text(&message["MessageDeduplicationId"]);
            record.ids.entry(number).or_default().insert(id);
            record.staged.entry(number).or_insert(staged);
        }
    }

    /// The events of a target, as a receiver gets them.
    pub(crate) fn note_event(&self, target: &str, message: &Value) {
        let body = message["Body"].as_str().unwrap_or_default();
        let attribute = |name: &str| {
            message["Attributes"][name]
                .as_str()
                .unwrap_or_default()
                .to_owned()
        };
        let sequence = attribute("SequenceNumber");
        let event: Value = serde_json::from_str(body).unwrap_or_default();
        let text = |name: &str| event[name].as_str().unwrap_or_default().to_owned();
        let Some(number) = number_in(body) else {
            self.record()
                .problems
                .push(format!("{target} holds an unknown event: {body}"));
            return;
        };
        let kind = text("type");
        let kind = kind.strip_prefix("io.thingrelay.").unwrap_or(&kind);
        let mut event = Event {
            number,
            id: text("id"),
            kind: kind.strip_suffix(".v1").unwrap_or(kind).to_owned(),
            subject: event["subject"].as_str().map(str::to_owned),
            source: text("source"),
            body: body.to_owned(),
            group: attribute("MessageGroupId"),
            at: Duration::ZERO,
            sequence,
        };
        let accepted = (target.to_owned(), event.sequence.clone());
        let mut record = self.record();
        event.at = record
            .accepted_at
            .get(&accepted)
            .copied()
            .unwrap_or_default();
        record
            .events
            .entry(target.to_owned())
            .or_default()
            .push(event);
    }

    /// One exchange over the network.
    async fn exchange(
        self,
        party: Party,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let target = request.headers().get("x-amz-target").unwrap_or_default();
        let action = target
            .strip_prefix("AmazonSQS.")
            .unwrap_or(target)
            .to_owned();
        let body = request.body().bytes().unwrap_or_default().to_vec();
        let call: Value = serde_json::from_slice(&body).unwrap_or_default();
        let queue = queue_of(&call).unwrap_or_default();
        let place = format!("{party:?}.{queue}.{action}");
        let (fault, mut chance) = self.fault(party, &place, |fault| match fault {
            Fault::Part | Fault::PartAfter => call["Entries"].is_array(),
            _ => true,
        });
        let there = Duration::from_micros(chance.rng.u64(500..8_000));
        let back = Duration::from_micros(chance.rng.u64(500..8_000));
        let forever = Duration::from_secs(24 * 60 * 60);
        sleep(there).await;
        match fault {
            Some(Fault::LostBefore) => return Err(lost()),
            Some(Fault::LostAfter) => {
                self.refuse_or_deliver(&action, body).await?;
                sleep(back).await;
                return Err(lost());
            }
            Some(Fault::HangBefore) => sleep(forever).await,
            Some(Fault::HangAfter) => {
                let _ = self.refuse_or_deliver(&action, body).await;
                sleep(forever).await;
                return Err(lost());
            }
            Some(Fault::Late) => {
                let late = Duration::from_millis(chance.rng.u64(100..40_000));
                let world = self.clone();
                // It is on its way, whatever becomes of its sender.
                self.spawn(async move {
                    sleep(late).await;
                    let _ = world.refuse_or_deliver(&action, body).await;
                });
                sleep(forever).await;
                return Err(lost());
            }
            Some(Fault::Failed) => return answer(500, None, error_body("InternalFailure")),
            Some(Fault::Throttled) => return answer(400, None, error_body("RequestThrottled")),
            Some(Fault::Garbled) => {
                let garbled = chance.of(&["<html>", "{}", "", "[]", "null"]);
                if chance.rng.bool() {
                    let _ = self.refuse_or_deliver(&action, body).await;
                }
                return answer(200, None, garbled.as_bytes().to_vec());
            }
            Some(Fault::Slow) => sleep(Duration::from_millis(chance.rng.u64(1..2_000))).await,
            Some(fault @ (Fault::Part | Fault::PartAfter)) if call["Entries"].is_array() => {
                let response = self.in_part(&action, call, fault, &mut chance).await;
                sleep(back).await;
                return response;
            }
            _ => {}
        }
        let response = self.refuse_or_deliver(&action, body).await?;
        sleep(back).await;
        answer(response.status, response.query_error, response.body)
    }

    /// The targets refuse some messages for good.
    async fn refuse_or_deliver(
        &self,
        action: &str,
        body: Vec<u8>,
    ) -> Result<Answer, ConnectorError> {
        let call: Value = serde_json::from_slice(&body).unwrap_or_default();
        let queue = queue_of(&call).unwrap_or_default();
        let is_refused = |entry: &Value| {
            queue.starts_with("target-0")
                && entry["MessageBody"]
                    .as_str()
                    .is_some_and(|body| body.contains(REFUSED))
        };
        let entries = call["Entries"].as_array().cloned().unwrap_or_default();
        if action != "SendMessageBatch" || !entries.iter().any(is_refused) {
            return self.deliver(action, body).await;
        }
        let (refused, kept): (Vec<Value>, Vec<Value>) = entries.into_iter().partition(is_refused);
        let failed = refused.iter().map(|entry| {
            json!({"Id": entry["Id"], "SenderFault": true, "Code": "InvalidMessageContents"})
        });
        self.deliver_some(action, call, kept, failed.collect())
            .await
    }

    async fn deliver_some(
        &self,
        action: &str,
        mut call: Value,
        kept: Vec<Value>,
        mut failed: Vec<Value>,
    ) -> Result<Answer, ConnectorError> {
        let mut answer = Answer {
            status: 200,
            query_error: None,
            body: b"{}".to_vec(),
        };
        let mut document = json!({"Successful": []});
        if !kept.is_empty() {
            call["Entries"] = kept.into();
            answer = self.deliver(action, call.to_string().into_bytes()).await?;
            if answer.status != 200 {
                return Ok(answer);
            }
            document = serde_json::from_slice(&answer.body).unwrap_or_default();
        }
        if let Some(more) = document["Failed"].as_array() {
            failed.extend(more.iter().cloned());
        }
        document["Failed"] = failed.into();
        answer.body = document.to_string().into_bytes();
        Ok(answer)
    }

    /// Of a batch, some are said not to be taken; they may be all the same.
    async fn in_part(
        &self,
        action: &str,
        call: Value,
        fault: Fault,
        chance: &mut Chance,
    ) -> Result<HttpResponse, ConnectorError> {
        let entries = call["Entries"].as_array().cloned().unwrap_or_default();
        let first = chance.rng.usize(..entries.len().max(1));
        let fails = |id: &Value, chance: &mut Chance| {
            entries.get(first).is_some_and(|entry| entry["Id"] == *id) || chance.happens(0.4)
        };
        let failure = |entry: &Value| json!({"Id": entry["Id"], "SenderFault": false, "Code": "InternalError"});
        if fault == Fault::Part {
            let (failing, kept): (Vec<Value>, Vec<Value>) = entries
                .iter()
                .cloned()
                .partition(|entry| fails(&entry["Id"], chance));
            let failed = failing.iter().map(failure).collect();
            let mut sent = call.clone();
            sent["Entries"] = kept.clone().into();
            if kept.is_empty() {
                return answer(
                    200,
                    None,
                    json!({"Successful": [], "Failed": Value::Array(failed)})
                        .to_string()
                        .into_bytes(),
                );
            }
            let delivered = self
                .refuse_or_deliver(action, sent.to_string().into_bytes())
                .await?;
            return with_failed(delivered, failed, &[]);
        }
        let delivered = self
            .refuse_or_deliver(action, call.to_string().into_bytes())
            .await?;
        let failing: Vec<Value> = entries
            .iter()
            .filter(|entry| fails(&entry["Id"], chance))
            .cloned()
            .collect();
        let failed = failing.iter().map(failure).collect();
        with_failed(delivered, failed, &failing)
    }
}

/// Adds failures to the answer to a batch, and takes those out of it that are said to have failed.
fn with_failed(
    delivered: Answer,
    failed: Vec<Value>,
    hidden: &[Value],
) -> Result<HttpResponse, ConnectorError> {
    if delivered.status != 200 {
        return answer(delivered.status, delivered.query_error, delivered.body);
    }
    let mut document: Value = serde_json::from_slice(&delivered.body).unwrap_or_default();
    let is_hidden = |entry: &Value| hidden.iter().any(|hidden| hidden["Id"] == entry["Id"]);
    let list = |name: &str| {
        let entries = document[name].as_array().cloned().unwrap_or_default();
        entries
            .into_iter()
            .filter(|entry| !is_hidden(entry))
            .collect::<Vec<Value>>()
    };
    let successful = list("Successful");
    let mut failures = list("Failed");
    failures.extend(failed);
    document["Successful"] = successful.into();
    document["Failed"] = failures.into();
    answer(200, None, document.to_string().into_bytes())
}

fn queue_of(call: &Value) -> Option<String> {
    let url = call["QueueUrl"].as_str()?;
    Some(url.rsplit('/').next().unwrap_or_default().to_owned())
}

fn error_body(code: &str) -> Vec<u8> {
    json!({"__type": format!("com.amazonaws.sqs#{code}"), "message": "as told"})
        .to_string()
        .into_bytes()
}

fn lost() -> ConnectorError {
    ConnectorError::io("the connection broke".into())
}

fn answer(
    status: u16,
    query_error: Option<String>,
    body: Vec<u8>,
) -> Result<HttpResponse, ConnectorError> {
    let status =
        StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut response = HttpResponse::new(status, body.into());
    response
        .headers_mut()
        .insert("content-type", "application/x-amz-json-1.0");
    if let Some(query_error) = query_error {
        response
            .headers_mut()
            .insert("x-amzn-query-error", query_error);
    }
    Ok(response)
}

struct Answer {
    status: u16,
    query_error: Option<String>,
    body: Vec<u8>,
}

/// The network, as one party sees it.
#[derive(Debug, Clone)]
struct Network {
    world: World,
    party: Party,
}

impl HttpConnector for Network {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.world.clone().exchange(self.party, request))
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
