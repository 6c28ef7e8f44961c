//! All parts of a run, started and stopped in order.

use super::{
    Args,
    archive::{self, FolderArchive},
    balance::Balance,
    endpoint::Endpoint,
    event_source::{EventSource, Function},
    functions::{Edge, Forwarding, Watching},
    lambda::{
        EmulatedFunction, EmulatorUrl, forwarded,
        function::State,
        handover::{Change, Events, Handover, Origin},
    },
    printer::Printer,
    pulling::Pulling,
    queues::{self, Queues},
    settings::Settings,
    sqs::Sqs,
    targets,
    webhooks::{Sending, Webhooks, Work},
};
use crate::{
    ckafka,
    page::{
        Watch,
        watched::{WatchedStaging, WatchedTarget},
    },
};
use anyhow::Context;
use consumer::{Consumer, Targets};
use futures::future::BoxFuture;
use push::Push;
use sqs_server::{Monitor, Options, Server};
use std::{collections::BTreeMap, net::SocketAddr, sync::Arc, time::Duration};
use thingrelay::{
    aws::Aws,
    clock::Clock,
    queue::{Queue, SendTimeout},
    settings::CurrentConfig,
    target::TargetSender,
};
use thingrelay_core::{
    config::{ConsumerConfig, EdgeConfig, EdgeSource, Target},
    source::SourceName,
};
use tokio::{sync::watch, task::JoinHandle, time::Instant};
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use verify::Verify;

use super::{dead_letters, repeats};

/// How long forwarding the accepted messages may take after the end of the run was requested.
pub(crate) const DRAIN_LIMIT: Duration = Duration::from_secs(10);
/// How often draining checks whether it is done.
const DRAIN_POLL: Duration = Duration::from_millis(20);

/// Work that is unfinished at the end of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Left {
    /// Messages on the staging queue.
    pub(crate) staged: u64,
    /// Events on the queues of webhooks.
    pub(crate) undelivered: usize,
    /// Lines that are not written to standard output.
    pub(crate) unwritten: usize,
}

/// A run: endpoint, queues, event source.
#[derive(Debug)]
pub(crate) struct Relay {
    front: Front,
    /// The configuration, as the edge reads it.
    edge: Arc<EdgeConfig>,
    /// The configuration, as the consumer reads it.
    config: Arc<ConsumerConfig>,
    ground: Ground,
    printer: Arc<Printer>,
    forwarding: AbortOnDropHandle<()>,
    sending: Sending,
    _watching: AbortOnDropHandle<()>,
}

/// The queues that all other parts use.
#[derive(Debug)]
struct Ground {
    server: Server,
    sqs: Sqs,
    queues: Queues,
    balance: Balance,
}

/// The part in front of the staging queue.
#[derive(Debug)]
enum Front {
    /// The endpoint of this process, and its pull.
    Endpoint {
        address: SocketAddr,
        stop_accepting: CancellationToken,
        serving: JoinHandle<()>,
        pulling: Option<Pulling>,
    },
    /// An emulator in another process.
    Emulator {
        url: EmulatorUrl,
        functions: watch::Receiver<State>,
        _printing: AbortOnDropHandle<()>,
    },
}

impl Relay {
    /// Starts all parts; requests are answered when this returns.
    ///
    /// # Errors
    /// The address or the data directory cannot be used, or a source needs a client that this
    /// command is built without; the message is one line.
    pub(crate) async fn start(
        args: &Args,
        settings: Settings,
        printer: Printer,
        watch: &Watch,
    ) -> anyhow::Result<Relay> {
        ckafka::require_client(&settings.edge)?;
        let endpoint = Endpoint::bind(args.listen).await?;
        let address = endpoint.address();
        let ground = Ground::lay(args).await?;
        let Settings {
            edge,
            mut consumer,
            webhooks,
            ..
        } = settings;
        if args.local_targets {
            consumer.targets =
                targets::local(&ground.sqs, &ground.server, consumer.targets).await?;
        }
        let targets = &mut consumer.targets;
        let laid = Webhooks::lay(&ground.sqs, targets, args.visibility_timeout).await?;
        targets::require_others(&consumer.targets, &ground.server.endpoint())?;
        if consumer.targets.is_empty() && consumer.broken.targets.is_empty() {
            let url = Queues::make_events(&ground.sqs, &ground.server.monitor()).await?;
            consumer.targets.push(targets::events(&url)?);
        }

        let clock = Clock::system();
        let aws = Aws::anywhere();
        let staging = Queue::open(
            &aws,
            targets::parse(&ground.queues.staging)?,
            SendTimeout::Edge,
        )
        .await;
        let pulled = Queue::open(
            &aws,
            targets::parse(&ground.queues.staging)?,
            SendTimeout::Background,
        )
        .await;
        let quarantine = Queue::open(
            &aws,
            targets::parse(&ground.queues.quarantine)?,
            SendTimeout::Background,
        )
        .await;
        let queues = consumer::Queues {
            staging: staging.clone(),
            targets: watched(&aws, watch),
            quarantine,
        };
        let live = Arc::new(CurrentConfig::new(edge));
        let edge = live.current();
        let consumer = Arc::new(CurrentConfig::new(consumer));
        let config = consumer.current();
        let printer = Arc::new(printer);
        let work = Work::of(args);
        let recorder = &watch.recorder;
        let sending = laid.start(&ground.sqs, &aws, webhooks, &printer, recorder, work);
        let sending = sending.await?;
        let stop_accepting = CancellationToken::new();
        let staging = WatchedStaging {
            queue: staging,
            watch: watch.clone(),
        };
        let edge_clock = watch.faults.clock(clock.clone());
        let functions = Edge {
            verify: Arc::new(Verify::new(Arc::clone(&live), edge_clock.clone())),
            push: Arc::new(Push::new(Arc::clone(&live), staging, edge_clock.clone())),
            config: live,
            clock: edge_clock,
            recorder: Arc::clone(recorder),
        };
        let watching = Watching {
            printer: Arc::clone(&printer),
            recorder: Arc::clone(recorder),
        };
        let mut consumer =
            Consumer::new(consumer, queues, clock.clone()).with_observer(Arc::new(watching));
        if let Some(data) = &args.data {
            let archive = FolderArchive::start(data.join(archive::FOLDER), clock.clone())?;
            consumer = consumer.with_archive(Arc::new(archive));
        }
        let consumer = Forwarding {
            consumer,
            printer: Arc::clone(&printer),
        };
        Ok(Relay {
            front: Front::Endpoint {
                address,
                serving: tokio::spawn(endpoint.serve(functions, stop_accepting.clone())),
                stop_accepting,
                pulling: Pulling::start(
                    Arc::clone(&edge),
                    pulled,
                    ground.server.monitor(),
                    clock,
                    Arc::clone(recorder),
                ),
            },
            edge,
            config,
            forwarding: ground.forward(args, consumer),
            sending,
            _watching: ground.watch(),
            ground,
            printer,
        })
    }

    /// Starts the parts around the functions of an emulator, which may start later.
    ///
    /// # Errors
    /// An address, the data directory or the files for the functions cannot be used; the message
    /// is one line.
    pub(crate) async fn start_around(
        url: &EmulatorUrl,
        handover: &Handover,
        args: &Args,
        settings: Settings,
        printer: Printer,
        watch: &Watch,
    ) -> anyhow::Result<(Relay, Change)> {
        let ground = Ground::lay(args).await?;
        let events = Events {
            queue: Queues::make_events(&ground.sqs, &ground.server.monitor()).await?,
            forwarded: Queues::make_forwarded(&ground.sqs).await?,
        };
        let origin = if args.config.files.is_empty() {
            Origin::MadeUp
        } else {
            Origin::User
        };
        let mut config = settings.consumer;
        let targets = &mut config.targets;
        let laid = Webhooks::lay(&ground.sqs, targets, args.visibility_timeout).await?;
        targets::require_others(&config.targets, &ground.server.endpoint())?;
        let document = &settings.document;
        let webhooks = laid.queues();
        let change = handover.write(document, origin, &ground.queues, &events, webhooks)?;
        if config.targets.is_empty() && config.broken.targets.is_empty() {
            config.targets.push(targets::events(&events.queue)?);
        }
        let printer = Arc::new(printer);
        let work = Work::of(args);
        let (webhooks, recorder) = (settings.webhooks, &watch.recorder);
        let sending = laid.start_around(url, &ground.sqs, webhooks, &printer, recorder, work);
        let sending = sending.await?;
        let consumer = EmulatedFunction::consumer(url, Arc::clone(&printer))?;
        let printing = forwarded::print(ground.sqs.clone(), events.forwarded, Arc::clone(&printer));
        let relay = Relay {
            front: Front::Emulator {
                url: url.clone(),
                functions: consumer.state(),
                _printing: AbortOnDropHandle::new(tokio::spawn(printing)),
            },
            edge: Arc::new(settings.edge),
            config: Arc::new(config),
            forwarding: ground.forward(args, consumer),
            sending,
            _watching: ground.watch(),
            ground,
            printer,
        };
        Ok((relay, change))
    }

    /// The push URL, without the source's name.
    pub(crate) fn push_url(&self) -> String {
        match &self.front {
            Front::Endpoint { address, .. } => format!("http://{address}"),
            Front::Emulator { url, .. } => url.to_string(),
        }
    }

    /// Waits until requests can be answered.
    pub(crate) async fn ready(&self) {
        if let Front::Emulator { functions, .. } = &self.front {
            let answering = |state: &State| *state != State::Starting;
            // Without a sender, the functions are not asked any more, as at the end.
            let _ = functions.clone().wait_for(answering).await;
        }
    }

    pub(crate) fn sqs_endpoint(&self) -> String {
        self.ground.server.endpoint()
    }

    /// The staging queue, for messages that were not pushed.
    ///
    /// # Errors
    /// The queue server has given a URL that is not one.
    pub(crate) async fn staging(&self) -> anyhow::Result<Queue> {
        let url = targets::parse(&self.ground.queues.staging)?;
        Ok(Queue::open(&Aws::anywhere(), url, SendTimeout::Background).await)
    }

    /// The configuration, as the edge and as the consumer read it.
    pub(crate) fn config(&self) -> (Arc<EdgeConfig>, Arc<ConsumerConfig>) {
        (Arc::clone(&self.edge), Arc::clone(&self.config))
    }

    pub(crate) fn sources(&self) -> &BTreeMap<SourceName, EdgeSource> {
        &self.edge.sources
    }

    /// The targets to which events are forwarded.
    pub(crate) fn targets(&self) -> &[Target] {
        &self.config.targets
    }

    /// Stops the endpoint and the pull of this process, and waits until the accepted messages are
    /// forwarded and printed, for [`DRAIN_LIMIT`] at most. Returns the number of messages that are
    /// left.
    pub(crate) async fn drain(&mut self) -> u64 {
        let limit = Instant::now() + DRAIN_LIMIT;
        if let Front::Endpoint {
            stop_accepting,
            serving,
            pulling,
            ..
        } = &mut self.front
        {
            stop_accepting.cancel();
            let pulled = async {
                if let Some(pulling) = pulling.take() {
                    pulling.end().await;
                }
            };
            // The time is up, or the last request is answered: the remaining messages are counted
            // below.
            let ended = async { tokio::join!(serving, pulled) };
            let _ = tokio::time::timeout_at(limit, ended).await;
        }
        loop {
            let left = self.left();
            let is_done =
                left == 0 && self.undelivered() == 0 && self.ground.count(queues::FORWARDED) == 0;
            if is_done || Instant::now() >= limit {
                return left;
            }
            tokio::time::sleep(DRAIN_POLL).await;
        }
    }

    /// Stops all parts and lets the last events be printed. Returns the unfinished work.
    pub(crate) async fn stop(self) -> Left {
        let staged = self.left();
        let undelivered = self.undelivered();
        drop(self.forwarding);
        drop(self.sending);
        drop(self.front);
        let unwritten = self.printer.finish().await;
        self.ground.server.stop().await;
        Left {
            staged,
            undelivered,
            unwritten,
        }
    }

    /// The number of events that wait for webhooks.
    fn undelivered(&self) -> usize {
        let queues = self.sending.queues().iter();
        queues.map(|queue| self.ground.count(queue)).sum()
    }

    /// The queues, to ask about.
    pub(crate) fn monitor(&self) -> Monitor {
        self.ground.server.monitor()
    }

    /// Prints text on standard output.
    pub(crate) fn print(&self, text: String) {
        self.printer.print(text);
    }

    /// The queue depths to compare the counters of this run with.
    pub(crate) fn balance(&self) -> Balance {
        self.ground.balance.clone()
    }

    /// The number of accepted messages that are neither forwarded nor in quarantine.
    pub(crate) fn left(&self) -> u64 {
        self.ground.balance.left()
    }
}

/// The targets of the configuration, watched.
fn watched(aws: &Aws, watch: &Watch) -> Targets<WatchedTarget> {
    let (aws, watch) = (aws.clone(), watch.clone());
    let open = move |target: Target| {
        let (aws, watch) = (aws.clone(), watch.clone());
        let opening = async move {
            WatchedTarget {
                name: target.name,
                sender: TargetSender::open(&aws, target.kind).await,
                watch,
            }
        };
        Box::pin(opening) as BoxFuture<'static, WatchedTarget>
    };
    Targets::opened_by(open, None)
}

impl Ground {
    async fn lay(args: &Args) -> anyhow::Result<Ground> {
        let server = Server::start(Options {
            listen: args.queue_server(),
            data: args.data.clone(),
            ..Options::default()
        })
        .await
        .context("the queue server does not start")?;
        let sqs = Sqs::at(&server.endpoint());
        let queues = Queues::make(&sqs, args.visibility_timeout).await?;
        Ok(Ground {
            balance: Balance::begin(server.monitor()),
            server,
            sqs,
            queues,
        })
    }

    fn forward(&self, args: &Args, function: impl Function) -> AbortOnDropHandle<()> {
        let source = EventSource {
            sqs: self.sqs.clone(),
            url: self.queues.staging.clone(),
            arn: self.queues.staging_arn.clone(),
            function: Arc::new(function),
            visibility_timeout: args.visibility_timeout,
            batches: args.batches,
        };
        AbortOnDropHandle::new(tokio::spawn(source.run()))
    }

    fn watch(&self) -> AbortOnDropHandle<()> {
        let url = self.queues.dead_letters.clone();
        let dead = dead_letters::watch(self.server.monitor(), url);
        let repeated = repeats::watch(self.server.monitor());
        AbortOnDropHandle::new(tokio::spawn(async { tokio::join!(dead, repeated).0 }))
    }

    /// The number of messages on a queue; 0 if there is no such queue.
    fn count(&self, queue: &str) -> usize {
        self.server
            .depth(queue)
            .map_or(0, |depth| depth.visible + depth.in_flight + depth.delayed)
    }
}
