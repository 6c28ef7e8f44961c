//! The cost of receiving, staging and acknowledging, without the broker and the queue: from a
//! subscription that always has a message, to a queue that answers at once. The anchor is one hash
//! of each message: no client of SQS does less.

#![allow(clippy::unwrap_used, missing_docs)]

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::{future::pending, hint::black_box, vec};
use thingrelay::{
    ordered::Sender,
    pull::{
        Broker, ConnectError, Delivery, Limits, PullSummary, Subscription, SubscriptionError, pull,
    },
    queue::SendError,
};
use thingrelay_core::{
    identity::FieldHasher,
    message::{Fifo, Message},
    source::SourceName,
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Mutex, Notify},
};

const MESSAGES: u32 = 5_000;
const DEVICES: u32 = 500;

struct Topic {
    source: SourceName,
    messages: Mutex<vec::IntoIter<Delivery<u32>>>,
    all_acknowledged: Notify,
}

struct Connection<'a> {
    topic: &'a Topic,
    messages: vec::IntoIter<Delivery<u32>>,
    acknowledged: usize,
}

struct Reader<'a>(&'a Topic);

impl<'a> Broker for Reader<'a> {
    type Subscription = Connection<'a>;

    async fn connect(&self) -> Result<Connection<'a>, ConnectError> {
        Ok(Connection {
            topic: self.0,
            messages: std::mem::take(&mut *self.0.messages.lock().await),
            acknowledged: 0,
        })
    }

    fn source(&self) -> &SourceName {
        &self.0.source
    }

    fn topic(&self) -> &'static str {
        "all"
    }
}

impl Subscription for Connection<'_> {
    type AckToken = u32;

    async fn next(&mut self) -> Result<Delivery<u32>, SubscriptionError> {
        match self.messages.next() {
            Some(delivery) => Ok(delivery),
            None => pending().await,
        }
    }

    async fn acknowledge(&mut self, ack_tokens: Vec<u32>) -> Result<(), SubscriptionError> {
        self.acknowledged += ack_tokens.len();
        if self.acknowledged == MESSAGES as usize {
            self.topic.all_acknowledged.notify_one();
        }
        Ok(())
    }

    async fn close(self) {}
}

struct Queue;

impl Sender for Queue {
    async fn send_batch(&self, messages: &[&Message]) -> Vec<Result<(), SendError>> {
        // The answer comes after the other calls have begun.
        tokio::task::yield_now().await;
        vec![Ok(()); messages.len()]
    }
}

fn topic() -> Topic {
    let hash = |domain, n: u32| FieldHasher::new(domain).field(&n.to_be_bytes());
    let delivery = |n| {
        let id = hash("message", n).into_message_id();
        Delivery {
            message: Message {
                body: "x".repeat(600),
                fifo: Some(Fifo {
                    group: hash("group", n % DEVICES).into_group().to_string(),
                    deduplication: id.to_string(),
                }),
            },
            id,
            ack_token: n,
        }
    };
    let messages: Vec<Delivery<u32>> = (0..MESSAGES).map(delivery).collect();
    Topic {
        source: SourceName::parse("house").unwrap(),
        messages: Mutex::new(messages.into_iter()),
        all_acknowledged: Notify::new(),
    }
}

fn drain(runtime: &Runtime, topic: &Topic) -> PullSummary {
    let until = topic.all_acknowledged.notified();
    let summary = runtime.block_on(pull(&Reader(topic), &Queue, &Limits::default(), until));
    assert_eq!(summary.acknowledged, u64::from(MESSAGES));
    summary
}

fn benches(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().enable_time().build().unwrap();
    let mut group = criterion.benchmark_group("pull");
    group.throughput(Throughput::Elements(u64::from(MESSAGES)));
    group.bench_function("anchor", |bencher| {
        let message = "x".repeat(600);
        let hash = || FieldHasher::new("anchor").field(black_box(message.as_bytes()));
        bencher.iter(|| (0..MESSAGES).for_each(|_| drop(black_box(hash().into_message_id()))));
    });
    group.bench_function("5000_messages_of_500_devices", |bencher| {
        bencher.iter_batched(
            topic,
            |topic| drain(&runtime, &topic),
            BatchSize::PerIteration,
        );
    });
    group.finish();
}

criterion_group!(pulling, benches);
criterion_main!(pulling);
