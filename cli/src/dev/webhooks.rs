//! The webhooks of a run: a queue for each, and the function `webhook` that sends its events.

use super::{
    Args,
    event_source::{EventSource, Function, InvocationError},
    lambda::{EmulatedFunction, EmulatorUrl},
    printer::Printer,
    queues::{FedQueue, Queues},
    sqs::Sqs,
    targets,
};
use crate::page::Recorder;
use anyhow::Context;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent};
use std::{sync::Arc, time::Instant};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    queue::{Queue, SendTimeout},
    settings::CurrentConfig,
};
use thingrelay_core::config::{Target, TargetKind, WebhookConfig, WebhookSource};
use tokio_util::task::AbortOnDropHandle;
use webhook::{Attempt, DeadReason, Observer, Verdict, Webhook};

/// The queues of the webhooks, by the names of the targets.
#[derive(Debug)]
pub(crate) struct Webhooks(Vec<(String, FedQueue)>);

/// The functions at work; dropping them ends them.
#[derive(Debug, Default)]
pub(crate) struct Sending {
    sources: Vec<AbortOnDropHandle<()>>,
    queues: Vec<String>,
}

/// How the function of a webhook works through its queue.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    /// How long a received event is hidden, in seconds.
    pub(crate) visibility_timeout: u32,
    /// The number of batches at a time.
    pub(crate) batches: u32,
}

/// The function of one webhook.
struct Deliveries {
    webhook: Webhook,
    printer: Arc<Printer>,
}

/// Prints and records what became of each attempt.
struct Watching {
    target: String,
    printer: Arc<Printer>,
    recorder: Arc<Recorder>,
}

impl Work {
    pub(crate) fn of(args: &Args) -> Work {
        Work {
            visibility_timeout: args.visibility_timeout,
            batches: args.batches,
        }
    }
}

impl Webhooks {
    /// Creates a queue for each webhook among the targets, and has the consumer send there.
    ///
    /// # Errors
    /// No queue can have the name of a target, or the server does not create it.
    pub(crate) async fn lay(
        sqs: &Sqs,
        targets: &mut [Target],
        visibility_timeout: u32,
    ) -> anyhow::Result<Webhooks> {
        let mut laid = Vec::new();
        for Target { name, kind, .. } in targets {
            let TargetKind::Webhook(webhook) = kind else {
                continue;
            };
            let queue = Queues::make_webhook(sqs, name, visibility_timeout).await;
            let queue = queue.with_context(|| {
                format!("the webhook {name} gets no queue: give it a short name of letters, digits, - and _")
            })?;
            webhook.queue_url = Some(targets::parse(&queue.url)?);
            laid.push((name.clone(), queue));
        }
        Ok(Webhooks(laid))
    }

    /// The queues of the webhooks, by the names of the targets.
    pub(crate) fn queues(&self) -> &[(String, FedQueue)] {
        &self.0
    }

    /// Starts the function of each webhook; that of the first is the emulator's.
    ///
    /// # Errors
    /// A URL of the server is not that of a queue.
    pub(crate) async fn start_around(
        mut self,
        url: &EmulatorUrl,
        sqs: &Sqs,
        config: WebhookConfig,
        printer: &Arc<Printer>,
        recorder: &Arc<Recorder>,
        work: Work,
    ) -> anyhow::Result<Sending> {
        let mut sending = Sending::default();
        if !self.0.is_empty() {
            let (_, queue) = self.0.remove(0);
            let function = EmulatedFunction::webhook(url, Arc::clone(printer))?;
            sending.begin(sqs, queue, function, work);
        }
        let aws = Aws::anywhere();
        let others = self.start(sqs, &aws, config, printer, recorder, work);
        sending.extend(others.await?);
        Ok(sending)
    }

    /// Starts the function of each webhook.
    ///
    /// # Errors
    /// A URL of the server is not that of a queue.
    pub(crate) async fn start(
        self,
        sqs: &Sqs,
        aws: &Aws,
        config: WebhookConfig,
        printer: &Arc<Printer>,
        recorder: &Arc<Recorder>,
        work: Work,
    ) -> anyhow::Result<Sending> {
        let config = Arc::new(CurrentConfig::new(config));
        let mut sending = Sending::default();
        for (target, queue) in self.0 {
            let open = async |url: &str| {
                let url = targets::parse(url)?;
                anyhow::Ok(Queue::open(aws, url, SendTimeout::Background).await)
            };
            let queues = webhook::Queues {
                events: open(&queue.url).await?,
                dead_letters: open(&queue.dead_letters).await?,
            };
            let watching = Watching {
                target: target.clone(),
                printer: Arc::clone(printer),
                recorder: Arc::clone(recorder),
            };
            let function = deliver(Arc::clone(&config), target, queues, watching, printer);
            sending.begin(sqs, queue, function, work);
        }
        Ok(sending)
    }
}

impl Sending {
    fn begin(&mut self, sqs: &Sqs, queue: FedQueue, function: impl Function, work: Work) {
        let source = EventSource {
            sqs: sqs.clone(),
            url: queue.url,
            arn: queue.arn,
            function: Arc::new(function),
            visibility_timeout: work.visibility_timeout,
            batches: work.batches,
        };
        let running = AbortOnDropHandle::new(tokio::spawn(source.run()));
        self.sources.push(running);
        self.queues.push(queue.name);
    }

    fn extend(&mut self, others: Sending) {
        self.sources.extend(others.sources);
        self.queues.extend(others.queues);
    }

    /// The names of the queues.
    pub(crate) fn queues(&self) -> &[String] {
        &self.queues
    }
}

fn deliver(
    config: Arc<CurrentConfig<WebhookSource>>,
    target: String,
    queues: webhook::Queues,
    watching: Watching,
    printer: &Arc<Printer>,
) -> Deliveries {
    Deliveries {
        webhook: Webhook::new(config, target, queues, Clock::system())
            .with_observer(Arc::new(watching)),
        printer: Arc::clone(printer),
    }
}

impl Function for Deliveries {
    async fn ready(&self) {
        self.printer.ready().await;
    }

    async fn invoke(
        &self,
        event: SqsEvent,
        deadline: Instant,
    ) -> Result<SqsBatchResponse, InvocationError> {
        self.webhook
            .handle(event, Some(deadline))
            .await
            .map_err(|error| InvocationError::Failed(error.into()))
    }
}

impl Observer for Watching {
    fn attempted(&self, event_id: &str, attempt: &Attempt) {
        let outcome = match (&attempt.outcome, attempt.verdict) {
            (Ok(answer), Verdict::Delivered) => format!("answered {}", answer.status),
            (Ok(answer), Verdict::Retry) => format!("answered {}, comes again", answer.status),
            (Ok(answer), Verdict::Refused) => {
                format!("answered {}, refused for good", answer.status)
            }
            (Err(failure), _) => {
                format!("{}: {}, comes again", failure.kind.code(), failure.detail)
            }
        };
        let is_well = attempt.verdict == Verdict::Delivered;
        let millis = attempt.elapsed.as_millis();
        let outcome = format!("{outcome} in {millis} ms");
        self.recorder
            .attempted(&self.target, event_id, &outcome, is_well);
        self.printer
            .delivery(&self.target, event_id, &outcome, is_well);
    }

    fn given_up(&self, event_id: &str, reason: DeadReason) {
        let outcome = format!("is a dead letter ({})", reason.code());
        self.recorder.given_up(&self.target, event_id, &outcome);
        self.printer
            .delivery(&self.target, event_id, &outcome, false);
    }
}
