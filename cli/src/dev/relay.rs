//! Everything that runs: started in order, ended in order.

use super::{
    Args,
    endpoint::Endpoint,
    event_source::EventSource,
    functions::{Edge, Forwarding},
    printer::Printer,
    queues::{Queues, STAGING},
    settings::Settings,
    sqs::Sqs,
};
use anyhow::Context;
use consumer::{Consumer, Targets};
use push::Push;
use sqs_server::{Options, Server};
use std::{net::SocketAddr, sync::Arc, time::Duration};
use thingrelay::{
    clock::Clock,
    config::{Config, Live, SqsTarget, Target, TargetKind},
    queue::{Patience, Queue, QueueUrl},
};
use tokio::{task::JoinHandle, time::Instant};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use verify::Verify;

use super::dead_letters;

/// How long what was accepted may take to be forwarded after the end was asked for.
pub const DRAIN_LIMIT: Duration = Duration::from_secs(10);
/// How often draining looks whether it is done.
const DRAIN_POLL: Duration = Duration::from_millis(20);
/// How long the last events may take to be printed.
const PRINT_LIMIT: Duration = Duration::from_secs(1);

/// A run: endpoint, queues, event source.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    config: Arc<Config>,
    server: Server,
    printer: Arc<Printer>,
    stop_accepting: CancellationToken,
    serving: JoinHandle<()>,
    forwarding: AbortOnDropHandle<()>,
    _watching: AbortOnDropHandle<()>,
}

impl Relay {
    /// Starts everything; requests are answered when this returns.
    ///
    /// # Errors
    /// The address or the data directory cannot be used; the message is one line.
    pub async fn start(args: &Args, settings: Settings, printer: Printer) -> anyhow::Result<Relay> {
        let endpoint = Endpoint::bind(args.listen).await?;
        let address = endpoint.address();
        let server = Server::start(Options {
            listen: args.sqs_listen,
            data: args.data.clone(),
            ..Options::default()
        })
        .await
        .context("the queue server does not start")?;
        let sqs = Sqs::at(&server.endpoint());
        let queues = Queues::make(&sqs, args.visibility_timeout).await?;
        let Settings { edge, mut consumer } = settings;
        if consumer.targets.is_empty() {
            consumer.targets.push(own_target(&sqs).await?);
        }

        let clock = Clock::system();
        let staging = Queue::open(parse(&queues.staging)?, Patience::Edge).await;
        let quarantine = Queue::open(parse(&queues.quarantine)?, Patience::Background).await;
        let targets = Targets::open(&consumer).await;
        let edge = Arc::new(Live::new(edge));
        let consumer = Arc::new(Live::new(consumer));
        let config = consumer.current();
        let printer = Arc::new(printer);
        let stop_accepting = CancellationToken::new();
        let functions = Edge {
            verify: Arc::new(Verify::new(Arc::clone(&edge), clock.clone())),
            push: Arc::new(Push::new(edge, staging, clock.clone())),
        };
        let source = EventSource {
            sqs,
            url: queues.staging,
            arn: queues.staging_arn,
            function: Arc::new(Forwarding {
                consumer: Consumer::new(consumer, targets, quarantine, clock)
                    .with_observer(Arc::clone(&printer) as _),
                printer: Arc::clone(&printer),
            }),
            visibility_timeout: args.visibility_timeout,
            batches: args.batches,
        };
        let watch = dead_letters::watch(server.monitor(), queues.dead_letters);
        Ok(Relay {
            address,
            config,
            server,
            printer,
            serving: tokio::spawn(endpoint.serve(functions, stop_accepting.clone())),
            stop_accepting,
            forwarding: AbortOnDropHandle::new(tokio::spawn(source.run())),
            _watching: AbortOnDropHandle::new(tokio::spawn(watch)),
        })
    }

    /// Where the endpoint listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The URL of the queue server.
    pub fn sqs_endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Sources and targets, without secrets.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Takes no more requests, and waits until what was accepted is forwarded, for
    /// [`DRAIN_LIMIT`] at most. How many messages are left.
    pub async fn drain(&mut self) -> usize {
        let limit = Instant::now() + DRAIN_LIMIT;
        self.stop_accepting.cancel();
        // Time is up, or the last request is answered: what is left is counted below.
        let _ = tokio::time::timeout_at(limit, &mut self.serving).await;
        loop {
            let left = self.left();
            if left == 0 || Instant::now() >= limit {
                return left;
            }
            tokio::time::sleep(DRAIN_POLL).await;
        }
    }

    /// Stops everything and lets the last events be printed. How many messages are left on the
    /// staging queue.
    pub async fn stop(self) -> usize {
        let left = self.left();
        drop(self.forwarding);
        // A reader that has stopped reading is not waited for.
        let _ = tokio::time::timeout(PRINT_LIMIT, self.printer.finish()).await;
        self.server.stop().await;
        left
    }

    /// How many messages are accepted and neither forwarded nor in quarantine.
    pub fn left(&self) -> usize {
        self.server
            .depth(STAGING)
            .map_or(0, |depth| depth.visible + depth.in_flight + depth.delayed)
    }
}

async fn own_target(sqs: &Sqs) -> anyhow::Result<Target> {
    let queue_url = parse(&Queues::make_events(sqs).await?)?;
    Ok(Target {
        name: "events".to_owned(),
        kind: TargetKind::Sqs(SqsTarget { queue_url }),
    })
}

fn parse(url: &str) -> anyhow::Result<QueueUrl> {
    QueueUrl::parse(url).with_context(|| format!("{url} is no URL of a queue"))
}
