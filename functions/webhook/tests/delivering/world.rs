//! A webhook with its queue and its dead letters, under a clock that a test moves.

use aws_credential_types::Credentials;
use aws_lambda_events::sqs::{SqsEvent, SqsMessage};
use aws_sdk_sqs::{
    Client,
    config::{BehaviorVersion, Region},
    types::{MessageSystemAttributeName, QueueAttributeName},
};
use sqs_server::{Options, Server};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    queue::{Queue, SendTimeout},
    settings::CurrentConfig,
};
use thingrelay_core::{
    config::WebhookConfig,
    message::{Fifo, Message},
    queue_url::QueueUrl,
    timestamp::Timestamp,
};
use webhook::{Queues, Resolve, SystemResolver, Webhook};

pub const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
pub const PREVIOUS: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// A webhook at work.
pub struct World {
    server: Server,
    client: Client,
    moved: Arc<AtomicU64>,
    clock: sqs_server::Clock,
    events: Queue,
    dead_letters: String,
    pub webhook: Webhook,
    /// How many requests to the queue found events.
    pub batches: AtomicU64,
}

/// A dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    pub body: String,
    pub attributes: BTreeMap<String, String>,
}

/// The settings of a receiver on this machine.
pub fn local(url: &str, rest: &str) -> String {
    format!(
        "[targets.crm]\ntype = \"webhook\"\nurl = \"{url}\"\nallow_http = true\n\
         signing_secrets = [\"{SECRET}\"]\n{rest}\n"
    )
}

/// The same, and allows the addresses of this machine.
pub fn allowed(url: &str, rest: &str) -> String {
    local(url, &format!("allow_networks = [\"127.0.0.1\"]\n{rest}"))
}

/// The id of an event.
pub fn id(device: &str, number: usize) -> String {
    format!("{device}-{number}")
}

pub fn event(device: &str, number: usize) -> String {
    format!(
        "{{\"specversion\":\"1.0\",\"id\":\"{}\",\"source\":\"/tencent-iot-hub/meters\",\
         \"type\":\"io.thingrelay.device.properties.v1\",\"subject\":\"P1/{device}\",\
         \"time\":\"2025-06-15T15:06:40Z\",\"datacontenttype\":\"application/json\",\
         \"data\":{{\"number\":{number}}}}}",
        id(device, number)
    )
}

impl World {
    pub async fn new(settings: &str) -> World {
        World::with_resolver(settings, Arc::new(SystemResolver)).await
    }

    pub async fn with_resolver(settings: &str, resolver: Arc<dyn Resolve>) -> World {
        let moved = Arc::new(AtomicU64::new(0));
        let now = {
            let moved = Arc::clone(&moved);
            move || {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
                u64::try_from(since.as_millis()).unwrap() + moved.load(Ordering::SeqCst)
            }
        };
        let clock = sqs_server::Clock::with_wall(now.clone());
        let options = Options {
            clock: clock.clone(),
            ..Options::default()
        };
        let server = Server::start(options).await.unwrap();
        let config = aws_sdk_sqs::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "tests"))
            .endpoint_url(server.endpoint())
            .build();
        let client = Client::from_conf(config);
        let events = create(&client, &server, "events.fifo").await;
        let dead_letters = create(&client, &server, "dead.fifo").await;
        let open = |url: String| async move {
            let url = QueueUrl::parse(&url).unwrap();
            Queue::open(&Aws::anywhere(), url, SendTimeout::Edge).await
        };
        let queues = Queues {
            events: open(events.clone()).await,
            dead_letters: open(dead_letters.clone()).await,
        };
        let config = WebhookConfig::parse(&[settings]).unwrap();
        let system =
            Clock::from_fn(move || Timestamp::from_unix_millis(i64::try_from(now()).unwrap()));
        let config = Arc::new(CurrentConfig::new(config));
        let webhook = Webhook::new(config, "crm", queues, system).with_resolver(resolver);
        World {
            server,
            client,
            moved,
            clock,
            events: open(events).await,
            dead_letters,
            webhook,
            batches: AtomicU64::new(0),
        }
    }

    pub async fn send(&self, device: &str, number: usize) {
        self.send_body(device, number, event(device, number)).await;
    }

    pub async fn send_body(&self, device: &str, number: usize, body: String) {
        let message = Message {
            body,
            fifo: Some(Fifo {
                group: device.to_owned(),
                deduplication: id(device, number),
            }),
        };
        self.events.send(&message).await.unwrap();
    }

    /// Lets time pass.
    pub fn advance(&self, span: Duration) {
        let millis = u64::try_from(span.as_millis()).unwrap();
        self.moved.fetch_add(millis, Ordering::SeqCst);
        self.clock.advance(span);
    }

    /// Brings one batch to the function, as Lambda does, and deletes what it does not hand back.
    /// Returns how many events there were.
    pub async fn poll(&self) -> usize {
        let url = self.events.url().as_str();
        let receive = self.client.receive_message().queue_url(url);
        let receive = receive.max_number_of_messages(10).wait_time_seconds(0);
        let receive = receive.message_system_attribute_names(MessageSystemAttributeName::All);
        let messages = receive.send().await.unwrap().messages.unwrap_or_default();
        if messages.is_empty() {
            return 0;
        }
        self.batches.fetch_add(1, Ordering::SeqCst);
        let mut batch = SqsEvent::default();
        let mut receipts = Vec::new();
        for message in messages {
            let id = message.message_id.unwrap();
            receipts.push((id.clone(), message.receipt_handle.clone().unwrap()));
            let mut record = SqsMessage::default();
            record.message_id = Some(id);
            record.receipt_handle = message.receipt_handle;
            record.body = message.body;
            let attributes = message.attributes.unwrap_or_default().into_iter();
            record.attributes = attributes
                .map(|(name, value)| (name.as_str().to_owned(), value))
                .collect();
            batch.records.push(record);
        }
        let response = self.webhook.handle(batch, None).await.unwrap();
        let failed: Vec<String> = response
            .batch_item_failures
            .into_iter()
            .map(|failure| failure.item_identifier)
            .collect();
        let count = receipts.len();
        for (id, receipt) in receipts {
            if !failed.contains(&id) {
                let delete = self.client.delete_message().queue_url(url);
                delete.receipt_handle(receipt).send().await.unwrap();
            }
        }
        count
    }

    /// Brings batches until none comes at this time.
    pub async fn poll_all(&self) {
        while self.poll().await > 0 {}
    }

    /// Brings batches and lets time pass in steps until the queue is empty.
    pub async fn run(&self, step: Duration, most_steps: usize) {
        for _ in 0..most_steps {
            self.poll_all().await;
            if self.left() == 0 {
                return;
            }
            self.advance(step);
        }
        panic!("{} events are left", self.left());
    }

    /// How many events are in the queue.
    pub fn left(&self) -> usize {
        let depth = self.server.monitor().depth("events.fifo").unwrap();
        depth.visible + depth.in_flight + depth.delayed
    }

    /// The dead letters, which it deletes.
    pub async fn dead_letters(&self) -> Vec<Dead> {
        let mut dead = Vec::new();
        loop {
            let receive = self.client.receive_message().queue_url(&self.dead_letters);
            let receive = receive
                .max_number_of_messages(10)
                .message_attribute_names("All");
            let messages = receive.send().await.unwrap().messages.unwrap_or_default();
            if messages.is_empty() {
                return dead;
            }
            for message in messages {
                let attributes = message.message_attributes.unwrap_or_default().into_iter();
                let attributes =
                    attributes.map(|(name, value)| (name, value.string_value.unwrap()));
                dead.push(Dead {
                    body: message.body.unwrap(),
                    attributes: attributes.collect(),
                });
                let delete = self.client.delete_message().queue_url(&self.dead_letters);
                let delete = delete.receipt_handle(message.receipt_handle.unwrap());
                delete.send().await.unwrap();
            }
        }
    }

    /// Deletes the queue of the dead letters.
    pub async fn lose_dead_letters(&self) {
        let delete = self.client.delete_queue().queue_url(&self.dead_letters);
        delete.send().await.unwrap();
    }
}

async fn create(client: &Client, server: &Server, name: &str) -> String {
    let attributes = HashMap::from([
        (QueueAttributeName::FifoQueue, "true".to_owned()),
        (QueueAttributeName::VisibilityTimeout, "180".to_owned()),
    ]);
    let create = client.create_queue().queue_name(name);
    create
        .set_attributes(Some(attributes))
        .send()
        .await
        .unwrap();
    format!("{}/000000000000/{name}", server.endpoint())
}
