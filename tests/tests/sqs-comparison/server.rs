//! The servers, and what they answer in a form that can be compared.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::config::retry::RetryConfig;
use aws_sdk_sqs::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sqs::types::{
    BatchResultErrorEntry, ChangeMessageVisibilityBatchRequestEntry,
    DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName as Name,
    QueueAttributeName, SendMessageBatchRequestEntry,
};
use rand::distr::{Alphanumeric, SampleString};
use thingrelay_tests::queue::{Queues, url_at};
use tokio::time::Instant;

use crate::call::{Call, Delivery, Entry};
use crate::history::{Hidden, Queue, Settings};

/// How long a message is hidden shortly.
pub(crate) const SHORTLY: Duration = Duration::from_secs(2);

/// How much earlier or later than its timeout says a message may become visible.
const LATITUDE: Duration = Duration::from_millis(100);

/// What the code of an error begins with if the server did not answer.
const NO_ANSWER: &str = "no answer: ";

/// A server of queues.
#[derive(Clone, Debug)]
pub(crate) struct Server {
    pub(crate) name: &'static str,
    /// The client for the commands of histories: it does not retry, which would hide a failure.
    client: Client,
    queues: Queues,
}

/// What a server answers: parts, or the code of an error.
pub(crate) type Answer = Result<Vec<Part>, String>;

/// A message or an entry of a batch in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The body of the message, or the id of the entry.
    pub(crate) name: String,
    /// What is said about it. Ids are numbered in the order in which they were first seen.
    pub(crate) values: BTreeMap<&'static str, String>,
}

/// The queues of one history on one server.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) server: Server,
    source: String,
    source_arn: String,
    dead_letters: String,
    messages: Numbers,
    /// The numbers of the messages by their sequence numbers.
    sequences: BTreeMap<u128, usize>,
    receipts: Numbers,
    first_receives: HashMap<String, String>,
    /// When the shortly hidden messages were hidden: after the first instant, before the second.
    hidden: Vec<(Instant, Instant)>,
    /// Whether a timeout may have ended before or after a command.
    pub(crate) in_doubt: bool,
}

/// Numbers for texts, in the order in which they were first seen.
#[derive(Debug, Default)]
struct Numbers(HashMap<String, usize>);

impl Server {
    pub(crate) fn at(name: &'static str, endpoint: &str) -> Server {
        let queues = Queues::at(endpoint);
        let config = queues.client().config().to_builder();
        let config = config.retry_config(RetryConfig::disabled()).build();
        Server {
            name,
            client: Client::from_conf(config),
            queues,
        }
    }

    /// Makes the queues of a history.
    pub(crate) async fn open(&self, settings: Settings) -> Session {
        let random = Alphanumeric.sample_string(&mut rand::rng(), 12);
        let visibility = seconds(Hidden::Long).to_string();
        let mut attributes = HashMap::from([
            (QueueAttributeName::FifoQueue, "true".to_owned()),
            (QueueAttributeName::VisibilityTimeout, visibility),
        ]);
        let name = format!("dead-{random}.fifo");
        let dead_letters = self.create(&name, attributes.clone()).await;
        if settings.by_content {
            let name = QueueAttributeName::ContentBasedDeduplication;
            attributes.insert(name, "true".to_owned());
        }
        if settings.by_group {
            let name = QueueAttributeName::DeduplicationScope;
            attributes.insert(name, "messageGroup".to_owned());
        }
        if let Some(receives) = settings.receives {
            let target = self.arn(&dead_letters).await;
            attributes.insert(
                QueueAttributeName::RedrivePolicy,
                format!(r#"{{"deadLetterTargetArn":"{target}","maxReceiveCount":{receives}}}"#),
            );
        }
        let source = self
            .create(&format!("source-{random}.fifo"), attributes)
            .await;
        Session {
            source_arn: self.arn(&source).await,
            server: self.clone(),
            source,
            dead_letters,
            messages: Numbers::default(),
            sequences: BTreeMap::new(),
            receipts: Numbers::default(),
            first_receives: HashMap::new(),
            hidden: Vec::new(),
            in_doubt: false,
        }
    }

    async fn create(&self, name: &str, attributes: HashMap<QueueAttributeName, String>) -> String {
        let request = self.queues.client().create_queue().queue_name(name);
        let answer = request.set_attributes(Some(attributes)).send().await;
        let url = answer.expect("a queue is made").queue_url;
        url_at(self.queues.endpoint(), &url.expect("a queue has a URL"))
    }

    async fn arn(&self, url: &str) -> String {
        let name = QueueAttributeName::QueueArn;
        let request = self.queues.client().get_queue_attributes().queue_url(url);
        let answer = request.attribute_names(name.clone()).send().await;
        let attributes = answer.expect("a queue has attributes").attributes;
        attributes
            .and_then(|mut attributes| attributes.remove(&name))
            .expect("a queue has an ARN")
    }
}

impl Session {
    /// Sends a call to the server. Returns its answer, and the receipts of what it delivered, in
    /// the order of the answer.
    pub(crate) async fn answer(
        &mut self,
        call: &Call,
        server: usize,
        deliveries: &[Delivery],
    ) -> (Answer, Vec<String>) {
        let begun = Instant::now();
        let mut receipts = Vec::new();
        let receipt = |delivery: usize| deliveries[delivery].receipts[server].clone();
        let answer = match call {
            Call::Send(entry) => self.send(entry).await,
            Call::SendBatch(entries) => self.send_batch(entries).await,
            Call::Receive {
                from,
                max,
                hidden,
                attempt,
            } => {
                let received = self.receive(*from, *max, *hidden, *attempt).await;
                received.map(|received| {
                    let (parts, handles) = received.into_iter().unzip();
                    receipts = handles;
                    parts
                })
            }
            Call::Delete(delivery) => {
                let url = self.url(deliveries[*delivery].from);
                let request = self.server.client.delete_message().queue_url(url);
                done(request.receipt_handle(receipt(*delivery)).send().await)
            }
            Call::DeleteBatch(from, picked) => {
                let entries = picked.iter().enumerate().map(|(id, delivery)| {
                    let entry = DeleteMessageBatchRequestEntry::builder().id(id.to_string());
                    let entry = entry.receipt_handle(receipt(*delivery)).build();
                    entry.expect("an entry has an id and a receipt")
                });
                let request = self.server.client.delete_message_batch();
                let request = request.queue_url(self.url(*from));
                let answer = request.set_entries(Some(entries.collect())).send().await;
                answer.map_err(code).map(|answer| {
                    let succeeded = answer.successful.iter().map(|entry| entry.id.as_str());
                    entries_done(succeeded, &answer.failed)
                })
            }
            Call::Hide(delivery, hidden) => {
                let url = self.url(deliveries[*delivery].from);
                let request = self.server.client.change_message_visibility();
                let request = request.queue_url(url).visibility_timeout(seconds(*hidden));
                done(request.receipt_handle(receipt(*delivery)).send().await)
            }
            Call::HideBatch(from, picked, hidden) => {
                let entries = picked.iter().enumerate().map(|(id, delivery)| {
                    let entry = ChangeMessageVisibilityBatchRequestEntry::builder();
                    let entry = entry.id(id.to_string()).receipt_handle(receipt(*delivery));
                    let entry = entry.visibility_timeout(seconds(*hidden)).build();
                    entry.expect("an entry has an id and a receipt")
                });
                let request = self.server.client.change_message_visibility_batch();
                let request = request.queue_url(self.url(*from));
                let answer = request.set_entries(Some(entries.collect())).send().await;
                answer.map_err(code).map(|answer| {
                    let succeeded = answer.successful.iter().map(|entry| entry.id.as_str());
                    entries_done(succeeded, &answer.failed)
                })
            }
            Call::Count(queue) => self.count(*queue).await,
            Call::AwaitTimeouts => {
                let last = self.hidden.drain(..).map(|(_, before)| before).max();
                if let Some(last) = last {
                    tokio::time::sleep_until(last + SHORTLY + LATITUDE).await;
                }
                return (self.count(Queue::Source).await, receipts);
            }
            Call::Purge => {
                let request = self.server.client.purge_queue().queue_url(&self.source);
                done(request.send().await)
            }
        };
        let ended = Instant::now();
        let first = self.hidden.first().map(|(after, _)| *after);
        self.in_doubt |= first.is_some_and(|after| ended + LATITUDE > after + SHORTLY);
        if call.hides_shortly() {
            self.hidden.push((begun, ended));
        }
        (answer, receipts)
    }

    /// Whether a timeout ends soon.
    pub(crate) fn is_pressed(&self) -> bool {
        let first = self.hidden.first();
        first.is_some_and(|(after, _)| after.elapsed() > SHORTLY / 2)
    }

    async fn send(&mut self, entry: &Entry) -> Answer {
        let request = self.server.client.send_message().queue_url(&self.source);
        let request = request.message_body(&entry.body);
        let request = request
            .message_group_id(&entry.group)
            .set_message_deduplication_id(entry.id.clone());
        let answer = request.send().await.map_err(code)?;
        let id = answer.message_id.unwrap_or_default();
        let sequence = answer.sequence_number.unwrap_or_default();
        let digest = answer.md5_of_message_body.unwrap_or_default();
        Ok(vec![self.sent("", id, sequence, digest)])
    }

    async fn send_batch(&mut self, entries: &[Entry]) -> Answer {
        let entries = entries.iter().enumerate().map(|(id, entry)| {
            let builder = SendMessageBatchRequestEntry::builder().id(id.to_string());
            let builder = builder.message_body(&entry.body);
            let builder = builder
                .message_group_id(&entry.group)
                .set_message_deduplication_id(entry.id.clone());
            builder.build().expect("an entry has an id and a body")
        });
        let request = self.server.client.send_message_batch();
        let request = request.queue_url(&self.source);
        let answer = request.set_entries(Some(entries.collect())).send().await;
        let answer = answer.map_err(code)?;
        let mut parts = failures(&answer.failed);
        let mut sent = answer.successful;
        // The ids are single digits.
        sent.sort_by(|one, other| one.id.cmp(&other.id));
        for entry in sent {
            let sequence = entry.sequence_number.unwrap_or_default();
            let digest = entry.md5_of_message_body;
            parts.push(self.sent(&entry.id, entry.message_id, sequence, digest));
        }
        parts.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(parts)
    }

    fn sent(&mut self, name: &str, id: String, sequence: String, digest: String) -> Part {
        let message = self.messages.of(id);
        Part {
            name: name.to_owned(),
            values: BTreeMap::from([
                ("message", format!("#{message}")),
                ("sequence", self.sequence(message, &sequence)),
                ("digest", digest),
            ]),
        }
    }

    /// What is to say about the sequence number of a message, which has this number.
    fn sequence(&mut self, message: usize, sequence: &str) -> String {
        let Ok(sequence) = sequence.parse::<u128>() else {
            return "missing".to_owned();
        };
        let before = self.sequences.range(..=sequence).next_back();
        let after = self.sequences.range(sequence..).next();
        let fits = before.is_none_or(|(known, earlier)| {
            *earlier < message || (*earlier == message && *known == sequence)
        }) && after.is_none_or(|(known, later)| {
            *later > message || (*later == message && *known == sequence)
        });
        self.sequences.insert(sequence, message);
        let told = if fits { "grows" } else { "out of order" };
        told.to_owned()
    }

    /// The messages by group, in the order in which they came, with their receipts.
    async fn receive(
        &mut self,
        from: Queue,
        max: u8,
        hidden: Hidden,
        attempt: Option<u8>,
    ) -> Result<Vec<(Part, String)>, String> {
        let request = self.server.client.receive_message();
        let request = request
            .queue_url(self.url(from))
            .max_number_of_messages(max.into())
            .visibility_timeout(seconds(hidden))
            .wait_time_seconds(0)
            .message_system_attribute_names(Name::All)
            .set_receive_request_attempt_id(attempt.map(|attempt| format!("attempt-{attempt}")));
        let answer = request.send().await.map_err(code)?;
        let messages = answer.messages.unwrap_or_default().into_iter();
        let received = messages.map(|message| self.received(from, message));
        let mut received: Vec<_> = received.collect();
        received.sort_by(|(one, _), (other, _)| one.values["group"].cmp(&other.values["group"]));
        // Numbered by group, since the order between groups is open.
        for (part, receipt) in &mut received {
            part.values
                .insert("receipt", format!("#{}", self.receipts.of(receipt.clone())));
        }
        Ok(received)
    }

    fn received(&mut self, from: Queue, message: Message) -> (Part, String) {
        let mut attributes = message.attributes.unwrap_or_default();
        let mut take = |name| attributes.remove(&name).unwrap_or_default();
        let id = message.message_id.unwrap_or_default();
        let number = self.messages.of(id.clone());
        let mut values = BTreeMap::from([
            ("message", format!("#{number}")),
            ("group", take(Name::MessageGroupId)),
            ("receives", take(Name::ApproximateReceiveCount)),
            ("digest", message.md5_of_body.unwrap_or_default()),
        ]);
        let deduplication_id = take(Name::MessageDeduplicationId);
        let first_receive = take(Name::ApproximateFirstReceiveTimestamp);
        match from {
            Queue::Source => {
                let sequence = take(Name::SequenceNumber);
                values.insert("sequence", self.sequence(number, &sequence));
                values.insert("deduplication", deduplication_id);
                let known = self.first_receives.entry(id);
                let known = known.or_insert_with(|| first_receive.clone());
                let is_kept = !first_receive.is_empty() && *known == first_receive;
                values.insert("first receive kept", is_kept.to_string());
            }
            Queue::DeadLetters => {
                let is_id = deduplication_id == id;
                values.insert("deduplication is the id", is_id.to_string());
                let source = take(Name::DeadLetterQueueSourceArn);
                values.insert("source", (source == self.source_arn).to_string());
            }
        }
        let part = Part {
            name: message.body.unwrap_or_default(),
            values,
        };
        (part, message.receipt_handle.unwrap_or_default())
    }

    async fn count(&self, queue: Queue) -> Answer {
        let request = self.server.client.get_queue_attributes();
        let request = request.queue_url(self.url(queue));
        let answer = request
            .attribute_names(QueueAttributeName::All)
            .send()
            .await;
        let attributes = answer.map_err(code)?.attributes.unwrap_or_default();
        let count = |name| attributes.get(&name).cloned().unwrap_or_default();
        Ok(vec![Part {
            name: String::new(),
            values: BTreeMap::from([
                (
                    "visible",
                    count(QueueAttributeName::ApproximateNumberOfMessages),
                ),
                (
                    "in flight",
                    count(QueueAttributeName::ApproximateNumberOfMessagesNotVisible),
                ),
                (
                    "delayed",
                    count(QueueAttributeName::ApproximateNumberOfMessagesDelayed),
                ),
            ]),
        }])
    }

    fn url(&self, queue: Queue) -> &str {
        match queue {
            Queue::Source => &self.source,
            Queue::DeadLetters => &self.dead_letters,
        }
    }
}

impl Numbers {
    fn of(&mut self, text: String) -> usize {
        let next = self.0.len();
        *self.0.entry(text).or_insert(next)
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{", self.name)?;
        for (place, (name, value)) in self.values.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{name}: {value}")?;
        }
        write!(f, "}}")
    }
}

/// Whether the server has not answered, for example since it has closed an idle connection.
pub(crate) fn is_lost(answer: &Answer) -> bool {
    matches!(answer, Err(code) if code.starts_with(NO_ANSWER))
}

fn seconds(hidden: Hidden) -> i32 {
    match hidden {
        Hidden::NotAtAll => 0,
        Hidden::Shortly => SHORTLY.as_secs() as i32,
        Hidden::Long => 600,
    }
}

fn done<T, E, R>(answer: Result<T, SdkError<E, R>>) -> Answer
where
    E: ProvideErrorMetadata + fmt::Debug,
    R: fmt::Debug,
{
    answer.map(|_| Vec::new()).map_err(code)
}

fn entries_done<'a>(
    succeeded: impl Iterator<Item = &'a str>,
    failed: &[BatchResultErrorEntry],
) -> Vec<Part> {
    let succeeded = succeeded.map(|id| Part {
        name: id.to_owned(),
        values: BTreeMap::new(),
    });
    let mut parts: Vec<Part> = succeeded.chain(failures(failed)).collect();
    parts.sort_by(|one, other| one.name.cmp(&other.name));
    parts
}

fn failures(failed: &[BatchResultErrorEntry]) -> Vec<Part> {
    let part = |entry: &BatchResultErrorEntry| Part {
        name: entry.id.clone(),
        values: BTreeMap::from([("error", error_name(&entry.code))]),
    };
    failed.iter().map(part).collect()
}

fn code<E, R>(error: SdkError<E, R>) -> String
where
    E: ProvideErrorMetadata + fmt::Debug,
    R: fmt::Debug,
{
    let code = error
        .as_service_error()
        .and_then(ProvideErrorMetadata::code);
    code.map_or_else(|| format!("{NO_ANSWER}{error:?}"), error_name)
}

/// The name that the API reference gives to an error, from its code in either protocol.
fn error_name(code: &str) -> String {
    let name = match code.strip_prefix("AWS.SimpleQueueService.").unwrap_or(code) {
        "InvalidParameterValueException" => "InvalidParameterValue",
        "MissingRequiredParameterException" => "MissingParameter",
        name => name,
    };
    name.to_owned()
}
