//! A target of any kind, to send to.

use crate::{
    aws::Aws,
    event_bus::EventBus,
    ordered::Sender,
    queue::{Queue, SendTimeout},
    send_error::SendError,
    topic::Topic,
};
use thingrelay_core::{config::TargetKind, message::EventMessage};

/// A target of any kind, to send to.
#[derive(Debug, Clone)]
pub enum TargetSender {
    /// An SQS queue.
    Queue(Queue),
    /// An SNS topic.
    Topic(Topic),
    /// An EventBridge event bus.
    EventBus(EventBus),
    /// A webhook without a queue. Its events wait.
    Nowhere,
}

impl TargetSender {
    /// Makes a client for a target. Sends nothing yet.
    pub async fn open(aws: &Aws, target: TargetKind) -> TargetSender {
        match target {
            TargetKind::Sqs(target) => {
                let queue = Queue::open(aws, target.queue_url, SendTimeout::Background).await;
                TargetSender::Queue(queue)
            }
            TargetKind::Sns(target) => {
                TargetSender::Topic(Topic::open(aws, target.topic_arn).await)
            }
            TargetKind::EventBridge(target) => {
                TargetSender::EventBus(EventBus::open(aws, target.event_bus).await)
            }
            TargetKind::Webhook(target) => match target.queue_url {
                Some(url) => {
                    TargetSender::Queue(Queue::open(aws, url, SendTimeout::Background).await)
                }
                None => TargetSender::Nowhere,
            },
        }
    }
}

impl Sender<EventMessage> for TargetSender {
    async fn send_batch(&self, messages: &[&EventMessage]) -> Vec<Result<(), SendError>> {
        match self {
            TargetSender::Queue(queue) => Sender::send_batch(queue, messages).await,
            TargetSender::Topic(topic) => topic.send_batch(messages).await,
            TargetSender::EventBus(bus) => bus.send_batch(messages).await,
            TargetSender::Nowhere => {
                let missing = SendError::Transient("the webhook has no queue_url".into());
                vec![Err(missing); messages.len()]
            }
        }
    }

    fn keeps_order(&self) -> bool {
        match self {
            TargetSender::Queue(queue) => Sender::<EventMessage>::keeps_order(queue),
            TargetSender::Topic(topic) => topic.keeps_order(),
            TargetSender::EventBus(bus) => bus.keeps_order(),
            TargetSender::Nowhere => true,
        }
    }

    fn size(&self, message: &EventMessage) -> usize {
        match self {
            TargetSender::Queue(queue) => queue.size(message),
            TargetSender::Topic(topic) => topic.size(message),
            TargetSender::EventBus(bus) => bus.size(message),
            TargetSender::Nowhere => 0,
        }
    }

    fn max_call_bytes(&self) -> usize {
        match self {
            TargetSender::Queue(queue) => Sender::<EventMessage>::max_call_bytes(queue),
            TargetSender::Topic(topic) => topic.max_call_bytes(),
            TargetSender::EventBus(bus) => bus.max_call_bytes(),
            TargetSender::Nowhere => usize::MAX,
        }
    }
}
